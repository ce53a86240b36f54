"""A file's own rows as data: the estimate of their density, the split, standardising, files."""

from __future__ import annotations

import hashlib
import math
import re

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import FEW

from vae_gui.core.analysis import Analysis
from vae_gui.core.config import DataConfig, Mix, ModelConfig, RunConfig, assigned, remarks, to_toml
from vae_gui.core.data import make_dataset
from vae_gui.core.diagnostics import METRICS, Evidence, measure_all
from vae_gui.core.distributions import Gaussian, OwnFile, StudentT, Transform, told
from vae_gui.core.distributions.kernel_estimate import KernelEstimate
from vae_gui.core.distributions.own_file import IN_MEMORY, example_path
from vae_gui.core.engine import evaluate
from vae_gui.core.network import decode, encode, initialise, layout
from vae_gui.core.parameters import InvalidValue
from vae_gui.core.reading import FileProblem
from vae_gui.core.recording import Recording
from vae_gui.core.regret import BatchFloors
from vae_gui.core.scaling import Scaling
from vae_gui.core.storage import load_config, load_run, reading_data, save_config, save_run
from vae_gui.core.tables import Rows, RowStore, finished, hashing
from vae_gui.core.tables.source import BYTES_AT_ONCE
from vae_gui.core.training import Trainer
from vae_gui.core.views import view_truth
from vae_gui.headless import steps_per_epoch

RNG = np.random.default_rng
TAGS = re.compile(r"</?\w+>")


def direct(estimate: KernelEstimate, x):
    """The density by its definition, kernel after kernel: (m, 2) -> (m,)."""
    rows, n = estimate.rows, len(estimate.rows)
    total = np.zeros(len(x))
    for centre in rows:
        total += gaussian(x, centre, estimate.width)
    return (total + gaussian(x, rows.mean(axis=0), 2 * rows.std(axis=0))) / (n + 1)


def gaussian(x, mean, std):
    return np.exp(-0.5 * (((x - mean) / std) ** 2).sum(axis=1)) / (2 * np.pi * np.prod(std))


def cloud(n, seed=0):
    """Two groups, an outlier, and units far from 1."""
    rows = RNG(seed).normal(size=(n, 2))
    rows[: n // 3] = rows[: n // 3] * 0.2 + [4, -2]
    rows[0] = [30, 30]
    return rows * [1e-3, 500] + [0.1, 2e4]


class TestKernelEstimate:
    @pytest.mark.parametrize("bandwidth", [0.03, 0.3, 2.0])
    @pytest.mark.parametrize("n", [20, 700])
    def test_it_is_the_sum_of_kernels_wherever_one_looks(self, n, bandwidth):
        rows = cloud(n)
        estimate = KernelEstimate(rows, bandwidth)
        rng = RNG(1)
        near = estimate.sample(3_000, rng)
        wide = rows.mean(axis=0) + rows.std(axis=0) * rng.uniform(-6, 6, (3_000, 2))
        x = np.concatenate([rows, near, wide])
        expected = direct(estimate, x)
        np.testing.assert_allclose(np.exp(estimate.log_prob(x)), expected, rtol=1e-6)
        # where the wide kernel alone is left, what was cut off is seen most
        bulk = expected > 1e-6 * expected.max()
        np.testing.assert_allclose(np.exp(estimate.log_prob(x))[bulk], expected[bulk], rtol=3e-8)

    @pytest.mark.parametrize("bandwidth", [0.02, 0.3, 1.0])
    def test_a_row_left_out_is_scored_by_the_kernels_of_the_others(self, bandwidth):
        rows = cloud(60)
        estimate = KernelEstimate(rows, bandwidth)
        wide = gaussian(rows, rows.mean(axis=0), 2 * rows.std(axis=0))
        others = [
            gaussian(np.delete(rows, i, axis=0), rows[i], estimate.width).sum() for i in range(60)
        ]
        expected = np.log((np.array(others) + wide) / 60)  # 59 rows and the wide kernel
        np.testing.assert_allclose(estimate.leave_one_out_log_prob(rows), expected, rtol=1e-6)

    @pytest.mark.parametrize("bandwidth", [0.05, 0.4])
    def test_integral_and_entropy_by_a_sum_over_a_fine_grid(self, bandwidth):
        rows = RNG(2).normal(size=(300, 2)) * [2, 0.1]
        estimate = KernelEstimate(rows, bandwidth)
        x1, x2 = (np.linspace(-14 * s, 14 * s, 1601) for s in rows.std(axis=0))
        p = estimate.density(x1, x2)
        cell = (x1[1] - x1[0]) * (x2[1] - x2[0])
        assert p.sum() * cell == pytest.approx(1, abs=1e-7)
        entropy, error = estimate.entropy()
        assert entropy == pytest.approx(-(p * np.log(p)).sum() * cell, abs=1e-5)
        assert error < 1e-4

    def test_samples_have_the_moments_of_the_mixture(self):
        rows = cloud(500)[1:]  # without the outlier, which few samples would stand for
        estimate = KernelEstimate(rows, 0.5)
        x = estimate.sample(400_000, RNG(3))
        n, std = len(rows), rows.std(axis=0)
        variance = (n * (1 + 0.5**2) + 2**2) / (n + 1) * std**2
        np.testing.assert_allclose(np.diag(estimate.covariance), variance)
        np.testing.assert_allclose(x.mean(axis=0) / std, rows.mean(axis=0) / std, atol=0.01)
        found = np.cov(x.T) / np.outer(std, std)
        np.testing.assert_allclose(found, estimate.covariance / np.outer(std, std), atol=0.02)

    def test_scotts_rule_is_the_unit_of_the_bandwidth(self):
        for bandwidth in (0.5, 1.0, 3.0):
            estimate = OwnFile(bandwidth=bandwidth).estimate()
            expected = bandwidth * len(estimate.rows) ** (-1 / 6) * estimate.rows.std(axis=0)
            np.testing.assert_allclose(estimate.width, expected)


@pytest.fixture
def table(tmp_path):
    """A file of 400 rows that all differ, and the family for it."""
    x = RNG(5).normal(size=(400, 2)) * [3, 200] + [10, -5]
    path = tmp_path / "data" / "points.csv"
    path.parent.mkdir()
    np.savetxt(path, x, delimiter=",", header="width,height", comments="", fmt="%.17g")
    return path, x


def file_config(path, *assignments) -> RunConfig:
    data = DataConfig(distribution=OwnFile(path=str(path)))
    return assigned(RunConfig(data=data), "training.batch_size=64", *assignments)


def pinned(config: RunConfig) -> RunConfig:
    steps = reading_data(config)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def as_set(points):
    return set(map(tuple, np.asarray(points, np.float32).tolist()))


class TestSplit:
    @FEW
    @given(
        share=st.floats(0.05, 0.5),
        split_seed=st.integers(0, 99),
        seed=st.integers(0, 99),
        train=st.integers(10, 2_000),
        test=st.integers(10, 2_000),
    )
    def test_no_row_is_in_both_sets_and_none_twice(self, share, split_seed, seed, train, test):
        family = OwnFile(test_share=share, split_seed=split_seed)
        rows = family.rows().values
        held = family.holds
        assert sum(held) == len(rows)
        assert held[1] == pytest.approx(share * len(rows), abs=1)
        for_training, for_testing = family.split()
        together = np.concatenate([for_training, for_testing])
        np.testing.assert_array_equal(np.sort(together, axis=0), np.sort(rows, axis=0))
        data = make_dataset(
            DataConfig(distribution=family, seed=seed, train_size=train, test_size=test)
        )
        assert len(data.train) == min(train, held[0])
        assert len(data.test) == min(test, held[1])
        assert as_set(data.train) <= as_set(for_training)
        assert as_set(data.test) <= as_set(for_testing)

    def test_rows_that_all_differ_never_meet(self, table):
        path, x = table
        data = make_dataset(file_config(path).data)
        assert (len(data.train), len(data.test)) == (320, 80)
        assert not as_set(data.train) & as_set(data.test)
        assert as_set(data.train) | as_set(data.test) == as_set(x)

    def test_the_estimate_is_made_without_the_rows_for_testing(self, table):
        family = OwnFile(path=str(table[0]))
        np.testing.assert_array_equal(family.estimate().rows, family.split()[0])

    @pytest.mark.parametrize("how", [{}, {"rotate": 30, "scale_x1": 2}], ids=["plain", "moved"])
    def test_a_batch_is_scored_like_new_rows_and_not_by_itself(self, table, how):
        family = OwnFile(path=str(table[0]), bandwidth=0.1)
        data = DataConfig(distribution=family, transform=Transform(**how))
        made, source = make_dataset(data), data.source
        sizes = [(1, len(made.train))]
        floor = BatchFloors(source, made.train, 0).upto(1, sizes)[0]
        new = -source.log_prob(made.test).mean()
        scatter = source.log_prob(made.test).std() / math.sqrt(len(made.test))
        assert floor == pytest.approx(new, abs=4 * scatter)
        assert -source.log_prob(made.train).mean() < new - 4 * scatter  # by itself

    def test_seeds_say_which_rows(self, table):
        base = OwnFile(path=str(table[0]))
        other = msgspec.structs.replace(base, split_seed=1)
        assert as_set(base.split()[1]) != as_set(other.split()[1])
        first, second = (
            make_dataset(DataConfig(distribution=base, train_size=50, seed=s)) for s in (0, 1)
        )
        assert as_set(first.train) != as_set(second.train)
        assert as_set(first.test) == as_set(second.test)  # all of them

    def test_an_epoch_goes_through_the_rows_that_there_are(self, table):
        config = file_config(table[0])
        OwnFile(path=str(table[0])).rows()
        trainer = Trainer(config)
        assert trainer.total_steps == 10 * steps_per_epoch(config) == 10 * 5
        words = remarks(assigned(config, "training.batch_size=500"))
        assert "320" in words["data.train_size"]
        assert "320" in words["training.batch_size"]
        assert "80" in words["data.test_size"]

    def test_too_few_rows_are_refused(self, tmp_path):
        path = tmp_path / "few.csv"
        np.savetxt(path, RNG(0).normal(size=(19, 2)), delimiter=",")
        with pytest.raises(FileProblem, match="it has 19 usable rows, and at least 20 are needed"):
            OwnFile(path=str(path)).rows()

    @pytest.mark.parametrize(
        ("scale", "shift", "words"),
        [(1e12, 0, "needs another unit"), (1e-12, 0, "needs another unit"),
         (1, 1e9, "too little for numbers of 32 bits")],
    )  # fmt: skip
    def test_what_training_cannot_represent_is_refused(self, tmp_path, scale, shift, words):
        path = tmp_path / "odd.csv"
        x = RNG(0).normal(size=(50, 2))
        x[:, 1] = x[:, 1] * scale + shift
        np.savetxt(path, x, delimiter=",", fmt="%.17g")
        with pytest.raises(FileProblem, match=words):
            OwnFile(path=str(path)).rows()

    @pytest.mark.parametrize(
        "given", ["separator=dot", "header=maybe", "digest=12", "bandwidth=0", "test_share=0.9"]
    )
    def test_words_that_say_nothing_are_refused(self, given):
        with pytest.raises(InvalidValue, match=given.partition("=")[0]):
            assigned(RunConfig(), "data.distribution.family=file", f"data.distribution.{given}")


class TestStandardising:
    def test_weights_and_losses_told_are_those_of_the_points(self, table):
        config = file_config(table[0], "training.epochs=3")
        trainer = Trainer(config)
        for step in trainer:
            if step.test is None:
                continue
            plan, test, noise = trainer.plan, trainer.data.test, trainer._noise_of_test()
            weights = trainer.parameters.astype(np.float64)
            again = evaluate(plan, weights, test, noise, config.training.beta, 10**6)
            np.testing.assert_allclose(step.test.losses, again, rtol=1e-5, atol=1e-5)

    def test_it_is_the_same_as_standardising_the_file_beforehand(self, table, tmp_path):
        path, x = table
        train = OwnFile(path=str(path)).split()[0]
        ready = tmp_path / "ready.csv"
        np.savetxt(ready, (x - train.mean(axis=0)) / train.std(axis=0), delimiter=",", fmt="%.17g")
        inside = Trainer(file_config(path))
        plain = "data.distribution.standardise=false"
        outside = Trainer(file_config(ready, plain))
        constant = math.log(train.std(axis=0).prod())
        for a, b, _ in zip(inside, outside, range(40), strict=False):
            assert a.losses.total - constant == pytest.approx(b.losses.total, abs=2e-4)
            assert a.losses.kl == pytest.approx(b.losses.kl, abs=2e-4)

    def test_many_steps_at_once_are_the_same_as_one_by_one(self, table):
        one, many = (Trainer(file_config(table[0], "training.epochs=4")) for _ in range(2))
        trail = np.empty((20, one.plan.size), np.float32)
        made = many.advance(20, trail)
        for step, weights in zip(made, trail, strict=False):
            assert next(one) == step
            np.testing.assert_array_equal(one.parameters, weights)
        np.testing.assert_array_equal(one.state().values, many.state().values)

    @FEW
    @given(mean=st.floats(-1e3, 1e3), std=st.floats(1e-3, 1e3), layers=st.integers(1, 3))
    def test_scaled_weights_are_the_same_network(self, mean, std, layers):
        plan = layout(ModelConfig(hidden_layers=layers, hidden_units=5))
        flat = initialise(plan, RNG(0)).astype(np.float64)
        scaling = Scaling(np.array([mean, -mean]), np.array([std, 2 * std]))
        told = scaling.unscaled(plan, flat)
        u, z = RNG(1).normal(size=(2, 7, 2))
        for a, b in zip(encode(plan, told, u * scaling.std + scaling.mean), encode(plan, flat, u),
                        strict=True):  # fmt: skip
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)
        (mu, log_var), (mu_u, log_var_u) = decode(plan, told, z), decode(plan, flat, z)
        np.testing.assert_allclose(mu, mu_u * scaling.std + scaling.mean, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(log_var, log_var_u + 2 * np.log(scaling.std), atol=1e-9)

    def test_the_first_bias_is_rounded_once(self):
        plan = layout(ModelConfig(hidden_units=400))
        flat = initialise(plan, RNG(0))
        mean, std = np.array([3e4, -2e4]), np.array([0.7, 1.3])
        weight, bias = plan.layers(flat.astype(np.float64), "encoder")[0]
        expected = bias - (weight / std) @ mean
        found = plan.layers(Scaling(mean, std).unscaled(plan, flat), "encoder")[0][1]
        np.testing.assert_array_equal(found, expected.astype(np.float32))

    def test_other_data_are_trained_on_as_they_are(self):
        assert make_dataset(DataConfig()).scaling is None


class TestFiles:
    def test_a_path_is_relative_where_both_can_move_together(self, table, tmp_path):
        config = pinned(file_config(table[0]))
        save_config(tmp_path / "run.toml", config)
        assert 'path = "data/points.csv"' in (tmp_path / "run.toml").read_text()
        assert load_config(tmp_path / "run.toml") == config
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        save_config(elsewhere / "run.toml", config)
        assert str(table[0]) in (elsewhere / "run.toml").read_text()
        assert load_config(elsewhere / "run.toml") == config

    def test_the_example_needs_no_path(self, tmp_path):
        config = assigned(RunConfig(), "data.distribution.family=file")
        save_config(tmp_path / "run.toml", config)
        assert load_config(tmp_path / "run.toml") == config == pinned(config)
        assert config.data.distribution.source.path == example_path()

    def test_a_changed_file_is_told_and_a_missing_one(self, table):
        path, _ = table
        config = pinned(file_config(path))
        IN_MEMORY.clear()
        path.write_text(path.read_text() + "1,2\n")
        with pytest.raises(FileProblem, match="it has changed since this configuration was made"):
            make_dataset(config.data)
        path.unlink()
        with pytest.raises(FileProblem, match="there is no such file or folder"):
            make_dataset(config.data)

    def test_why_a_file_cannot_be_used_is_found_out_in_steps(self, table):
        path, _ = table
        config = pinned(file_config(path))
        path.write_text("no table\n" * 400_000)
        steps, shares = config.data.distribution.reading(), []
        with pytest.raises(FileProblem, match="it has changed since"):
            shares += steps  # a list keeps what came before the fault
        size = path.stat().st_size
        assert size // BYTES_AT_ONCE >= 3
        assert shares == [min((i + 1) * BYTES_AT_ONCE / size, 1) for i in range(len(shares))]
        assert len(shares) == -(-size // BYTES_AT_ONCE)

    def test_the_digest_is_what_others_compute(self, table):
        path, _ = table
        assert finished(hashing(path)) == hashlib.sha256(path.read_bytes()).hexdigest()
        assert finished(hashing(path.parent)) == finished(hashing(path.parent / "none")) == ""

    def test_without_a_digest_a_change_is_noticed_too(self, table):
        path, x = table
        family = OwnFile(path=str(path))
        assert len(family.rows().values) == len(x)
        path.write_text(path.read_text() + "1,2\n")
        assert len(family.rows().values) == len(x) + 1

    def test_a_run_holds_its_rows_and_goes_on_without_the_file(self, table, tmp_path):
        path, x = table
        config = pinned(file_config(path, "training.epochs=4"))
        trainer = Trainer(config)
        recording = Recording(trainer.plan.size)
        recording.tests.append(trainer.untrained)
        recording.add_losses([next(trainer).losses for _ in range(7)])
        save_run(tmp_path / "a.vaerun", config, recording, trainer.state())
        path.unlink()
        IN_MEMORY.clear()
        saved = load_run(tmp_path / "a.vaerun")
        assert to_toml(saved.config) == to_toml(config)
        again = Trainer(saved.config)
        again.restore(saved.state)
        np.testing.assert_array_equal(saved.config.data.distribution.rows().values, x)
        for _ in range(5):
            assert next(again) == next(trainer)  # to the bit


def test_columns_of_unlike_units_are_drawn_as_wide_as_high(table, tmp_path):
    family = OwnFile(path=str(table[0]))
    std1, std2 = family.estimate().std
    assert family.aspect == pytest.approx(std2 / std1)
    assert family.axis_names == ("x₁ · width", "x₂ · height")
    alike = tmp_path / "alike.csv"
    np.savetxt(alike, RNG(0).normal(size=(50, 2)) * [1, 3], delimiter=",")
    assert OwnFile(path=str(alike)).aspect == 1.0  # of one unit, it may be
    assert Gaussian(std_x1=9.0).aspect == 1.0


def test_standardising_and_axes_are_kept_where_the_rows_are_moved_or_mixed(table):
    family = OwnFile(path=str(table[0]))
    other = Gaussian(mean_x1=10, mean_x2=-5)
    for mixed_in in (other, StudentT(degrees=2)):  # the latter has no finite variance
        data = DataConfig(distribution=family, mix=Mix(distribution=mixed_in, weight=0.2))
        source = data.source
        mean, std = source.training_scale
        expected = (source.mean, np.sqrt(np.diag(source.covariance)))
        if mixed_in is not other:
            expected = family.training_scale
        np.testing.assert_allclose(mean, expected[0])
        np.testing.assert_allclose(std, expected[1])
        assert source.axis_names == family.axis_names
    made = make_dataset(DataConfig(distribution=family, mix=Mix(distribution=other, weight=0.2)))
    standardised = made.scaling.standardised(made.train)
    np.testing.assert_allclose(standardised.mean(axis=0), 0, atol=0.05)
    np.testing.assert_allclose(standardised.std(axis=0), 1, atol=0.05)
    plain = msgspec.structs.replace(family, standardise=False)
    assert DataConfig(distribution=plain, mix=Mix(distribution=other)).source.training_scale is None
    assert DataConfig(mix=Mix()).source.training_scale is None


def test_the_shape_of_a_picture_is_that_of_the_moved_and_mixed_rows(table):
    family = OwnFile(path=str(table[0]))

    def moved(**how):
        return DataConfig(distribution=family, transform=Transform(**how)).source

    scaled = moved(scale_x1=2, shift_x2=3)
    assert scaled.axis_names == family.axis_names
    assert scaled.aspect == pytest.approx(family.aspect / 2, rel=1e-3)
    turned = moved(rotate=90)
    assert turned.axis_names == Gaussian().axis_names
    assert turned.aspect == pytest.approx(1 / family.aspect, rel=1e-3)
    assert moved(rotate=45).aspect == 1.0  # both are as wide
    mixed = DataConfig(distribution=family, mix=Mix(distribution=Gaussian(std_x1=9))).source
    std1, std2 = np.sqrt(np.diag(mixed.covariance))
    assert mixed.aspect == pytest.approx(std2 / std1)
    assert DataConfig(transform=Transform(scale_x1=10), mix=Mix()).source.aspect == 1.0


def test_rows_in_use_stay_whatever_else_is_read(tmp_path):
    store = RowStore()
    used = Rows(np.zeros((1, 2)), ("a", "b"), "0")
    store.put("used", used)
    for i in range(9):
        store.put(i, Rows(np.zeros((1, 2)), ("a", "b"), str(i)))
    assert store.get("used") is used
    assert store.get(0) is None  # nobody has it any more
    assert store.get(8) is not None


def test_a_reading_counts_once_however_many_names_it_has():
    store = RowStore()
    for i in range(4):
        rows = Rows(np.zeros((1, 2)), ("a", "b"), str(i))
        for name in ("by time", "by content"):
            store.put((name, i), rows)
    del rows
    assert all(store.get((name, i)) for name in ("by time", "by content") for i in range(4))


def test_only_metrics_that_say_so_depend_on_the_density():
    """Another density said to be that of the same points changes what is marked, and no more."""
    config = assigned(RunConfig(), "data.train_size=300", "data.test_size=60")
    trainer = Trainer(config)
    data, recording = trainer.data, Recording(trainer.plan.size)
    recording.tests.append(trainer.untrained)
    found = []
    for density in (Gaussian(), Gaussian(mean_x1=0.5, std_x2=1.3, correlation=0.0)):
        truth = view_truth(density, data.train, data.test, grid=40)
        analysis = Analysis(config, truth, trainer.parameters)
        found.append(measure_all(Evidence(config, truth, recording, analysis=analysis)))
    first, second = ({key: m.value for key, m in by_key.items()} for by_key in found)
    changed = {key for key in first if first[key] != pytest.approx(second[key], abs=1e-12)}
    assert changed == {m.key for m in METRICS if m.of_density}


def test_words_of_an_estimate_claim_no_truth():
    for metric in METRICS:
        label, help_ = metric.words(exact=False)
        assert metric.words(exact=True) == (metric.label, metric.help)
        if metric.of_density:
            assert (label, help_) != (metric.label, metric.help)
        assert "true density" not in help_
        formula = TAGS.sub("", told(metric.formula, False))
        assert not re.search(r"log p\(x(_?i)?\)|\(p \+|H\(p\)", formula), formula
    assert told("log p(x) of true density p(x)", False) == "log p̃(x) of kernel estimate"
