"""The edited configuration and the way back."""

import gc
import weakref
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_gui.core.config import RunConfig, with_value
from vae_gui.core.distributions import DISTRIBUTIONS
from vae_gui.ui.document import RunDocument, described


def edited(document, path, value, gesture=None):
    document.edit(with_value(document.config, path, value), path, gesture)


def test_an_edit_is_undone_and_redone(qapp):
    document, seen = RunDocument(), []
    document.config_changed.connect(seen.append)
    edited(document, "training.beta", 2.0)
    edited(document, "model.latent", 3)
    document.stack.undo()
    assert document.config == with_value(RunConfig(), "training.beta", 2.0)
    document.stack.undo()
    assert document.config == RunConfig()
    document.stack.redo()
    assert document.config.training.beta == 2.0
    assert [c.training.beta for c in seen] == [2.0, 2.0, 2.0, 1.0, 2.0]


def test_the_same_configuration_is_no_edit(qapp):
    document = RunDocument()
    document.edit(RunConfig(), "training.beta")
    assert document.stack.count() == 0
    assert not document.modified


def test_one_gesture_on_one_path_is_one_edit(qapp):
    document, drag, other = RunDocument(), object(), object()
    for beta in (2.0, 3.0, 4.0):
        edited(document, "training.beta", beta, drag)
    edited(document, "training.beta", 5.0, other)
    edited(document, "training.beta", 6.0)
    edited(document, "training.beta", 7.0)
    edited(document, "model.latent", 3, drag)
    edited(document, "model.hidden_units", 3, drag)
    assert document.stack.count() == 6
    for _ in range(5):
        document.stack.undo()
    assert document.config.training.beta == 4.0
    document.stack.undo()
    assert document.config == RunConfig()


def test_a_gesture_that_comes_back_leaves_no_edit(qapp):
    document, drag = RunDocument(), object()
    for latent in (3, 4, 2):
        edited(document, "model.latent", latent, drag)
    assert document.stack.count() == 0
    edited(document, "model.latent", 5, drag)
    document.stack.undo()
    assert document.config == RunConfig()


@given(st.lists(st.tuples(st.integers(1, 8), st.integers(0, 2)), max_size=30))
def test_undoing_all_comes_back_and_redoing_all_goes_there(edits):
    document, gestures = RunDocument(), (None, object(), object())
    for latent, gesture in edits:
        edited(document, "model.latent", latent, gestures[gesture])
    wanted = document.config
    while document.stack.canUndo():
        document.stack.undo()
    assert document.config == RunConfig()
    while document.stack.canRedo():
        document.stack.redo()
    assert document.config == wanted


def test_modified_means_different_from_the_file(qapp, tmp_path):
    document, paths = RunDocument(), []
    document.path_changed.connect(paths.append)
    seen = []
    document.config_changed.connect(lambda _: seen.append(document.modified))
    edited(document, "training.beta", 2.0)
    document.set_clean(tmp_path / "a.toml")
    assert not document.modified
    edited(document, "training.beta", 3.0)
    document.stack.undo()
    assert seen == [True, True, False]  # right already while the change is told
    edited(document, "training.beta", 3.0)
    edited(document, "training.beta", 2.0)  # back by hand, not by undo
    assert not document.modified
    document.set_clean()
    assert document.path == tmp_path / "a.toml"
    assert paths == [tmp_path / "a.toml"] * 2


def test_opening_starts_anew(qapp):
    document = RunDocument()
    edited(document, "training.beta", 2.0)
    other = with_value(RunConfig(), "model.latent", 4)
    document.open(other, Path("other.toml"))
    assert document.config == other
    assert document.path == Path("other.toml")
    assert not document.modified
    assert not document.stack.canUndo()
    document.open(RunConfig(), None)
    assert document.path is None


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("training.learning_rate", "Change learning rate"),
        ("training.beta", "Change KL weight"),
        ("data.distribution.std_x1", "Change std x₁"),
        ("data.distribution.matrix", "Change covariance Σ"),
        ("discard pending changes", "Discard pending changes"),
    ],
)
def test_an_edit_is_described_in_words(path, words):
    assert described(RunConfig(), path) == words


@pytest.mark.parametrize("family", DISTRIBUTIONS)
def test_choosing_data_is_described_by_its_name(family):
    config = with_value(RunConfig(), "data.distribution.family", family.family())
    assert described(config, "data.distribution.family") == f"Choose {family.label}"


def test_a_dropped_document_dies_with_its_edits(qapp):
    document = RunDocument()
    edited(document, "training.beta", 2.0)
    trace = weakref.ref(document)
    del document
    gc.collect()
    assert trace() is None


def test_what_is_found_out_is_no_edit(qapp):
    document, found = RunDocument(), with_value(RunConfig(), "training.seed", 7)
    document.settle(found)
    assert document.config == found
    assert not document.modified
    assert not document.stack.canUndo()
    edited(document, "training.beta", 2.0)
    document.settle(with_value(document.config, "training.seed", 8))
    assert document.modified
