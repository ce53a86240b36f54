"""README keeps its word: commands, outputs, numbers, keys, paths, and code to add."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from vae_gui import results
from vae_gui.cli import main, parser
from vae_gui.core.config import RunConfig, from_toml
from vae_gui.core.data import make_dataset
from vae_gui.core.distributions import Ring
from vae_gui.core.storage import presets

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
LARGEST_PICTURE = 300_000  # bytes: a page must not take long to open
NUMBER = re.compile(r"\d+\.\d+")


def blocks(language: str) -> list[str]:
    """The code blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def section(title: str) -> str:
    """What stands under a heading, up to the next one of its kind or higher."""
    found = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^#{{1,3}} |\Z)", README, re.M | re.S)
    assert found, title
    return found[2]


# commands and what they print ----------------------------------------------------


def test_the_test_command_is_one_line_after_its_mark() -> None:
    marked = re.findall(r"<!-- test command -->\n```sh\n(.*)\n```", README)
    assert len(marked) == README.count("<!-- test command -->") == 1
    windows = [line for line in blocks("bat") if "pytest" in line]
    assert windows[0].strip() == marked[0].replace("python3", "py -3").replace(
        ".venv/bin/", ".venv\\Scripts\\"
    )


def test_every_command_is_understood() -> None:
    quoted = [words.replace("\\|", "|") for words in re.findall(r"`(vae-gui[^`\n]*)`", README)]
    typed = re.findall(r"^\$ (vae-gui.*)", README, re.MULTILINE)
    assert len(quoted) > 6
    assert len(typed) > 2
    for command in quoted + typed:
        assert callable(parser().parse_args(shlex.split(command)[1:]).command), command


def transcripts() -> list[tuple[str, str]]:
    """(command, what it prints) of every example in a terminal."""
    parts = [p for block in blocks("console") for p in block.split("$ ") if p]
    return [(p.partition("\n")[0], p.partition("\n")[2]) for p in parts]


@pytest.mark.parametrize(("command", "printed"), transcripts())
def test_examples_print_what_is_written(
    command: str,
    printed: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    code = main(shlex.split(command)[1:])
    out, err = capsys.readouterr()
    assert code == (2 if printed.startswith("vae-gui: ") else 0)
    text = err if code else out
    assert NUMBER.sub("#", text) == NUMBER.sub("#", printed)
    # the last digits differ between machines, and a little more after hundreds of steps
    for found, written in zip(NUMBER.findall(text), NUMBER.findall(printed), strict=True):
        assert float(found) == pytest.approx(float(written), abs=0.02)


def test_the_table_of_files_is_that_of_a_run() -> None:
    listed = re.findall(r"^\| `([a-z_.]+)` \|", section("What a run leaves"), re.MULTILINE)
    assert sorted(listed) == sorted(results.FILES)


def test_the_configuration_shown_is_valid() -> None:
    (text,) = blocks("toml")
    config = from_toml(text)
    assert config.data.distribution == Ring(modes=5, width=0.1)
    assert config.model.hidden_units == 128


# numbers, names and paths --------------------------------------------------------


def test_the_floors_are_those_of_the_default_data() -> None:
    data = RunConfig().data
    assert f"{data.distribution.entropy():.6f} nats" in README
    floor = -np.mean(data.distribution.log_prob(make_dataset(data).test))
    assert f"default test points it is {floor:.4f}" in README.replace("\n", " ")


def test_every_preset_is_named() -> None:
    words = section("Presets").replace("\n", " ").lower()
    for title, _ in presets():
        assert title.lower() in words


def test_links_lead_somewhere_and_pictures_are_small() -> None:
    targets = re.findall(r"\]\(([^)]+)\)", README)
    for target in targets:
        if not target.startswith("https://"):
            assert (ROOT / target).exists(), target
    pictures = [ROOT / t for t in targets if t.endswith(".png")]
    assert len(pictures) == 3
    for picture in pictures:
        assert picture.stat().st_size < LARGEST_PICTURE, picture


def test_the_layout_is_that_of_the_tree() -> None:
    parents: list[Path] = [ROOT]
    for line in section("How the code is laid out").split("```")[1].strip("\n").splitlines():
        names = line.strip().partition("  ")[0]
        depth = (len(line) - len(line.lstrip())) // 2
        for name in names.split(", "):
            path = parents[depth] / name
            assert path.exists(), path
            parents[depth + 1 :] = [path]


# code to add -----------------------------------------------------------------------


def add(code: str, package: Path) -> None:
    """Do to a copy of the package what an example says.

    Each part begins with the name of its file. In a file that exists, `LIST = (..., x)`
    stands for one more entry in that list.
    """
    parts = re.split(r"^# (vae_gui/\S+\.py)\n", code, flags=re.MULTILINE)
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        path = package.parent / name
        if path.exists():
            text = re.sub(r"^([A-Z]+) = \(\s*\.\.\.", r"\1 = (*\1", text, flags=re.MULTILINE)
            text = path.read_text(encoding="utf-8") + "\n\n" + text
        path.write_text(text.strip() + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package, all examples of README added, and the tests of distributions."""
    folder = tmp_path_factory.mktemp("extended")
    skip = shutil.ignore_patterns("__pycache__", "screenshots")
    shutil.copytree(ROOT / "vae_gui", folder / "vae_gui", ignore=skip)
    for name in ("test_distributions.py", "grids.py", "strategies.py"):
        shutil.copy(ROOT / "tests" / "core" / name, folder)
    shutil.copy(ROOT / "pyproject.toml", folder)
    # the families of the program are tested elsewhere
    (folder / "conftest.py").write_text(
        "import vae_gui.core.distributions as d\n\n"
        "d.DISTRIBUTIONS = (d.DISTRIBUTIONS[0], d.DISTRIBUTIONS[-1])\n"
    )
    examples = blocks("python")
    assert len(examples) == 3
    for code in examples:
        add(code, folder / "vae_gui")
    return folder


def python(folder: Path, *words: str) -> str:
    """What a fresh interpreter prints, `folder` being where it finds the package."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *words],
        capture_output=True, text=True, cwd=folder, env=environment, timeout=170,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_an_added_distribution_passes_the_tests_of_all(extended: Path) -> None:
    told = python(extended, "-m", "pytest", "-v", "-p", "no:cacheprovider", "test_distributions.py")
    assert "test_words_are_one_sentence_each[bow] PASSED" in told


def test_what_was_added_trains_is_measured_and_draws(extended: Path) -> None:
    out = extended / "out"
    python(
        extended, "-m", "vae_gui", "train", "--set", "data.distribution.family=bow",
        "--steps", "150", "--quiet", "--figures", "svg", "--out", str(out),
    )  # fmt: skip
    with (out / "train_losses.csv").open(newline="") as file:
        totals = [float(row["total"]) for row in csv.DictReader(file)]
    metrics = json.loads((out / "metrics.json").read_text())
    gap = metrics["test_loss"] - np.mean(totals[-100:])
    assert metrics["generalisation_gap"] == pytest.approx(gap, abs=1e-4)
    drawn = re.sub(r"<[^>]*>", "", (out / "latent_kl.svg").read_text(encoding="utf-8"))
    shown = [float(nats) for nats in re.findall(r"z\d: (-?\d+\.\d+) nats", drawn)]
    assert len(shown) == 2
    assert sum(shown) == pytest.approx(metrics["kl"], abs=0.2)


WINDOW = """
import json, sys
from PySide6.QtCore import QSettings
from vae_gui.core.config import RunConfig
from vae_gui.ui.app import application
from vae_gui.ui.window import MainWindow
app = application()
window = MainWindow(RunConfig(), QSettings(sys.argv[1], QSettings.Format.IniFormat))
window.show()
while not window.docks:  # made as soon as the window has been seen
    app.processEvents()
actions = [a for group in window.actions_.groups.values() for a in group]
print(json.dumps({a.text().replace("&", ""): [k.toString() for k in a.shortcuts()] for a in actions}))
window.close()
"""  # noqa: E501


def test_the_window_has_the_added_panel_and_the_keys_written(extended: Path) -> None:
    actions = json.loads(python(extended, "-c", WINDOW, str(extended / "window.ini")))
    assert "KL per dimension" in actions
    known = {key for keys in actions.values() for key in keys}
    rows = [row.split("|")[1] for row in section("Keys").splitlines() if row.startswith("| `")]
    written = {
        key for row in rows if "in a plot" not in row for key in re.findall(r"`([^`]+)`", row)
    }
    short = {"9", "6", "1", "2"}  # the end of a range such as `Ctrl+1` to `6`
    assert len(written) > 15
    assert written - short <= known
