"""Files are written whole or not at all; configurations come back equal or are refused in words."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import msgspec
import numpy as np
import pytest

from vae_gui.core import storage
from vae_gui.core.config import RunConfig, assigned
from vae_gui.core.parameters import InvalidValue
from vae_gui.core.storage import FileProblem
from vae_gui.core.storage.configs import CONFIG_LIMIT
from vae_gui.core.training import Diverged, Trainer

NUMBERS = np.random.default_rng(5)


posix = pytest.mark.skipif(os.name != "posix", reason="a matter of POSIX")


def is_root() -> bool:
    return os.name == "posix" and os.geteuid() == 0


def left_behind(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


class TestAtomicWrite:
    def test_replaces_the_whole_content(self, tmp_path: Path) -> None:
        path = tmp_path / "a.txt"
        path.write_text("something much longer than what follows")
        storage.atomic_write(path, "β = 1\n")
        assert path.read_bytes() == "β = 1\n".encode()
        assert left_behind(tmp_path) == ["a.txt"]

    def test_new_files_have_the_usual_permissions(self, tmp_path: Path) -> None:
        (tmp_path / "usual").touch()
        storage.atomic_write(tmp_path / "ours", b"")
        assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode

    @posix
    def test_permissions_of_an_existing_file_are_kept(self, tmp_path: Path) -> None:
        path = tmp_path / "private"
        path.touch(mode=0o600)
        storage.atomic_write(path, b"secret")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    @posix
    def test_a_link_stays_a_link(self, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").mkdir()
        target = tmp_path / "elsewhere" / "target"
        target.write_text("old")
        (tmp_path / "link").symlink_to(target)
        storage.atomic_write(tmp_path / "link", "new")
        assert (tmp_path / "link").is_symlink()
        assert target.read_text() == "new"

    @pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
    def test_a_failure_half_way_leaves_the_old_file(
        self, tmp_path: Path, fault: BaseException
    ) -> None:
        path = tmp_path / "a"
        path.write_bytes(b"old")
        expected = FileProblem if isinstance(fault, OSError) else KeyboardInterrupt

        def write() -> None:
            with storage.replacing(path) as file:
                file.write(b"half of")
                raise fault

        with pytest.raises(expected):
            write()
        assert path.read_bytes() == b"old"
        assert left_behind(tmp_path) == ["a"]

    def test_a_disk_that_takes_no_more_is_reported(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        path.write_bytes(b"old")
        resource = pytest.importorskip("resource")
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
        try:
            with pytest.raises(FileProblem, match=r"cannot write .*larger than the disk allows"):
                storage.atomic_write(path, bytes(100_000))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert path.read_bytes() == b"old"
        assert left_behind(tmp_path) == ["a"]

    @posix
    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            (".", "it is a folder"),
            ("missing/a", "there is no folder"),
            ("file/a", "there is no folder"),
            ("device", "it is not a file"),
            ("a\0b", "not valid"),
            ("a" * 300, "too long"),
        ],
    )
    def test_what_cannot_be_written_is_named(self, tmp_path: Path, name: str, reason: str) -> None:
        (tmp_path / "file").touch()
        (tmp_path / "device").symlink_to("/dev/null")
        with pytest.raises(FileProblem, match=f"cannot write .*: .*{reason}") as caught:
            storage.atomic_write(tmp_path / name, "x")
        assert "\n" not in str(caught.value)
        assert stat.S_ISCHR(os.stat("/dev/null").st_mode)

    @posix
    @pytest.mark.skipif(is_root(), reason="nothing is forbidden to root")
    def test_protection_is_respected(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        path.touch(mode=0o400)
        with pytest.raises(FileProblem, match="write-protected"):
            storage.atomic_write(path, "x")
        tmp_path.chmod(0o500)
        with pytest.raises(FileProblem, match="permission is denied"):
            storage.expect_writable(tmp_path / "b")
        tmp_path.chmod(0o700)

    def test_finding_out_leaves_nothing(self, tmp_path: Path) -> None:
        storage.expect_writable(tmp_path / "a")
        assert left_behind(tmp_path) == []


class TestConfig:
    def test_comes_back_equal(self, tmp_path: Path) -> None:
        config = assigned(RunConfig(title="É", notes="β"), "data.distribution.family=ring")
        config = assigned(config, "training.learning_rate=0.0123456789012345")
        storage.save_config(tmp_path / "run.toml", config)
        assert storage.load_config(tmp_path / "run.toml") == config

    def test_a_byte_order_mark_is_passed_over(self, tmp_path: Path) -> None:
        path = tmp_path / "notepad.toml"
        path.write_bytes(b"\xef\xbb\xbf[training]\r\nepochs = 3\r\n")
        assert storage.load_config(path).training.epochs == 3

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"\xff\xfe", "not a text in UTF-8"),
            (b"#" * (CONFIG_LIMIT + 1), "larger than 1 MiB"),
            (b"a = = 1", "not TOML"),
            (b"x = " + b"[" * 5000, "nest too deeply"),
            (b"[training]\nbeta = nan", "training.beta = nan .* from 0 to 100"),
            (b"[model]\nlatnt = 2", "did you mean 'latent'"),
            (b"schema = 99", "newer version"),
        ],
    )
    def test_what_cannot_be_used_is_refused_by_name(
        self, tmp_path: Path, content: bytes, reason: str
    ) -> None:
        path = tmp_path / "bad.toml"
        path.write_bytes(content)
        with pytest.raises(FileProblem, match=reason) as caught:
            storage.load_config(path)
        assert "bad.toml" in str(caught.value)

    def test_the_invalid_value_is_the_cause(self, tmp_path: Path) -> None:
        (tmp_path / "bad.toml").write_text("[training]\nepochs = 0")
        with pytest.raises(FileProblem) as caught:
            storage.load_config(tmp_path / "bad.toml")
        assert isinstance(caught.value.__cause__, InvalidValue)
        assert caught.value.__cause__.key == "training.epochs"

    @posix
    def test_what_is_no_file_is_refused_at_once(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")  # opening it would wait for ever
        for name, reason in (
            ("pipe", "not a file"),
            ("", "a folder"),
            ("none", "no such file"),
            ("a\0b", "not valid"),
        ):
            with pytest.raises(FileProblem, match=f"cannot read .*{reason}"):
                storage.load_config(tmp_path / name)


class TestPresets:
    def test_are_there_with_titles_and_notes(self) -> None:
        presets = storage.presets()
        titles = [title for title, _ in presets]
        assert len(presets) >= 9
        assert len(set(titles)) == len(titles)
        assert all(title == config.title and config.notes for title, config in presets)

    def test_first_is_the_posts_run(self) -> None:
        _, config = storage.presets()[0]
        assert np.allclose(config.data.distribution.covariance, [[1, 0.5], [0.5, 1]])
        assert np.allclose(config.data.distribution.mean, [1, 0.5])
        assert (config.data.train_size, config.data.test_size) == (10_000, 2_000)
        assert (config.training.learning_rate, config.training.beta) == (1e-3, 1.0)
        assert config.model.activation == "tanh"

    def test_second_is_the_default(self) -> None:
        _, config = storage.presets()[1]
        assert msgspec.structs.replace(config, title="", notes="") == RunConfig()

    def test_keep_what_their_notes_promise(self) -> None:
        presets = dict(storage.presets())
        with pytest.raises(Diverged):
            list(Trainer(presets["A learning rate that diverges"]))
        collapse = Trainer(presets["Posterior collapse"])
        tests = [step.test for step in (next(collapse) for _ in range(2 * 79)) if step.test]
        assert tests[-1].losses.kl < 0.01
