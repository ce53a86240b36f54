"""`vae-gui data list`, and `sample` of what is moved and mixed."""

from __future__ import annotations

import json

import numpy as np
import pytest

from vae_gui.cli import main
from vae_gui.core.config import Mix, RunConfig, assigned
from vae_gui.core.distributions import DISTRIBUTIONS, Transform
from vae_gui.core.parameters import declared

MOVED_AND_MIXED = (
    "data.distribution.family=spirals",
    "data.transform.rotate=40",
    "data.transform.scale_x2=0.5",
    "data.mix.distribution.family=checkerboard",
    "data.mix.weight=0.3",
)


def test_data_list_as_json_has_every_family_with_defaults_that_make_it(capsys):
    assert main(["data", "list", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [f["family"] for f in told["families"]] == [d.family() for d in DISTRIBUTIONS]
    for family, cls in zip(told["families"], DISTRIBUTIONS, strict=True):
        defaults = {p["name"]: p["default"] for p in family["parameters"]}
        assert cls(**defaults) == cls()
        assert [p["name"] for p in family["parameters"]] == [f.name for f in declared(cls)]
        for p in family["parameters"]:
            assert p["help"]
            if p["kind"] in ("int", "float") and p["minimum"] is not None:
                assert p["minimum"] <= p["default"] <= p["maximum"]
    columns = next(p for p in told["families"][1]["parameters"])["columns"]
    assert [c["name"] for c in columns][:2] == ["weight", "mean_x1"]
    assert [p["name"] for p in told["transform"]] == [f.name for f in declared(Transform)]
    assert [p["name"] for p in told["mix"]] == [f.name for f in declared(Mix)]


def test_data_list_in_words_names_every_parameter_with_default_and_bounds(capsys):
    assert main(["data", "list"]) == 0
    told = capsys.readouterr().out
    for cls in DISTRIBUTIONS:
        assert f"\n{cls.family()}: " in f"\n{told}"
        for field in declared(cls):
            assert f"    {field.name}" in told
    assert "    modes = 8  (1 to 24)  How many Gaussians stand on the circle.\n" in told
    assert "    rotate = 0  (-180 to 180 °)  " in told
    assert '    shape = "disc"  (disc, square, ' in told
    assert max(map(len, told.splitlines())) <= 100


@pytest.mark.parametrize("words", [["data"], ["data", "lsit"], ["data", "list", "--yaml"]])
def test_other_words_after_data_are_refused_in_one_line(words, capsys):
    assert main(words) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_samples_of_what_is_moved_and_mixed_bear_its_exact_log_density(tmp_path, capsys):
    out = tmp_path / "points.npz"
    words = [part for text in MOVED_AND_MIXED for part in ("--set", text)]
    assert main(["sample", *words, "--n", "500", "--out", str(out)]) == 0
    source = assigned(RunConfig(), *MOVED_AND_MIXED).data.source
    with np.load(out) as saved:
        x, log_density = saved["x"], saved["log_density"]
    np.testing.assert_array_equal(log_density, source.log_prob(x))
    assert np.isfinite(log_density).all()
    # by hand: turned back and stretched back, and what is mixed in as it is
    turn = np.exp(-1j * np.radians(40)) * (x[:, 0] + 1j * x[:, 1])
    spirals, board = source.first.base, source.second
    moved = spirals.log_prob(np.stack([turn.real, turn.imag / 0.5], axis=-1)) - np.log(0.5)
    expected = 0.7 * np.exp(moved) + 0.3 * np.exp(board.log_prob(x))
    np.testing.assert_allclose(np.exp(log_density), expected, rtol=1e-9)
