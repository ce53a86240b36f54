"""The command `vae-gui`: the window, and everything it does without one.

Qt and torch are imported only on the paths that need them. Mistakes end in one line
on standard error, never in a traceback.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from vae_gui import __version__
from vae_gui.console import BAD_INPUT, FAILED, INTERRUPTED, complain
from vae_gui.core.divergence import RunFailed, Untrainable
from vae_gui.core.parameters import InvalidValue
from vae_gui.core.storage import FileProblem
from vae_gui.opening import open_window

FORMATS = ("png", "svg", "pdf")
SMALLEST, LARGEST = (640, 400), (7680, 4320)
WINDOW_SIZE = (1600, 1000)
TRACEBACK = "VAE_GUI_TRACEBACK"


class BadUsage(Exception):
    """The command line cannot be understood."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code: 0, 1 failed, 2 bad input, 130 interrupted."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a file name may be beyond its encoding
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        options = parser().parse_args(arguments)
        command: Callable[[argparse.Namespace], int] = options.command
        if options.run is not None and command is not open_window:
            raise BadUsage("--run opens a recorded run in the window; it goes with no command")
        return command(options)
    except (BadUsage, FileProblem, InvalidValue) as error:
        complain(str(error))
        return BAD_INPUT
    except (RunFailed, Untrainable) as error:
        complain(str(error))
        return FAILED
    except KeyboardInterrupt:
        complain("interrupted")
        return INTERRUPTED
    except MemoryError:
        complain("there is not enough memory for this")
        return FAILED
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        complain(
            f"unexpected {type(error).__name__}: {error} (please report it, with the "
            f"traceback that {TRACEBACK}=1 shows)"
        )
        return FAILED


class Parser(argparse.ArgumentParser):
    """Raises instead of printing its usage and leaving.

    Attributes:
        ending: Makes the end of its help, when that is asked for and not before.
    """

    ending: Callable[[], str] | None = None

    def format_help(self) -> str:
        """All its options, and its ending."""
        self.epilog = self.ending() if self.ending else None
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        """Refuse a command line.

        Raises:
            BadUsage: Always.
        """
        raise BadUsage(f"{message} (see {self.prog} --help)")


def parser() -> argparse.ArgumentParser:
    """The command line, as `--help` shows it."""
    top = Parser(
        prog="vae-gui",
        description="A desktop laboratory for seeing how a variational auto-encoder learns. "
        "Without a command it opens the window.",
        allow_abbrev=False,
    )
    top.set_defaults(command=open_window, run=None)
    top.add_argument("--version", action="version", version=f"vae-gui {__version__}")
    what = top.add_mutually_exclusive_group()
    what.add_argument("--config", type=Path, metavar="FILE", help="a TOML configuration to open")
    what.add_argument("--run", type=Path, metavar="FILE", help="a recorded run (.vaerun) to open")
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    for name, words, fill in (
        ("train", "train without a window and leave everything in a folder", _train_options),
        ("sample", "draw points and their exact log densities", _sample_options),
        ("screenshot", "train and save a picture of the window", _screenshot_options),
    ):
        command = commands.add_parser(name, help=words, description=words, allow_abbrev=False)
        # no default, so that one given before the command is kept
        command.add_argument(
            "--config", type=Path, metavar="FILE", default=argparse.SUPPRESS,
            help="a TOML configuration (the built-in default without)",
        )  # fmt: skip
        fill(command)
    words = "tell what data there are"
    data = commands.add_parser("data", help=words, description=words, allow_abbrev=False)
    what_of_it = data.add_subparsers(title="commands", metavar="COMMAND", required=True)
    words = "print the families of distributions with their parameters, defaults and bounds"
    listed = what_of_it.add_parser("list", help=words, description=words, allow_abbrev=False)
    listed.add_argument("--json", action="store_true", help="as JSON")
    listed.set_defaults(command=_later("list_data"))
    return top


def _later(name: str) -> Callable[[argparse.Namespace], int]:
    """A function of `commands`, which is imported when it is called: the window needs none."""

    def command(options: argparse.Namespace) -> int:
        return int(getattr(import_module("vae_gui.commands"), name)(options))

    return command


def _overwrite_option(command: argparse.ArgumentParser) -> None:
    command.add_argument("--overwrite", action="store_true", help="replace FILE if it exists")


def _set_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", dest="assignments",
        help="change one value, such as training.learning_rate=0.003; may be repeated",
    )  # fmt: skip


def _train_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    _set_option(command)
    add("--epochs", type=int, metavar="N", help="the same as --set training.epochs=N")
    add(
        "--steps",
        type=positive,
        metavar="N",
        help="stop after N steps; without --epochs, train as many epochs as that takes",
    )
    add("--seed", type=int, metavar="S", help="sets both data.seed and training.seed")
    add("--out", type=Path, metavar="DIR", required=True, help="the folder for the results")
    add(
        "--figures",
        type=formats,
        default=(),
        metavar="png,svg,pdf",
        help="also draw every panel, in these formats",
    )
    add(
        "--samples-per-step",
        action="store_true",
        help="also keep the points generated after every step, in samples.npz",
    )
    add(
        "--metrics",
        default="standard",
        metavar="NAMES",
        help="what to measure: recorded, standard (without this option), all, or keys of "
        "metrics.json separated by commas",
    )
    add("--overwrite", action="store_true", help="use DIR even if it is not empty")
    add("--quiet", action="store_true", help="print nothing but errors")
    command.set_defaults(command=_later("train"))


def _sample_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    _set_option(command)
    add("--n", type=positive, metavar="N", required=True, help="how many points")
    add(
        "--out",
        type=Path,
        metavar="FILE",
        required=True,
        help="a .npz file (x, log_density) or a .csv file (x1, x2, log_density)",
    )
    _overwrite_option(command)
    command.set_defaults(command=_later("sample"))


def _screenshot_options(command: Parser) -> None:
    add = command.add_argument
    _set_option(command)
    add("--steps", type=positive, metavar="N", help="how many steps to train; all without")
    add("--theme", choices=("dark", "light"), default="dark", help="colours; dark without")
    add(
        "--size",
        type=size,
        default=WINDOW_SIZE,
        metavar="WxH",
        help="size of the window in pixels; 1600x1000 without",
    )
    add("--panel", metavar="NAME", help="one panel instead of the whole window; names below")
    add("--out", type=Path, metavar="FILE", required=True, help="a .png, .svg or .pdf file")
    _overwrite_option(command)
    command.ending = _panel_words
    command.set_defaults(command=_later("screenshot"))


def _panel_words() -> str:
    try:
        names: dict[str, str] = import_module("vae_gui.commands").panel_names()
    except ImportError:  # Qt cannot be loaded; the command itself says why
        return ""
    return "Panels: " + ", ".join(f"{key} ({title})" for key, title in names.items())


def positive(text: str) -> int:
    """A whole number from 1."""
    if not re.fullmatch(r"[0-9]{1,15}", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a whole number from 1")
    return int(text)


def formats(text: str) -> tuple[str, ...]:
    """Formats of figures, separated by commas."""
    names = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",")))
    for name in names:
        if name not in FORMATS:
            raise argparse.ArgumentTypeError(
                f"there is no format {name[:40]!r}; known are {', '.join(FORMATS)}"
            )
    return names


def size(text: str) -> tuple[int, int]:
    """A size in pixels such as `1600x1000`."""
    match = re.fullmatch(r"([0-9]{1,5})x([0-9]{1,5})", text.strip().lower())
    width, height = (int(match[1]), int(match[2])) if match else (0, 0)
    if not (SMALLEST[0] <= width <= LARGEST[0] and SMALLEST[1] <= height <= LARGEST[1]):
        raise argparse.ArgumentTypeError(
            f"{text[:40]!r} is not a size such as 1600x1000, from "
            f"{SMALLEST[0]}x{SMALLEST[1]} to {LARGEST[0]}x{LARGEST[1]}"
        )
    return width, height
