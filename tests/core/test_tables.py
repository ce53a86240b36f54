"""Tables and weights come back exactly; weights of other models are refused in words."""

from __future__ import annotations

import csv
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from vae_gui.core import storage
from vae_gui.core.config import ModelConfig
from vae_gui.core.network import Losses, encode, initialise, layout
from vae_gui.core.recording import Recording, TestPoint
from vae_gui.core.storage import FileProblem
from vae_gui.core.storage.container import write_container

NUMBERS = np.random.default_rng(5)


def recorded(tests: list[TestPoint], losses: np.ndarray) -> Recording:
    recording = Recording(10)
    recording.add_losses(losses)
    recording.tests.extend(tests)
    return recording


class TestTables:
    LOSSES = NUMBERS.standard_normal((5, 3)).astype(np.float32)
    TESTS = [
        TestPoint(0, 0, Losses(3.5, 3.25, 0.25)),
        TestPoint(1, 3, Losses(0.1 + 0.2, 1e-300, 1 / 3)),
    ]

    def test_training_losses_come_back_exactly(self, tmp_path: Path) -> None:
        path = tmp_path / "train.csv"
        storage.save_train_losses(path, recorded(self.TESTS, self.LOSSES))
        with path.open(newline="") as file:
            header, *rows = csv.reader(file)
        assert header == ["step", "epoch", "total", "reconstruction", "kl"]
        assert [row[:2] for row in rows] == [[*map(str, p)] for p in zip("12345", "11122")]  # noqa: B905
        assert (np.array([row[2:] for row in rows], np.float32) == self.LOSSES).all()

    def test_test_losses_come_back_exactly(self, tmp_path: Path) -> None:
        path = tmp_path / "test.csv"
        storage.save_test_losses(path, self.TESTS)
        with path.open(newline="") as file:
            header, *rows = csv.reader(file)
        assert header == ["epoch", "step", "total", "reconstruction", "kl"]
        found = [TestPoint(int(e), int(s), Losses(*map(float, v))) for e, s, *v in rows]
        assert found == self.TESTS

    def test_a_run_without_steps_is_a_header(self, tmp_path: Path) -> None:
        storage.save_train_losses(tmp_path / "a.csv", Recording(3))
        assert (tmp_path / "a.csv").read_text() == "step,epoch,total,reconstruction,kl\n"

    @pytest.mark.parametrize("kind", [np.float32, np.float64])
    def test_columns_come_back_exactly(self, tmp_path: Path, kind: type) -> None:
        values = NUMBERS.standard_normal((50, 2)).astype(kind)
        storage.save_columns(tmp_path / "c.csv", {"a": values[:, 0], "b": values[:, 1]})
        found = np.loadtxt(tmp_path / "c.csv", delimiter=",", skiprows=1, dtype=kind)
        assert (found == values).all()

    def test_another_ending_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(FileProblem, match=r"must end in .npz or .csv"):
            storage.save_arrays(tmp_path / "s.pkl", x=np.zeros((1, 2)))

    def test_metrics_are_strict_json(self, tmp_path: Path) -> None:
        storage.save_metrics(tmp_path / "m.json", {"a": 0.1, "b": float("nan"), "c": 3})

        def refuse(word: str) -> None:
            raise AssertionError(f"{word} is no JSON")

        text = (tmp_path / "m.json").read_text()
        assert json.loads(text, parse_constant=refuse) == {"a": 0.1, "b": None, "c": 3}


SMALL = ModelConfig(latent=1, hidden_units=3)


class TestWeights:
    FLAT = initialise(layout(SMALL), NUMBERS)

    def saved(self, tmp_path: Path) -> Path:
        storage.save_weights(tmp_path / "model.safetensors", SMALL, self.FLAT)
        return tmp_path / "model.safetensors"

    def test_come_back_exactly(self, tmp_path: Path) -> None:
        assert (storage.load_weights(self.saved(tmp_path), SMALL) == self.FLAT).all()

    def test_load_into_the_posts_model(self, tmp_path: Path) -> None:
        import torch
        from safetensors.torch import load_file
        from torch import nn

        class GaussianMLP(nn.Module):  # as the post writes it
            def __init__(self, input_dim: int, hidden_dim: int, latent_dim: int) -> None:
                super().__init__()
                self.shared = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.Tanh())
                self.param_layer = nn.Linear(hidden_dim, latent_dim * 2)

            def forward(self, inputs: torch.Tensor) -> torch.Tensor:
                return self.param_layer(self.shared(inputs))

        class Both(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.encoder, self.decoder = GaussianMLP(2, 3, 1), GaussianMLP(1, 3, 2)

        model = Both()
        model.load_state_dict(load_file(self.saved(tmp_path)), strict=True)
        x = NUMBERS.standard_normal((4, 2)).astype(np.float32)
        ours = np.hstack(encode(layout(SMALL), self.FLAT, x))
        assert np.allclose(model.encoder(torch.from_numpy(x)).detach().numpy(), ours, atol=1e-6)

    @pytest.mark.parametrize(
        ("other", "reason"),
        [
            (ModelConfig(latent=1, hidden_units=4), r"shape \(3, 2\) in it, not .* \(4, 2\)"),
            (ModelConfig(latent=2, hidden_units=3), "shape"),
            (ModelConfig(latent=1, hidden_units=3, hidden_layers=2), "missing|shape"),
            (ModelConfig(latent=1, hidden_units=3, activation="relu"), "activation = 'tanh'"),
        ],
    )
    def test_of_another_model_are_refused(
        self, tmp_path: Path, other: ModelConfig, reason: str
    ) -> None:
        with pytest.raises(FileProblem, match=reason):
            storage.load_weights(self.saved(tmp_path), other)

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_that_are_not_finite_are_refused(self, tmp_path: Path, value: float) -> None:
        flat = self.FLAT.copy()
        flat[7] = value
        storage.save_weights(tmp_path / "m", SMALL, flat)
        with pytest.raises(FileProblem, match="not finite"):
            storage.load_weights(tmp_path / "m", SMALL)

    def test_foreign_files_are_refused(self, tmp_path: Path) -> None:
        views = layout(SMALL).views(self.FLAT)
        halves = {name: view.astype(np.float16) for name, view in views.items()}
        write_container(tmp_path / "half", halves, {})
        write_container(tmp_path / "more", {**views, "extra": self.FLAT}, {})
        (tmp_path / "pickle").write_bytes(pickle.dumps({"encoder": 1}))
        huge = b'{"a":{"dtype":"F32","shape":[0,9223372036854775808],"data_offsets":[0,0]}}'
        (tmp_path / "huge").write_bytes(len(huge).to_bytes(8, "little") + huge)
        for name, reason in (
            ("half", "type F16"),
            ("more", "'extra' in it is no weight"),
            ("pickle", "not a safetensors file"),
            ("huge", "cannot read"),
        ):
            with pytest.raises(FileProblem, match=reason):
                storage.load_weights(tmp_path / name, SMALL)

    def test_too_large_is_found_out_before_reading(self, tmp_path: Path) -> None:
        with (tmp_path / "sparse").open("wb") as file:
            file.truncate(2**40)
        with pytest.raises(FileProblem, match="larger than"):
            storage.load_weights(tmp_path / "sparse", SMALL)
