"""The command line as processes of their own: pictures, signals, pipes, and no display."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from vae_gui import __version__, results
from vae_gui.core.config import RunConfig, assigned
from vae_gui.core.storage import load_run, save_config

SMALL = (
    "data.train_size=50",
    "data.test_size=20",
    "model.hidden_units=4",
    "training.batch_size=16",
    "training.epochs=3",
)
SETS = [word for assignment in SMALL for word in ("--set", assignment)]
FILES = sorted(results.FILES)
HEADLESS = {
    name: value
    for name, value in os.environ.items()
    if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
}


def finished(command: list[str], folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A command that has run, in a place without a display."""
    return subprocess.run(
        command, capture_output=True, text=True, timeout=150, cwd=folder, env=HEADLESS
    )


def steps_saved(folder: Path) -> int:
    with (folder / "train_losses.csv").open(newline="") as file:
        return sum(1 for _ in csv.DictReader(file))


def test_figures_of_every_panel(tmp_path: Path) -> None:
    from vae_gui.ui.panels.registry import PANELS

    command = [sys.executable, "-m", "vae_gui", "train", *SETS, "--out", str(tmp_path)]
    done = finished([*command, "--quiet", "--figures", "png,svg"])
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    expected = {f"{p.key}.{suffix}" for p in PANELS for suffix in ("png", "svg")}
    assert {p.name for p in tmp_path.iterdir()} == expected | set(FILES)


def test_a_screenshot_has_the_size_asked_for(tmp_path: Path) -> None:
    out = tmp_path / "window.png"
    command = [sys.executable, "-m", "vae_gui", "screenshot", "--steps", "3", "--theme", "light"]
    done = finished([*command, "--size", "1280x720", "--out", str(out)])
    assert (done.returncode, done.stderr) == (0, "")
    header = out.read_bytes()[:24]
    assert header.startswith(b"\x89PNG")
    assert [int.from_bytes(header[i : i + 4], "big") for i in (16, 20)] == [1280, 720]


def test_a_screenshot_of_a_panel_by_its_title_as_shapes(tmp_path: Path) -> None:
    out = tmp_path / "loss.svg"
    command = [sys.executable, "-m", "vae_gui", "screenshot", *SETS, "--panel", "LOSS"]
    done = finished([*command, "--out", str(out)])
    assert (done.returncode, done.stderr) == (0, "")
    assert "<title>Loss</title>" in out.read_text()


def test_a_screenshot_of_a_run_that_diverges_is_a_line_and_no_file(tmp_path: Path) -> None:
    out = tmp_path / "window.png"
    command = [sys.executable, "-m", "vae_gui", "screenshot", "--out", str(out)]
    done = finished([*command, "--set", "training.learning_rate=10"])
    assert done.returncode == 1
    assert done.stderr.startswith("vae-gui: The run diverged at step 2. ")
    assert done.stderr.endswith(f"{str(out)!r} is not written.\n")
    assert done.stderr.count("\n") == 1
    assert not out.exists()


def test_the_help_names_every_panel() -> None:
    from vae_gui.ui.panels.registry import PANELS

    done = finished([sys.executable, "-m", "vae_gui", "screenshot", "--help"])
    words = " ".join(done.stdout.split())
    assert all(f"{panel.key} ({panel.title})" in words for panel in PANELS)


def started(out: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "vae_gui", "train", *SETS, "--out", str(out), *more]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # a shell's background jobs ignore Ctrl-C, and would hand that on
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip


@pytest.mark.skipif(os.name != "posix", reason="a matter of POSIX signals")
@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_saves_what_there_is(tmp_path: Path, which: signal.Signals) -> None:
    with started(tmp_path, "--epochs", "100000") as process:
        assert process.stdout is not None
        while "Epoch 2" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(which)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.startswith("vae-gui: Interrupted. What there is up to step ")
    assert errors.count("\n") == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == FILES
    saved = load_run(tmp_path / "run.vaerun")
    assert saved.state is not None
    assert saved.state.step == steps_saved(tmp_path) >= 8


@pytest.mark.skipif(os.name != "posix", reason="a matter of POSIX pipes")
def test_a_reader_that_leaves_does_not_end_the_run(tmp_path: Path) -> None:
    with started(tmp_path, "--epochs", "200") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        errors = process.stderr.read()
        assert process.wait(60) == 0
    assert errors == ""
    assert steps_saved(tmp_path) == 800


def without_display(folder: Path) -> subprocess.CompletedProcess[str]:
    config = RunConfig()
    for assignment in SMALL:
        config = assigned(config, assignment)
    save_config(folder / "small.toml", config)
    return finished([sys.executable, "-m", "vae_gui", "--config", "small.toml"], folder)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is a display")
def test_without_a_display_the_job_is_done_all_the_same(tmp_path: Path) -> None:
    from vae_gui.ui.panels.registry import PANELS

    for name in ("vae-gui-run", "vae-gui-run-2"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "metrics.json").write_text("precious")
    out = tmp_path / "vae-gui-run-3"
    done = without_display(tmp_path)
    assert done.stderr.startswith("vae-gui: there is no display")
    assert "into 'vae-gui-run-3'" in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.returncode == 0
    assert done.stdout.startswith("Initial test loss")
    assert {p.name for p in out.iterdir()} == {
        *FILES,
        "window.png",
        *(f"{p.key}.png" for p in PANELS),
    }
    assert steps_saved(out) == 12
    for name in ("vae-gui-run", "vae-gui-run-2"):
        assert [p.read_text() for p in (tmp_path / name).iterdir()] == ["precious"]


def test_neither_version_nor_sample_loads_qt_or_torch(tmp_path: Path) -> None:
    program = f"""
import sys
from vae_gui.cli import main
main(["sample", "--n", "5", "--out", {str(tmp_path / "s.npz")!r}])
assert not {{"torch", "PySide6", "pyqtgraph", "scipy.stats"}} & set(sys.modules)
main(["--version"])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"vae-gui {__version__}"
