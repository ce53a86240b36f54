"""Pictures without a person: a window that trains for real, and figures of every panel."""

from __future__ import annotations

import os
import sys
import tempfile
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSettings, Qt

from vae_gui.core.config import RunConfig
from vae_gui.core.divergence import RunFailed
from vae_gui.headless import HeadlessRun
from vae_gui.ui import export
from vae_gui.ui.app import application
from vae_gui.ui.frame import Frame
from vae_gui.ui.panels.registry import PANELS
from vae_gui.ui.questions import Answer
from vae_gui.ui.session import Models
from vae_gui.ui.theme import THEMES
from vae_gui.ui.waiting import wait_until
from vae_gui.ui.window import MainWindow

FIGURE_SIZE = (900, 560)


def take_screenshot(
    config: RunConfig,
    steps: int,
    theme: str,
    size: tuple[int, int],
    panel: str | None,
    out: Path,
) -> None:
    """Train for real, and save a picture of the window or of one panel.

    Args:
        config: What to train.
        steps: How many steps; fewer if the epochs are over before.
        theme: `dark` or `light`.
        size: Width and height in pixels.
        panel: Key of a panel, None for the whole window.
        out: A .png, .svg or .pdf file.

    Raises:
        FileProblem: The file cannot be written.
        RunFailed: Training did not get there.
    """
    app = application()
    with tempfile.TemporaryDirectory() as folder:
        settings = QSettings(os.path.join(folder, "state.ini"), QSettings.Format.IniFormat)
        settings.setValue("theme", theme)
        window = MainWindow(config, settings)
        window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        window.resize(*size)
        window.show()
        try:
            _train_shown(window, steps, panel, out)
            export.save(window.docks[panel].panel if panel else window, out, scale=1)
        finally:
            window.close()
            window.jobs.close(wait_ms=None)
            window.controller.close(wait_ms=None)
            app.sendPostedEvents()


def _train_shown(window: MainWindow, steps: int, panel: str | None, out: Path) -> None:
    """Train until everything in sight shows the last of so many steps.

    Raises:
        RunFailed: The run, or a part of the window, failed before.
    """
    troubles: list[str] = []
    for part in (window.controller, window.jobs):
        part.troubled.connect(lambda t: troubles.append(f"{t.title}. {t.message}"))
    hook = sys.excepthook  # a fault in a slot ends no event loop
    sys.excepthook = lambda kind, value, trace: troubles.append(f"{kind.__name__}: {value}")
    try:
        wait_until(lambda: bool(troubles) or (window.controller.ready and bool(window.docks)))
        if panel is not None and not troubles:
            window.docks[panel].raise_()
        if steps:
            window.controller.step_once(steps)
        wait_until(
            lambda: bool(troubles) or (window.controller.resting and window.scheduler.settled)
        )
    finally:
        sys.excepthook = hook
    if troubles:
        raise RunFailed(f"{troubles[0].rstrip('.')}. {str(out)!r} is not written.")
    window.refresh()


def save_figures(result: HeadlessRun, folder: Path, formats: tuple[str, ...]) -> None:
    """Draw every panel of a finished run into files `<panel>.<format>`.

    Raises:
        FileProblem: One cannot be written.
    """
    application()
    models = Models(result.truth)
    frame = Frame(1, result.config, result.plan, result.noise, result.picture, result.recording)
    for kind in PANELS:
        panel = kind(THEMES["light"])
        panel.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        panel.resize(*FIGURE_SIZE)
        panel.show()
        panel.take_truth(result.truth)
        asks = [True]  # panels that draw piece by piece ask for more turns
        panel.redraw_wanted.connect(partial(asks.append, True))
        while asks:
            asks.clear()
            panel.show_frame(frame)
            question = None if asks else panel.question(frame)
            if question is not None:
                panel.show_answer(Answer(question, question.answer(models.of(question))))
                asks.append(True)
        for suffix in formats:
            export.save(panel, folder / f"{panel.key}.{suffix}", scale=2)
        panel.close()
        panel.deleteLater()
