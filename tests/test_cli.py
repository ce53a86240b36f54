"""The command line: what it prints and leaves, its exit codes, and one line for every mistake."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from vae_gui import results
from vae_gui.cli import main
from vae_gui.core.config import RunConfig, with_value
from vae_gui.core.storage import load_config, load_run, load_weights, save_config
from vae_gui.core.training import Trainer, make_dataset

# 50 examples in batches of 16: three of 16 and one of 2
SMALL = (
    "data.train_size=50",
    "data.test_size=20",
    "model.hidden_units=4",
    "training.batch_size=16",
    "training.epochs=3",
)
SETS = [word for assignment in SMALL for word in ("--set", assignment)]
STEPS = 4
WIDE = ("--set", "model.hidden_units=64")  # wide enough to diverge at once
FILES = sorted(results.FILES)


def train(out: Path, *more: str) -> int:
    return main(["train", *SETS, "--out", str(out), *more])


def rows(path: Path) -> list[dict[str, float]]:
    with path.open(newline="") as file:
        return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]


def expect_told_of_saved(out: Path, tests: list[tuple[int, int]]) -> None:
    """Metrics and the last test loss are those of the weights in the folder."""
    found, metrics = rows(out / "test_losses.csv"), json.loads((out / "metrics.json").read_text())
    assert [(t["epoch"], t["step"]) for t in found] == tests
    config = load_config(out / "config.toml")
    trainer = Trainer(config)
    trainer.parameters[:] = load_weights(out / "model.safetensors", config.model)
    losses = trainer.test().losses
    assert np.isfinite(losses.total)
    assert metrics["test_loss"] == found[-1]["total"] == losses.total
    assert (metrics["epochs"], metrics["tested_at"]) == tests[-1]


class TestTrain:
    def test_leaves_a_whole_run(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        out = tmp_path / "new" / "run"
        assert train(out) == 0
        assert sorted(p.name for p in out.iterdir()) == FILES

        config = load_config(out / "config.toml")
        tests, losses = rows(out / "test_losses.csv"), rows(out / "train_losses.csv")
        metrics = json.loads((out / "metrics.json").read_text())
        assert [(t["epoch"], t["step"]) for t in tests] == [(0, 0), (1, 4), (2, 8), (3, 12)]
        assert [r["epoch"] for r in losses] == [1] * 4 + [2] * 4 + [3] * 4
        assert metrics["test_loss"] == tests[-1]["total"]
        assert metrics["steps"] == len(losses) == 12

        printed = capsys.readouterr().out.splitlines()
        assert printed[0] == f"Initial test loss: {tests[0]['total']:.4f}"
        of_epoch = [r["total"] for r in losses[:4]]
        mean = np.average(of_epoch, weights=[16, 16, 16, 2])
        assert printed[1] == (
            f"Epoch 1: training loss: {mean:.4f}, test loss: {tests[1]['total']:.4f}"
        )

        with np.load(out / "samples.npz", allow_pickle=False) as arrays:
            data = make_dataset(config.data)
            assert (arrays["train_data"] == data.train).all()
            assert (arrays["test_data"] == data.test).all()
            assert arrays["samples_with_noise"].shape == arrays["samples_no_noise"].shape
            assert "samples_per_step" not in arrays

    def test_equals_the_trainer_and_can_be_continued(self, tmp_path: Path) -> None:
        assert train(tmp_path, "--quiet") == 0
        config = load_config(tmp_path / "config.toml")
        trainer = Trainer(config)
        list(trainer)
        assert (
            load_weights(tmp_path / "model.safetensors", config.model) == trainer.parameters
        ).all()
        saved = load_run(tmp_path / "run.vaerun")
        assert saved.config == config
        assert (saved.state.parameters == trainer.parameters).all()
        assert saved.recording.steps == trainer.step

    def test_quiet_prints_nothing(self, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
        assert train(tmp_path, "--quiet") == 0
        assert capfd.readouterr() == ("", "")

    def test_samples_of_every_step(self, tmp_path: Path) -> None:
        assert train(tmp_path, "--quiet", "--samples-per-step", "--steps", "5") == 0
        with np.load(tmp_path / "samples.npz", allow_pickle=False) as arrays:
            per_step, last = arrays["samples_per_step"], arrays["samples_with_noise"]
        assert per_step.shape == (5, *last.shape)
        assert (per_step[-1] == last).all()
        assert (per_step[0] != last).any()

    def test_seed_decides_data_and_training(self, tmp_path: Path) -> None:
        for name, seed in (("a", "7"), ("b", "7"), ("c", "8")):
            assert train(tmp_path / name, "--quiet", "--seed", seed) == 0
        a, b, c = ((tmp_path / n / "train_losses.csv").read_bytes() for n in "abc")
        assert a == b != c
        config = load_config(tmp_path / "a" / "config.toml")
        assert config.data.seed == config.training.seed == 7

    @pytest.mark.parametrize(
        ("more", "steps", "epochs"),
        [
            (("--steps", "2"), 2, 3),  # epochs as configured
            (("--steps", "14"), 14, 4),  # as many as it takes
            (("--steps", "14", "--epochs", "2"), 8, 2),  # whichever ends first
            (("--epochs", "1"), 4, 1),
        ],
    )
    def test_length(self, tmp_path: Path, more: tuple[str, ...], steps: int, epochs: int) -> None:
        assert train(tmp_path, "--quiet", *more) == 0
        assert len(rows(tmp_path / "train_losses.csv")) == steps
        assert load_config(tmp_path / "config.toml").training.epochs == epochs

    def test_reads_a_configuration_and_changes_it(self, tmp_path: Path) -> None:
        save_config(tmp_path / "a.toml", with_value(RunConfig(title="mine"), "model.latent", 1))
        ring = ["--set", "data.distribution.family=ring", "--set", "data.distribution.modes=5"]
        out = ["--quiet", "--out", str(tmp_path / "run")]
        # given before the command it counts as well
        assert main(["--config", str(tmp_path / "a.toml"), "train", *SETS, *ring, *out]) == 0
        config = load_config(tmp_path / "run" / "config.toml")
        assert (config.title, config.model.latent) == ("mine", 1)
        assert config.data.distribution.modes == 5

    @pytest.mark.parametrize("engine", ["automatic", "analytic", "torch"])
    def test_divergence_is_told_and_saved(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], engine: str
    ) -> None:
        wild = ("training.learning_rate=10", f"training.engine={engine}")
        assert train(tmp_path, *(w for a in wild for w in ("--set", a)), *WIDE) == 1
        message = capsys.readouterr().err.strip()
        assert message.startswith("vae-gui: The run diverged at step")
        assert "The last finite weights are kept; a lower learning rate may help." in message
        assert str(tmp_path) in message
        assert "\n" not in message
        assert sorted(p.name for p in tmp_path.iterdir()) == FILES
        state = load_run(tmp_path / "run.vaerun").state
        assert np.isfinite(state.parameters).all()

    @pytest.mark.parametrize("command", ["train", "screenshot"])
    def test_a_device_that_is_not_there_is_a_line_and_leaves_nothing(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
    ) -> None:
        device = "cuda" if torch.backends.mps.is_available() else "mps"
        out = tmp_path / "it.png"
        assert main([command, "--set", f"training.device={device}", "--out", str(out)]) == 2
        message = capsys.readouterr().err
        assert message.startswith(f"vae-gui: training.device = '{device}' is not valid: this ")
        assert message.endswith("; cpu is available\n")
        assert message.count("\n") == 1
        assert list(tmp_path.iterdir()) == []

    def test_a_batch_larger_than_the_data_is_remarked_on(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        larger = ("--set", "training.batch_size=1000")
        assert train(tmp_path / "a", *larger) == 0
        printed = capsys.readouterr()
        assert printed.err == (
            "vae-gui: Batch size 1,000 is larger than the 50 training examples: "
            "each step uses all 50.\n"
        )
        assert len(rows(tmp_path / "a" / "train_losses.csv")) == 3
        assert train(tmp_path / "b", "--quiet", *larger) == 0
        assert capsys.readouterr().err == ""

    def test_what_it_tells_is_of_the_model_it_saves(self, tmp_path: Path) -> None:
        for steps, tests in (
            (2, [(0, 0), (0, 2)]),
            (4, [(0, 0), (1, 4)]),
            (6, [(0, 0), (1, 4), (1, 6)]),
        ):
            out = tmp_path / str(steps)
            assert train(out, "--quiet", "--steps", str(steps)) == 0
            expect_told_of_saved(out, tests)
            # the recording keeps the ends of epochs alone, and goes on as if nothing had been
            saved = load_run(out / "run.vaerun")
            assert [t.step for t in saved.recording.tests] == list(range(0, steps + 1, 4))
            again, whole = Trainer(saved.config), Trainer(saved.config)
            again.restore(saved.state)
            assert list(again) == list(whole)[steps:]

    def test_after_a_divergence_too(self, tmp_path: Path) -> None:
        assert train(tmp_path, "--quiet", "--set", "training.learning_rate=10", *WIDE) == 1
        saved = load_run(tmp_path / "run.vaerun")
        recording, last = saved.recording, saved.recording.steps
        at = [(t.epoch, t.step) for t in recording.tests if t.step < last]
        expect_told_of_saved(tmp_path, [*at, (last // STEPS, last)])
        assert recording.snapshot_steps[-1] == last
        assert (recording.snapshot(last) == saved.state.parameters).all()

    def test_a_last_step_that_diverges_is_undone(self, tmp_path: Path) -> None:
        """The loss after the last update is found out, though no step follows to find it."""
        assert train(tmp_path / "a", "--quiet", "--set", "training.learning_rate=10", *WIDE) == 1
        steps = load_run(tmp_path / "a" / "run.vaerun").recording.steps
        more = ("--set", "training.learning_rate=10", "--steps", str(steps), *WIDE)
        assert train(tmp_path / "b", "--quiet", *more) == 1
        a, b = (load_run(tmp_path / n / "run.vaerun").state.parameters for n in "ab")
        assert (a == b).all()

    def test_a_model_that_cannot_be_trained_is_a_line(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        of_data = [f"data.distribution.{n}_x{i}=10" for n in ("mean", "std") for i in (1, 2)]
        of_model = ["model.activation=identity", "model.hidden_units=8", "training.seed=2"]
        sets = [w for a in (*of_data, *of_model, "data.test_size=2000") for w in ("--set", a)]
        assert train(tmp_path, *sets, "--quiet") == 1
        message = capsys.readouterr().err
        assert message.startswith("vae-gui: The untrained model's test loss is not finite")
        assert message.count("\n") == 1
        assert "report" not in message

    def test_what_cannot_be_written_keeps_nothing_else(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "samples.npz").mkdir()
        assert train(tmp_path, "--overwrite", "--quiet") == 1
        assert "samples.npz': it is a folder" in capsys.readouterr().err
        assert load_run(tmp_path / "run.vaerun").recording.steps == 12

    def test_an_occupied_folder_is_left_alone(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "metrics.json").write_text("precious")
        (tmp_path / "other").write_text("precious")
        assert train(tmp_path) == 2
        assert "not empty (--overwrite" in capsys.readouterr().err
        assert (tmp_path / "metrics.json").read_text() == "precious"
        assert train(tmp_path, "--overwrite", "--quiet") == 0
        assert (tmp_path / "metrics.json").read_text() != "precious"
        assert (tmp_path / "other").read_text() == "precious"


class TestSample:
    @pytest.mark.parametrize("family", ["gaussian", "ring", "moons"])
    def test_points_and_their_exact_log_density(self, tmp_path: Path, family: str) -> None:
        choice = ["--set", f"data.distribution.family={family}", "--set", "data.seed=3"]
        for name in ("s.npz", "s.csv"):
            assert main(["sample", *choice, "--n", "50", "--out", str(tmp_path / name)]) == 0
        config = RunConfig()
        for path, value in (("data.distribution.family", family), ("data.seed", 3),
                            ("data.train_size", 50)):  # fmt: skip
            config = with_value(config, path, value)
        with np.load(tmp_path / "s.npz", allow_pickle=False) as arrays:
            x, log_density = arrays["x"], arrays["log_density"]
        assert (x.astype(np.float32) == make_dataset(config.data).train).all()
        assert (log_density == config.data.distribution.log_prob(x)).all()
        table = np.loadtxt(tmp_path / "s.csv", delimiter=",", skiprows=1)
        assert (table == np.column_stack([x, log_density])).all()

    @pytest.mark.parametrize("command", [["sample", "--n", "5"], ["screenshot", "--steps", "1"]])
    def test_an_existing_file_is_left_alone(
        self, tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / ("s.csv" if command[0] == "sample" else "s.png")
        out.write_text("precious")
        assert main([*command, "--out", str(out)]) == 2
        assert "it exists already (--overwrite to replace it)" in capsys.readouterr().err
        assert out.read_text() == "precious"

    def test_an_existing_file_is_replaced_on_request(self, tmp_path: Path) -> None:
        (tmp_path / "s.csv").write_text("old")
        assert main(["sample", "--n", "5", "--overwrite", "--out", str(tmp_path / "s.csv")]) == 0
        assert len((tmp_path / "s.csv").read_text().splitlines()) == 6


BAD = [
    (["tran"], "invalid choice: 'tran'"),
    (["train"], "required: --out"),
    (["train", "--out", "o", "--ep", "3"], "unrecognized arguments: --ep 3"),
    (["train", "--out", "o", "--epochs", "0"], "training.epochs = 0 .* from 1 to"),
    (["train", "--out", "o", "--epochs", "x"], "--epochs: invalid int value: 'x'"),
    (["train", "--out", "o", "--steps", "0"], "'0' is not a whole number from 1"),
    (["train", "--out", "o", "--steps", "9" * 12], "it needs .* epochs"),
    (["train", "--out", "o", "--seed", "-1"], "data.seed = -1 .* from 0 to"),
    (["train", "--out", "o", "--figures", "png,gif"], "no format 'gif'; known are png, svg, pdf"),
    (["train", "--out", "o", "--set", "training.beta"], "must look like"),
    (["train", "--out", "o", "--set", "training.bet=1"], "did you mean 'beta'"),
    (
        ["train", "--out", "o", "--set", "data.distribution.family=torus"],
        "one of gaussian, mixture",
    ),
    (["train", "--out", "o", "--config", "none.toml"], "'none.toml': there is no such file"),
    (["train", "--out", "o", "--config", "."], "it is a folder"),
    (["train", "--out", "a-file"], "cannot use the folder 'a-file'"),
    (["train", "--out", "a-file/o"], "cannot use the folder 'a-file/o'"),
    (["train", "--out", "o", "--samples-per-step", "--epochs", "100000"], "118 GiB.* 2 GiB"),
    (["--run", "r.vaerun", "train", "--out", "o"], "goes with no command"),
    (["--run", "none.vaerun"], "'none.vaerun': there is no such file"),
    (["--config", "none.toml"], "'none.toml': there is no such file"),
    (["--config", "a", "--run", "b"], "not allowed with"),
    (["sample", "--n", "5", "--out", "s.pkl"], "must end in .npz or .csv"),
    (["sample", "--n", "99999999999", "--out", "s.npz"], "from 1 to 10,000,000"),
    (["sample", "--n", "1e3", "--out", "s.npz"], "'1e3' is not a whole number"),
    (["sample", "--n", "5", "--out", "none/s.npz"], "there is no folder 'none'"),
    (["train", "--out", "o", "--set", "training.beta=0,7"], "written with a point: 0.7$"),
    (["screenshot", "--out", "w.bmp"], "must end in .png or .svg or .pdf"),
    (["screenshot", "--out", "w.png", "--set", "training.bet=1"], "did you mean 'beta'"),
    (["screenshot", "--out", "w.png", "--panel", "los"], "it must be one of data_space"),
    (["screenshot", "--out", "w.png", "--size", "10x10"], "from 640x400 to 7680x4320"),
    (["screenshot", "--out", "w.png", "--theme", "pink"], "choose from"),
]


@pytest.mark.parametrize(("arguments", "reason"), BAD, ids=[" ".join(a)[:50] for a, _ in BAD])
def test_bad_input_is_one_line_and_leaves_nothing(
    arguments: list[str],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a-file").touch()
    assert main(arguments) == 2
    found = capsys.readouterr()
    assert found.out == ""
    assert found.err.startswith("vae-gui: ")
    assert found.err.count("\n") == 1
    assert re.search(reason, found.err)
    assert [p.name for p in tmp_path.iterdir()] == ["a-file"]


def test_an_unexpected_error_is_a_line_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(results, "prepare_folder", broken)
    monkeypatch.delenv("VAE_GUI_TRACEBACK", raising=False)
    assert train(tmp_path) == 1
    assert "unexpected ZeroDivisionError: by zero" in capsys.readouterr().err
    monkeypatch.setenv("VAE_GUI_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        train(tmp_path)


def test_a_run_that_breaks_keeps_its_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    advance = Trainer.advance

    def breaking(trainer: Trainer, most: int, trail: np.ndarray) -> object:
        if trainer.step == 6:
            raise MemoryError("no room")
        return advance(trainer, min(most, 6 - trainer.step), trail)

    monkeypatch.setattr(Trainer, "advance", breaking)
    assert train(tmp_path) == 1
    assert "MemoryError: no room" in capsys.readouterr().err
    assert len(rows(tmp_path / "train_losses.csv")) == 6
