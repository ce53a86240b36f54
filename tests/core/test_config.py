"""A configuration survives its file, and no bad file survives its reading."""

from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import given
from strategies import MANY, configs

from vae_gui.core.config import (
    SECTIONS,
    DataConfig,
    Mix,
    ModelConfig,
    RunConfig,
    TrainingConfig,
    assigned,
    from_table,
    from_toml,
    remarks,
    to_table,
    to_toml,
    values,
    waiting_for_reset,
    with_live_values,
    with_value,
)
from vae_gui.core.distributions import (
    DISTRIBUTIONS,
    Component,
    Gaussian,
    Mixed,
    Moons,
    Ring,
    Transform,
    Transformed,
)
from vae_gui.core.parameters import InvalidValue, declared

LIVE = {"epochs", "learning_rate", "batch_size", "beta", "noise_samples"}


# --- files --------------------------------------------------------------------------------


@MANY
@given(config=configs())
def test_toml_round_trip(config):
    assert from_toml(to_toml(config)) == config
    assert from_table(to_table(config)) == config


@pytest.mark.parametrize("family", DISTRIBUTIONS, ids=lambda d: d.family())
def test_every_family_is_chosen_by_its_name(family):
    text = f'[data.distribution]\nfamily = "{family.family()}"\n'
    assert from_toml(text).data.distribution == family()
    assert f'family = "{family.family()}"' in to_toml(from_toml(text))


def test_an_empty_file_is_the_default_run():
    assert from_toml("") == RunConfig()
    assert RunConfig().data.distribution == Gaussian()


def test_a_file_says_every_value_and_the_schema():
    text = to_toml(RunConfig())
    assert text.startswith("schema = 1\n")
    for section in (*SECTIONS.values(), Gaussian):
        for field in declared(section):
            assert f"{field.name} = " in text


def test_a_file_may_leave_out_most():
    config = from_toml("[training]\nbeta = 4\n[data.distribution]\ncorrelation = -0.25\n")
    assert config.training == TrainingConfig(beta=4.0)
    assert config.data.distribution == Gaussian(correlation=-0.25)


BAD_FILES = {
    # text: (key, part of the reason)
    "[training]\nlr = 1": ("training.lr", "known are epochs, learning_rate, batch_size"),
    "[training]\nlearningrate = 1": ("training.learningrate", "did you mean 'learning_rate'?"),
    "[trainig]\nbeta = 1": ("trainig", "did you mean 'training'?"),
    "[data.distributon]\nx = 1": ("data.distributon", "did you mean 'distribution'?"),
    "[data.distribution]\nradius = 1": ("data.distribution.radius", "no such key; known are mean"),
    "[data.distribution]\nfamily = 'ring'\nmodes = 25": (
        "data.distribution.modes",
        "it must be a whole number from 1 to 24",
    ),
    "[data.distribution]\nfamily = 'cauchy'": (
        "data.distribution.family",
        "one of gaussian, mixture",
    ),
    "[data.distribution]\nfamily = ['ring']": ("data.distribution.family", "it must be one of"),
    "[data]\ndistribution = 'ring'": ("data.distribution", "it must be a table"),
    "[data.transform]\nrotate = 200": ("data.transform.rotate", "from -180 to 180 °"),
    "[data.transform]\nscale_x1 = 0": ("data.transform.scale_x1", "from 0.1 to 10"),
    "[data.transform]\nturn = 1": ("data.transform.turn", "there is no such key"),
    "[data]\ntransform = 3": ("data.transform", "it must be a table"),
    "[data]\nmix = 3": ("data.mix", "it must be a table"),
    "[data.mix]\nweight = 0": ("data.mix.weight", "from 0.01 to 0.99"),
    "[data.mix]\nshare = 1": ("data.mix.share", "known are distribution, weight"),
    "[data.mix.distribution]\nfamily = 'x'": ("data.mix.distribution.family", "one of gaussian"),
    "[data.mix.distribution]\nfamily = 'file'": (
        "data.mix.distribution.family",
        "choose it as the distribution itself",
    ),
    "[data.mix.distribution]\nradius = 1": ("data.mix.distribution.radius", "no such key"),
    "[training]\nlearning_rate = 'fast'": ("training.learning_rate", "a number from 1e-06 to 10"),
    "[training]\nlearning_rate = nan": ("training.learning_rate", "a number from 1e-06 to 10"),
    "[training]\nlearning_rate = inf": ("training.learning_rate", "a number from 1e-06 to 10"),
    "[training]\nbeta = -0.5": ("training.beta", "a number from 0 to 100"),
    "[training]\nepochs = 0": ("training.epochs", "a whole number from 1 to 100000"),
    "[training]\nepochs = 10.0": ("training.epochs", "a whole number from 1 to 100000"),
    "[training]\nepochs = true": ("training.epochs", "a whole number from 1 to 100000"),
    "[training]\nepochs = 2024-01-01": ("training.epochs", "a whole number from 1 to 100000"),
    "[training]\nepochs = 0x" + "f" * 10_000: ("training.epochs", "a whole number from 1"),
    "[training]\nepochs = " + "9" * 400: ("training.epochs", "a whole number from 1 to 100000"),
    "[training]\nepochs = " + "9" * 5_000: ("", "a number in the file is too long"),
    "[training]\nepochs = " + "[" * 200 + "]" * 200: ("training.epochs", "a whole number"),
    "a = " + "[" * 20_000: ("", "nest too deeply"),
    "training.epochs" + ".a" * 2_000 + " = 1": ("training.epochs", "a whole number"),
    "x" + ".a" * 2_000 + " = 1": ("x", "there is no such key"),
    "[model]\nactivation = 'Tanh'": ("model.activation", "'tanh', 'relu', 'silu', 'gelu', 'ident"),
    "[model]\nlatent = 9": ("model.latent", "a whole number from 1 to 8"),
    "training = 3": ("training", "it must be a table of named values"),
    "[[data]]\nseed = 1": ("data", "it must be a table of named values"),
    "title = 3": ("title", "it must be a text"),
    "notes = ['a']": ("notes", "it must be a text"),
    "schema = 2": ("schema", "written by a newer version; this one reads schema 1 and older"),
    "schema = 0": ("schema", "it must be 1"),
    "schema = true": ("schema", "it must be 1"),
    "schema = '1'": ("schema", "it must be 1"),
    "[training": ("", "the file is not TOML: "),
    "a = 1\na = 2": ("", "the file is not TOML: "),
    "\x00": ("", "the file is not TOML: "),
    "<html></html>": ("", "the file is not TOML: "),
}


@pytest.mark.parametrize("text", BAD_FILES, ids=lambda t: repr(t[:40]))
def test_bad_files_are_refused_with_key_value_and_what_would_be_valid(text):
    key, reason = BAD_FILES[text]
    with pytest.raises(InvalidValue) as caught:
        from_toml(text)
    assert reason in caught.value.reason
    message = str(caught.value)
    if key:
        assert caught.value.key == key
        assert message.startswith(f"{key} = ")
    else:  # no one value is to blame, and none is quoted
        assert message == caught.value.reason
    assert message.isprintable()
    assert len(message) < 300


def test_not_even_a_table():
    with pytest.raises(InvalidValue, match=r"the file = .* it must be a table"):
        from_table([1, 2])


# --- single values ------------------------------------------------------------------------


@MANY
@given(config=configs(), other=configs())
def test_values_carried_over_one_by_one_make_the_other_configuration(config, other):
    family = other.data.distribution.family()
    made = with_value(config, "data.distribution.family", family)
    mixed_in = other.data.mix.distribution.family() if other.data.mix else "none"
    made = with_value(made, "data.mix.distribution.family", mixed_in)
    made = with_value(made, "training.engine", "automatic")  # which goes with every device
    for path, (_, value) in values(other).items():
        if path != "training.engine":
            made = with_value(made, path, value)
    made = with_value(made, "training.engine", other.training.engine)
    assert made.data == other.data
    assert made.model == other.model
    assert made.training == other.training
    assert (made.title, made.notes) == (config.title, config.notes)


def test_values_lists_every_declared_value():
    found = values(RunConfig())
    assert found["training.beta"][1] == 1.0
    assert found["training.beta"][0].parameter.symbol == "β"
    assert found["data.distribution.correlation"][1] == 0.5
    in_training = {p.split(".")[-1] for p in found if p.startswith("training.")}
    assert in_training == LIVE | {"engine", "device", "seed"}


def test_another_family_starts_from_its_defaults():
    config = with_value(RunConfig(), "data.distribution.family", "ring")
    assert config.data.distribution == Ring()
    assert config.data.train_size == 10_000


@pytest.mark.parametrize(
    ("path", "value", "key", "words"),
    [
        ("training.nope", 1, "training.nope", "no such key"),
        ("training.beta.x", 1, "training.beta.x", "there is no table 'training.beta'"),
        ("nope.beta", 1, "nope.beta", "there is no table 'nope'"),
        ("", 1, "", "no such key"),
        ("training", 1, "training", "it must be a table"),
        ("training.beta", math.nan, "training.beta", "a number from 0 to 100"),
        ("data.distribution.correlation", 1.0, "data.distribution.correlation", "-0.999 to 0.999"),
        ("data.distribution.family", 3, "data.distribution.family", "it must be one of"),
        ("schema", 2, "schema", "newer version"),
        ("title", "\udcff", "title", "cannot be written to a file"),
    ],
)
def test_with_value_refuses_in_words(path, value, key, words):
    with pytest.raises(InvalidValue) as caught:
        with_value(RunConfig(), path, value)
    assert caught.value.key == key
    assert words in caught.value.reason


@pytest.mark.parametrize(
    ("assignment", "path", "value"),
    [
        ("training.learning_rate=0.003", "training.learning_rate", 0.003),
        ("training.learning_rate = 1e-4", "training.learning_rate", 1e-4),
        ("training.beta=2", "training.beta", 2.0),
        ("training.epochs=1_000", "training.epochs", 1000),
        ("model.activation=relu", "model.activation", "relu"),
        ("model.activation='relu'", "model.activation", "relu"),
        ("data.distribution.correlation=-.5", "data.distribution.correlation", -0.5),
        ("training.learning_rate=.3e-2", "training.learning_rate", 0.003),
        ("training.beta=2.", "training.beta", 2.0),
        ("data.distribution.correlation=-0.5", "data.distribution.correlation", -0.5),
    ],
)
def test_assignments_of_the_command_line(assignment, path, value):
    assert values(assigned(RunConfig(), assignment))[path][1] == value


def test_rows_of_a_list_are_assigned_whole_or_one_value_of_one():
    mixture = assigned(RunConfig(), "data.distribution.family=mixture")
    one = "data.distribution.components=[{mean_x1=2}, {weight=3, std_x1=1}]"
    whole = assigned(mixture, one)
    parts = (Component(mean_x1=2.0), Component(weight=3.0, std_x1=1.0))
    assert whole.data.distribution.components == parts
    changed = assigned(whole, "data.distribution.components[2].weight=0.5")
    assert changed.data.distribution.components == (parts[0], Component(weight=0.5, std_x1=1.0))
    assert with_value(whole, "data.distribution.components", parts[:1]) == assigned(
        mixture, "data.distribution.components=[{mean_x1=2}]"
    )
    for row in ("[0]", "[3]", "[]", "[x]"):
        with pytest.raises(InvalidValue, match="there is no table"):
            assigned(whole, f"data.distribution.components{row}.weight=1")
    with pytest.raises(InvalidValue) as caught:
        assigned(whole, "data.distribution.components[2].weight=-1")
    assert caught.value.key == "data.distribution.components[2].weight"
    with pytest.raises(InvalidValue, match="at least one weight must be above 0"):
        assigned(mixture, "data.distribution.components=[{weight=0}, {weight=0}]")


def test_mixing_is_assigned_beginning_with_its_family():
    made = assigned(
        RunConfig(),
        "data.mix.distribution.family=ring",
        "data.mix.distribution.modes=3",
        "data.mix.weight=.25",
        "data.transform.rotate=30",
    )
    assert made.data.mix == Mix(distribution=Ring(modes=3), weight=0.25)
    assert made.data.transform == Transform(rotate=30.0)
    assert assigned(made, "data.mix.distribution.family=moons").data.mix == Mix(
        distribution=Moons(), weight=0.25
    )
    assert assigned(made, "data.mix.distribution.family=none").data.mix is None
    for path in ("data.mix.weight", "data.mix.distribution.modes"):
        with pytest.raises(InvalidValue, match=r"choose data\.mix\.distribution\.family first"):
            assigned(RunConfig(), f"{path}=0.5")


def test_data_that_are_neither_moved_nor_mixed_are_the_distribution_itself():
    data = DataConfig(distribution=Ring())
    assert data.source is data.distribution
    assert type(DataConfig(transform=Transform(shear=1)).source) is Transformed
    mixed = DataConfig(transform=Transform(shear=1), mix=Mix(distribution=Ring())).source
    assert type(mixed) is Mixed
    assert type(mixed.first) is Transformed  # and what is mixed in is not moved
    assert mixed.second == Ring()


def test_a_file_from_before_data_could_be_moved_or_mixed_is_read():
    config = from_toml('schema = 1\n[data]\nseed = 3\n[data.distribution]\nfamily = "ring"\n')
    assert config.data == DataConfig(distribution=Ring(), seed=3)
    assert "[data.mix" not in to_toml(config)


def test_assigned_texts():
    assert assigned(RunConfig(), "title=A narrow  ring").title == "A narrow  ring"
    assert assigned(RunConfig(), "title=a=b").title == "a=b"
    assert assigned(RunConfig(), "title='.5'").title == ".5"
    assert assigned(RunConfig(), "data.distribution.family=moons").data.distribution == Moons()


@pytest.mark.parametrize(
    ("assignment", "key"),
    [
        ("training.beta", "--set"),
        ("=3", "--set"),
        ("", "--set"),
        ("training.beta=", "training.beta"),
        ("training.beta=nan", "training.beta"),
        ("training.beta=1e400", "training.beta"),
        ("training.epochs=" + "9" * 5000, "training.epochs"),
        ("training.epochs=" + "[" * 20_000, "training.epochs"),
        ("training.epochs=3\nschema=2", "training.epochs"),
        ("data.distribution=ring", "data.distribution"),
    ],
    ids=lambda text: repr(text[:30]),
)
def test_bad_assignments_are_refused(assignment, key):
    with pytest.raises(InvalidValue) as caught:
        assigned(RunConfig(), assignment)
    assert caught.value.key == key
    assert str(caught.value).isprintable()


def test_several_assignments_are_judged_together():
    analytic = assigned(RunConfig(), "training.engine=analytic")
    both = ("training.device=cuda", "training.engine=torch")
    for order in (both, both[::-1]):
        training = assigned(analytic, *order).training
        assert (training.device, training.engine) == ("cuda", "torch")
    ring = assigned(RunConfig(), "data.distribution.family=ring", "data.distribution.modes=5")
    assert ring.data.distribution == Ring(modes=5)
    with pytest.raises(InvalidValue, match="no table 'data'"):
        assigned(RunConfig(), "data=3", "data.distribution.family=ring")


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_an_engine_that_cannot_compute_on_the_device_is_refused_in_words(device):
    for engine in ("automatic", "torch"):
        assert TrainingConfig(engine=engine, device=device).device == device
    for engine in ("compiled", "analytic"):
        with pytest.raises(InvalidValue) as caught:
            from_table({"training": {"engine": engine, "device": device}})
        assert caught.value.key == "training.device"
        assert f"the {engine} engine computes on the CPU alone" in caught.value.reason
        assert "engine torch" in caught.value.reason


def test_a_file_from_before_there_were_devices_computes_on_the_cpu():
    config = from_toml('schema = 1\n[training]\nengine = "torch"\n')
    assert (config.training.engine, config.training.device) == ("torch", "cpu")


# --- what is worth a remark ---------------------------------------------------------------


def test_a_batch_larger_than_the_data_is_remarked_on_and_valid():
    config = assigned(RunConfig(), "data.train_size=500", "training.batch_size=1000")
    assert remarks(config) == {
        "training.batch_size": "Batch size 1,000 is larger than the 500 training examples: "
        "each step uses all 500."
    }
    assert remarks(with_value(config, "training.batch_size", 500)) == {}
    assert remarks(RunConfig()) == {}


# --- live or after a reset ----------------------------------------------------------------


def test_what_applies_live_is_as_declared():
    live = {f.name for f in declared(TrainingConfig) if f.parameter.applies == "live"}
    assert live == LIVE
    for section in (DataConfig, ModelConfig, *DISTRIBUTIONS):
        assert all(f.parameter.applies == "restart" for f in declared(section))


@MANY
@given(running=configs(), wanted=configs())
def test_waiting_for_reset_names_exactly_what_a_reset_would_change(running, wanted):
    waiting = waiting_for_reset(running, wanted)
    now = with_live_values(running, wanted)
    assert all(getattr(now.training, name) == getattr(wanted.training, name) for name in LIVE)
    assert (now.data, now.model) == (running.data, running.model)
    assert now.training.seed == running.training.seed
    # live values never wait, and nothing waits once the rest is equal too
    assert waiting == waiting_for_reset(now, wanted)
    same_run = (now.data, now.model, now.training) == (wanted.data, wanted.model, wanted.training)
    assert (waiting == ()) == same_run


def test_waiting_for_reset_by_example():
    running = RunConfig()
    beta = with_value(running, "training.beta", 4.0)
    assert waiting_for_reset(running, beta) == ()
    wider = with_value(beta, "model.hidden_units", 100)
    assert waiting_for_reset(running, wider) == ("model.hidden_units",)
    assert waiting_for_reset(wider, wider) == ()
    ring = msgspec.structs.replace(running, data=DataConfig(distribution=Ring()))
    assert waiting_for_reset(running, ring) == (
        "data.distribution.family",
        "data.distribution.modes",
        "data.distribution.radius",
        "data.distribution.width",
    )
