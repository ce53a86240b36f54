"""What each command of `vae-gui` does without a window, given its options.

They return the exit code. Qt and torch are imported only where a command needs them; the
window itself is opened by `opening`, which does without all that is imported here.
"""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from itertools import chain, count
from pathlib import Path

import numpy as np

from vae_gui import headless, results
from vae_gui.console import FAILED, INTERRUPTED, ConsoleReport, StopSignals, complain, say
from vae_gui.core import storage
from vae_gui.core.config import RunConfig, assigned, remarks, with_value
from vae_gui.core.data import stream
from vae_gui.core.diagnostics import Metric
from vae_gui.core.distributions import beside, told
from vae_gui.core.engines import expect_engine
from vae_gui.core.parameters import InvalidValue
from vae_gui.core.storage import FileProblem
from vae_gui.display import no_qt_because
from vae_gui.listing import listing, listing_in_words
from vae_gui.measuring import chosen_metrics
from vae_gui.progress import Progress

EXIT_CODES = {"done": 0, "diverged": FAILED, "failed": FAILED, "interrupted": INTERRUPTED}
MOST_POINTS = 10_000_000
FALLBACK = Path("vae-gui-run")
PICTURES = (".png", ".svg", ".pdf")


def run_instead(config: RunConfig, reason: str) -> int:
    """Do a run where no window can be opened, its figures and a picture of the window in a folder.

    Args:
        config: What to train.
        reason: Why there is no window.
    """
    expect_engine(config.training)
    config = _with_data(config)
    folder = _unused(FALLBACK)
    results.prepare_folder(folder, overwrite=False)
    say(f"vae-gui: {reason}; training without a window, into {str(folder)!r}", sys.stderr)
    _remark_on(config)
    metrics = chosen_metrics("standard")
    code, run = _train_into(folder, config, ConsoleReport(quiet=False), metrics)
    if code == INTERRUPTED:
        return code
    _expect_qt()
    from vae_gui.ui.shots import save_figures, take_screenshot

    say("Drawing the panels and the window ...")
    save_figures(run, folder, ("png",))
    picture = folder / "window.png"
    take_screenshot(config, run.recording.steps, "dark", (1600, 1000), None, picture)
    say(f"A picture of the window is in {picture}")
    return code


def _unused(folder: Path) -> Path:
    """The folder, or the same with -2, -3, ... after its name, where nothing is yet."""
    numbered = (folder.with_name(f"{folder.name}-{i}") for i in count(2))
    return next(path for path in chain([folder], numbered) if not os.path.lexists(path))


def train(options: Namespace) -> int:
    """Train and leave everything in a folder; all that can be refused is refused before."""
    config = _configured(options)
    if options.seed is not None:
        for key in ("data.seed", "training.seed"):
            config = with_value(config, key, options.seed)
    if options.epochs is not None:
        config = with_value(config, "training.epochs", options.epochs)
    elif options.steps is not None:
        config = headless.for_steps(config, options.steps)
    if options.samples_per_step:
        headless.expect_room(config, options.steps)
    metrics = chosen_metrics(options.metrics)
    if options.figures:
        _expect_qt()
    expect_engine(config.training)
    results.prepare_folder(options.out, options.overwrite)
    if not options.quiet:
        _remark_on(config)
    report = ConsoleReport(options.quiet)
    keep = options.samples_per_step
    code, run = _train_into(options.out, config, report, metrics, options.steps, keep)
    if options.figures and code != INTERRUPTED:
        from vae_gui.ui.shots import save_figures

        report.say("Drawing the panels ...")
        save_figures(run, options.out, options.figures)
    return code


def _train_into(
    folder: Path,
    config: RunConfig,
    report: ConsoleReport,
    metrics: Sequence[Metric],
    steps: int | None = None,
    keep_samples: bool = False,
) -> tuple[int, headless.HeadlessRun]:
    """Train until the end, divergence or Ctrl-C, and save what there is."""
    with StopSignals() as stop:
        run = headless.train(config, report, steps, keep_samples, lambda: stop.asked)
        report.finish()
        problems = results.save_results(run, folder, metrics, lambda: stop.asked)
    for problem in problems:
        complain(str(problem))
    code = EXIT_CODES[run.outcome]
    numbers = run.metrics()
    floor = told("entropy floor", run.truth.distribution.exact)
    report.say(
        f"Test loss after step {numbers['tested_at']:,}: {numbers['test_loss']:.4f}, "
        f"{beside(numbers['nats_above_floor'], 4)} the {floor} of "
        f"{numbers['entropy_floor']:.4f}"
    )
    if run.outcome == "done":
        report.say(f"Saved in {folder}")
    else:
        what = run.reason or "Interrupted."
        if run.outcome == "diverged":
            what += " The last finite weights are kept; a lower learning rate may help."
        complain(f"{what} What there is up to step {run.recording.steps:,} is in {str(folder)!r}.")
    return code or (FAILED if problems else 0), run


def sample(options: Namespace) -> int:
    """Write points and the exact log density of each; `data.train_size` of them are that set."""
    config = _configured(options)
    out, n = options.out, options.n
    if out.suffix.lower() not in (".npz", ".csv"):
        raise FileProblem.about("write", out, "its name must end in .npz or .csv")
    if n > MOST_POINTS:
        raise InvalidValue("--n", n, f"it must be a whole number from 1 to {MOST_POINTS:,}")
    _expect_free(out, options.overwrite)
    x = config.data.source.sample(n, stream(config.data.seed, "train data"))
    log_density, exact = config.data.source.log_prob(x), config.data.source.exact
    densities = {told("log_density", exact): log_density}
    if out.suffix.lower() == ".npz":
        storage.save_arrays(out, x=x, **densities)
    else:
        storage.save_columns(out, {"x1": x[:, 0], "x2": x[:, 1], **densities})
    words = told("log density", exact)
    say(f"{n:,} points in {out}; mean {words} {np.mean(log_density):.4f} nats")
    return 0


def list_data(options: Namespace) -> int:
    """Print the families of distributions with their parameters."""
    say(json.dumps(listing(), indent=2, ensure_ascii=False) if options.json else listing_in_words())
    return 0


def screenshot(options: Namespace) -> int:
    """Train, and save a picture of the window or one panel."""
    config = _configured(options)
    if options.out.suffix.lower() not in PICTURES:
        raise FileProblem.about(
            "write", options.out, "its name must end in " + " or ".join(PICTURES)
        )
    _expect_free(options.out, options.overwrite)
    _expect_qt()
    expect_engine(config.training)
    _remark_on(config)
    from vae_gui.ui.shots import take_screenshot

    panel = None if options.panel is None else _panel_key(options.panel)
    whole = headless.steps_per_epoch(config) * config.training.epochs
    steps = whole
    if options.steps is not None:
        steps, config = options.steps, headless.for_steps(config, options.steps)
    take_screenshot(config, steps, options.theme, options.size, panel, options.out)
    say(f"Saved {options.out}")
    return 0


def panel_names() -> dict[str, str]:
    """The title of each panel by its key; loads Qt."""
    from vae_gui.ui.panels.registry import PANELS

    return {panel.key: panel.title for panel in PANELS}


def _panel_key(name: str) -> str:
    """The key of the panel with this key or title, in capitals or not.

    Raises:
        InvalidValue: There is none.
    """
    names = panel_names()
    for key, title in names.items():
        if name.strip().casefold() in (key.casefold(), title.casefold()):
            return key
    raise InvalidValue("--panel", name, f"it must be one of {', '.join(names)}")


def _expect_free(path: Path, overwrite: bool) -> None:
    """Find out before any work that a result could not, or should not, be written.

    Raises:
        FileProblem: It cannot be, or there is a file that may not be replaced.
    """
    storage.expect_writable(path)
    if path.exists() and not overwrite:
        raise FileProblem.about("write", path, "it exists already (--overwrite to replace it)")


def _configured(options: Namespace) -> RunConfig:
    """The configuration file with the changes of `--set`, a file of data read into memory."""
    config = storage.load_config(options.config) if options.config else RunConfig()
    return _with_data(assigned(config, *options.assignments))


def _with_data(config: RunConfig) -> RunConfig:
    """Read the file that a configuration names, if it does; a large one takes seconds."""
    steps, progress = storage.reading_data(config), Progress(sys.stderr)
    try:
        while True:
            progress.prepare(f"Reading the data: {next(steps):.0%}")
    except StopIteration as end:
        read: RunConfig = end.value
        return read
    finally:
        progress.clear()


def _remark_on(config: RunConfig) -> None:
    """Say on standard error what is not as it seems; the run goes on."""
    for sentence in remarks(config).values():
        complain(sentence)


def _expect_qt() -> None:
    """Get Qt ready to draw without a display.

    Raises:
        FileProblem: It cannot be loaded.
    """
    if sys.platform == "linux":  # elsewhere the offscreen platform has no fonts
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        # it warns of every window that it cannot give size hints to a window manager
        os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")
    reason = no_qt_because()
    if reason:
        raise FileProblem(f"cannot draw: {reason}")
