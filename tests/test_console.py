"""The progress bar, and whether a display can be used, told before Qt tries."""

from __future__ import annotations

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from vae_gui.console import StopSignals, complain
from vae_gui.display import no_window_because
from vae_gui.progress import LOG, REDRAW, Progress


class Terminal(io.StringIO):
    """Keeps what a terminal's last line would show."""

    def isatty(self) -> bool:
        return True

    @property
    def shown(self) -> str:
        line = ""
        for part in self.getvalue().split("\r"):
            line = part + line[len(part) :]  # written over what stood there
        return line.rstrip()


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_bar_shows_share_speed_and_time_left() -> None:
    terminal, clock = Terminal(), Clock()
    progress = Progress(terminal, clock)
    progress.prepare("Preparing ...")
    clock.now += 60  # loading is no part of the speed
    progress.start(20_000)
    clock.now += 2
    progress.update(5_000)
    assert terminal.shown.startswith(" 25% [#")
    assert terminal.shown.endswith("5,000/20,000 steps  2,500 steps/s  0:00:06 left")
    progress.clear()
    assert terminal.shown == ""


@pytest.mark.parametrize("columns", [20, 60, 80, 200])
def test_bar_never_wraps(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        shutil, "get_terminal_size", lambda *_, **__: os.terminal_size((columns, 24))
    )
    terminal, clock = Terminal(), Clock()
    progress = Progress(terminal, clock)
    progress.start(10**9)
    for done in (1, 10, 10**8, 10**9):
        clock.now += 1
        progress.update(done)
    assert all(len(part) < columns for part in terminal.getvalue().split("\r"))


def test_bar_is_drawn_seldom_and_a_log_has_few_lines() -> None:
    for stream, every in ((Terminal(), REDRAW), (io.StringIO(), LOG)):
        clock = Clock()
        progress = Progress(stream, clock)
        progress.start(100_000)
        for step in range(1, 6001):
            clock.now += 0.01
            progress.update(step)
        drawn = stream.getvalue().count("steps/s")
        assert 0 < drawn <= 60 / every + 1


def test_nobody_reading_ends_the_bar_not_the_run() -> None:
    class Closed(Terminal):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    progress = Progress(Closed())
    progress.start(10)
    progress.update(1)
    progress.update(2)
    progress.clear()


def test_a_complaint_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    complain("several\nlines  of\ttext")
    assert capsys.readouterr().err == "vae-gui: several lines of text\n"


@pytest.fixture
def interruptible() -> Iterator[None]:
    """SIGINT as in a terminal: what runs in the background may have it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_first_signal_is_a_wish_and_then_all_is_as_before(interruptible: None) -> None:
    before = [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)]
    with StopSignals() as stop:
        assert not stop.asked
        signal.raise_signal(signal.SIGTERM)
        assert stop.asked
        assert [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)] == before
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)] == before


def test_an_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with StopSignals() as stop:
            signal.raise_signal(signal.SIGTERM)
            assert not stop.asked
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Qt needs no display to be named")
class TestDisplay:
    @pytest.mark.parametrize(
        ("environment", "reason"),
        [
            ({}, "there is no display"),
            ({"QT_QPA_PLATFORM": "xcb"}, "there is no display"),
            ({"DISPLAY": ":98765"}, "':98765' does not answer"),
            ({"DISPLAY": "localhost:59000.0"}, "does not answer"),
            ({"DISPLAY": "host:99999999"}, "does not answer"),
            ({"DISPLAY": "nonsense"}, "does not answer"),
            ({"WAYLAND_DISPLAY": "wayland-9"}, "'wayland-9' does not answer"),
        ],
    )
    def test_that_is_missing_is_told(self, environment: dict[str, str], reason: str) -> None:
        assert reason in no_window_because(environment)

    @pytest.mark.parametrize("platform", ["offscreen", "minimal", "vnc:size=800x600"])
    def test_is_not_needed_by_other_platforms(self, platform: str) -> None:
        assert no_window_because({"QT_QPA_PLATFORM": platform}) == ""

    def test_that_answers_is_used(self, tmp_path: Path) -> None:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(tmp_path / "wayland-0"))
            server.listen()
            found = {"XDG_RUNTIME_DIR": str(tmp_path), "WAYLAND_DISPLAY": "wayland-0"}
            assert no_window_because(found) == ""

    def test_of_x_in_the_abstract_name_space_is_found(self) -> None:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("\0/tmp/.X11-unix/X98764")
            server.listen()
            # with a server there, only the libraries that its plugin needs can be missing
            assert "display '" not in no_window_because({"DISPLAY": ":98764"})


UNREAD = """
import inspect
read = []
source = inspect.getsource
inspect.getsource = lambda found: (read.append(found), source(found))[1]
from vae_gui.display import no_qt_because
assert not no_qt_because()
read.clear()
import vae_gui.ui.theme
assert not read
"""


def test_qt_reads_no_source_of_what_is_imported():
    subprocess.run([sys.executable, "-c", UNREAD], check=True, timeout=60)
