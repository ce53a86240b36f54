"""Which metrics `train` measures, when, and what its files say of them."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import msgspec
import numpy as np
import pytest

from vae_gui import headless
from vae_gui.cli import main
from vae_gui.core.config import DataConfig, ModelConfig, RunConfig, TrainingConfig
from vae_gui.core.diagnostics import METRICS
from vae_gui.core.distributions import beside
from vae_gui.core.parameters import InvalidValue
from vae_gui.measuring import MOMENTS, as_json, as_table, chosen_metrics, measure_run

RECORDED = [m.key for m in METRICS if m.cost == "frame"]
SMALL = RunConfig(
    data=DataConfig(train_size=300, test_size=60),
    model=ModelConfig(hidden_units=8),
    training=TrainingConfig(epochs=4, batch_size=20, learning_rate=1e-2),
)


class Silent:
    def started(self, *_: object) -> None: ...
    def stepped(self, *_: object) -> None: ...
    def epoch_ended(self, *_: object) -> None: ...


def run_of(config: RunConfig = SMALL, steps: int | None = None) -> headless.HeadlessRun:
    return headless.train(config, Silent(), steps)


def keys(words: str) -> list[str]:
    return [m.key for m in chosen_metrics(words)]


def test_choices() -> None:
    assert keys("recorded") == RECORDED
    assert keys("all") == [m.key for m in METRICS]
    assert set(RECORDED) < set(keys("standard")) < set(keys("all"))
    assert keys("mmd, kl_forward") == [*RECORDED, "kl_forward", "mmd"]
    assert keys("recorded,iwae_5,test_loss") == [*RECORDED, "iwae_5"]


@pytest.mark.parametrize("words", ["", "everything", "kl_forward,", "KL_FORWARD"])
def test_what_is_no_metric_is_refused_in_words(words: str) -> None:
    with pytest.raises(InvalidValue, match="known are recorded, standard, all, log_likelihood"):
        chosen_metrics(words)


def test_moments_go_from_the_untrained_model_to_the_last() -> None:
    run = run_of(steps=37)
    moments = measure_run(run, chosen_metrics("log_likelihood"), lambda: False)
    steps = [m.test.step for m in moments]
    assert steps[0] == 0
    assert steps[-1] == 37
    assert steps == sorted(set(steps))
    assert len(steps) == MOMENTS
    assert moments[-1].test == run.tested
    likelihoods = [m.found["log_likelihood"].value for m in moments]
    assert likelihoods[-1] > likelihoods[0]
    # a test loss in the midst of an epoch is what the trainer would have measured
    for moment in moments:
        again = run_of(steps=moment.test.step) if moment.test.step else None
        if again is not None:
            np.testing.assert_allclose(again.tested.losses, moment.test.losses, rtol=1e-6)
            assert again.tested.epoch == moment.test.epoch


def test_a_run_of_one_step() -> None:
    moments = measure_run(run_of(steps=1), chosen_metrics("recorded"), lambda: False)
    assert [m.test.step for m in moments] == [0, 1]


def test_asked_to_stop_it_leaves_out_what_takes_long() -> None:
    moments = measure_run(run_of(steps=5), chosen_metrics("standard"), lambda: True)
    assert [list(m.found) for m in moments] == [RECORDED] * len(moments)
    header, rows = as_table(moments)
    assert header == ("step", "epoch", *(k for k in RECORDED if k in header), "in_doubt")
    assert len(rows) == len(moments)


def test_files_say_what_was_measured(tmp_path: Path) -> None:
    out = tmp_path / "run"
    code = main([
        "train", "--out", str(out), "--quiet", "--metrics", "standard,sliced_wasserstein",
        "--set", "data.test_size=60", "--set", "data.train_size=300", "--epochs", "2",
    ])  # fmt: skip
    assert code == 0
    found = json.loads((out / "metrics.json").read_text())
    wanted = keys("standard,sliced_wasserstein")
    assert list(found) == [*wanted, "errors", "bands", "doubts", "estimates"]
    assert found["doubts"] == {}
    assert found["estimates"] == []  # the density of this data is known
    assert list(found["bands"]) == ["sliced_wasserstein"]
    assert found["errors"]["elbo"] > 0
    with (out / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert int(rows[-1]["step"]) == found["tested_at"]
    for key in ("test_loss", "log_likelihood", "kl_reverse", "sliced_wasserstein"):
        assert float(rows[-1][key]) == pytest.approx(found[key])
    assert "steps" not in rows[0]


def test_a_bad_choice_is_found_before_anything_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "never"
    assert main(["train", "--out", str(out), "--metrics", "speed"]) == 2
    assert "--metrics = 'speed' is not valid: known are" in capsys.readouterr().err
    assert not out.exists()


def test_a_run_that_diverged_is_measured_where_it_was_still_finite(tmp_path: Path) -> None:
    training = msgspec.structs.replace(SMALL.training, learning_rate=10.0, epochs=40)
    run = run_of(msgspec.structs.replace(SMALL, training=training))
    assert run.outcome == "diverged"
    moments = measure_run(run, chosen_metrics("log_likelihood,marginal_kl"), lambda: False)
    told = as_json(moments[-1], exact=True)
    assert set(told["doubts"]) <= set(told)
    assert told["test_loss"] == run.tested.losses.total
    assert not math.isnan(told["test_loss"])
    _, rows = as_table(moments)
    assert all(value != "nan" for row in rows for value in map(str, row))


@pytest.mark.parametrize(
    ("nats", "words"),
    [(0.0502, "0.0502 nats above"), (-0.0957, "0.0957 nats below"), (0, "0.0000 nats above")],
)
def test_nothing_is_a_negative_number_of_nats_above(nats: float, words: str) -> None:
    assert beside(nats, 4) == words
