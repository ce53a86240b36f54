"""A file's own rows from the command line: trained on, labelled, and told when it is not right."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from vae_gui.cli import main
from vae_gui.core.distributions import OwnFile
from vae_gui.core.distributions.own_file import IN_MEMORY
from vae_gui.core.storage import load_config

FAMILY = ("--set", "data.distribution.family=file")
QUICK = ("--set", "training.epochs=1", "--set", "model.hidden_units=4")


@pytest.fixture
def points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """`points.csv` in the current folder: three columns, 120 rows and one that lacks a value."""
    monkeypatch.chdir(tmp_path)
    x = np.random.default_rng(0).normal(size=(120, 3)) * [1, 30, 500] + [0, 100, 0]
    np.savetxt("points.csv", x, delimiter=",", header="a,b,c", comments="", fmt="%.17g")
    with Path("points.csv").open("a") as file:
        file.write("1,,2\n")
    return x


def train(*more: str) -> int:
    return main(["train", "--out", "run", *FAMILY, *QUICK, *more])


def test_train_on_two_columns_of_a_file(points: np.ndarray, tmp_path: Path, capsys) -> None:
    assert train(
        "--set", 'data.distribution.path="points.csv"',
        "--set", "data.distribution.column_1=c", "--set", "data.distribution.column_2=b",
        "--figures", "svg",
    ) == 0  # fmt: skip
    printed = capsys.readouterr().out
    assert "above the estimated floor of" in printed
    config = load_config(Path("run/config.toml"))
    family = config.data.distribution
    assert isinstance(family, OwnFile)
    assert family.path == str(tmp_path / "points.csv")
    assert len(family.digest) == 64
    metrics = json.loads(Path("run/metrics.json").read_text())
    assert metrics["estimates"][:2] == ["entropy_floor", "nats_above_floor"]
    assert "test_loss" not in metrics["estimates"]
    assert metrics["entropy_floor"] == family.entropy()
    with np.load("run/samples.npz") as arrays:  # in the units of the file
        assert len(arrays["train_data"]) == 96
        both = np.concatenate([arrays["train_data"], arrays["test_data"]])
        expected = points[:, [2, 1]].astype(np.float32)
        np.testing.assert_array_equal(np.sort(both, axis=0), np.sort(expected, axis=0))
        spread = arrays["samples_with_noise"].std(axis=0)
    np.testing.assert_allclose(spread, [500, 30], rtol=0.5)
    drawn = Path("run/data_space.svg").read_text()
    assert "kernel estimate" in drawn
    assert "true density" not in drawn


def test_the_configuration_left_starts_the_same_run_again(points: np.ndarray) -> None:
    assert train("--set", "data.distribution.path=points.csv", "--quiet") == 0
    again = ["train", "--config", "run/config.toml", "--out", "again", "--quiet"]
    assert main(again) == 0
    for name in ("config.toml", "train_losses.csv", "test_losses.csv", "metrics.json"):
        assert Path("run", name).read_bytes() == Path("again", name).read_bytes()


@pytest.mark.parametrize(
    ("assignment", "words"),
    [
        ("path=none.csv", "cannot read 'none.csv': there is no such file or folder"),
        ("column_1=d", "it has no column 'd'; its columns are 'a', 'b', 'c'"),
        ("digest=" + "0" * 64, "it has changed since this configuration was made"),
        ("separator=dot", "data.distribution.separator = 'dot' is not valid"),
        ("test_share=2", "data.distribution.test_share = 2 is not valid"),
    ],
)
def test_mistakes_are_told_before_anything_is_done(
    points: np.ndarray, capsys, assignment: str, words: str
) -> None:
    path = ("--set", "data.distribution.path=points.csv")
    assert train(*path, "--set", f"data.distribution.{assignment}") == 2
    error = capsys.readouterr().err
    assert words.replace("'none.csv'", f"'{Path('none.csv').absolute()}'") in error
    assert error.count("\n") == 1
    assert not Path("run").exists()


def test_a_file_that_changed_is_told_when_its_configuration_is_opened(
    points: np.ndarray, capsys
) -> None:
    assert train("--set", "data.distribution.path=points.csv", "--quiet") == 0
    IN_MEMORY.clear()
    with Path("points.csv").open("a") as file:
        file.write("1,2,3\n")
    assert main(["train", "--config", "run/config.toml", "--out", "again"]) == 2
    assert "points.csv': it has changed since" in capsys.readouterr().err


def test_sample_draws_from_the_estimate(points: np.ndarray, capsys) -> None:
    path = ("--set", "data.distribution.path=points.csv")
    assert main(["sample", *FAMILY, *path, "--n", "500", "--out", "s.npz"]) == 0
    assert "mean estimated log density" in capsys.readouterr().out
    with np.load("s.npz") as found:
        family = OwnFile(path=str(Path("points.csv").absolute()))
        np.testing.assert_array_equal(found["estimated_log_density"], family.log_prob(found["x"]))
