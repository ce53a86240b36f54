"""All measurements by one command: speed, drawing, start and memory, in one table.

    python benchmarks/run.py [--quick | --smoke] [--only NAME,NAME] [--out FILE.json]
    python benchmarks/run.py --markdown FILE.json

The first form measures, tells on stderr where it stands, and prints a table; time it on
a quiet machine. The second prints the table of an earlier run as Markdown.

sections:
  engines   (a) steps/s of each engine against the post's loop
  window    (b) steps/s with the window, (c) its frames, (e) its start
  growth    (d) steps/s as hidden units, batch, latent or layers grow
  drawing   (d) frame times as the run grows
  items     (d) points, curves and histograms beside pyqtgraph's own
  memory    (f) memory as the run grows
  exact     (g) densities, posteriors and metrics
  distributions  (h) points drawn and log densities of every family
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import distributions
import drawing
import engines
import exact
import growth
import items
import machine
import memory
import window_speed
from settings import Settings, progress
from tables import Headline, Table, in_short


class Section(Protocol):
    """A module that measures something."""

    def measure(self, settings: Settings) -> dict:
        """Everything measured, as JSON can hold it."""
        ...

    def tables(self, figures: dict) -> list[Table]:
        """What it tells."""
        ...

    def headlines(self, figures: dict) -> list[Headline]:
        """What sums it up."""
        ...


SECTIONS: dict[str, Section] = {
    "engines": engines,
    "window": window_speed,
    "growth": growth,
    "drawing": drawing,
    "items": items,
    "memory": memory,
    "exact": exact,
    "distributions": distributions,
}


def measure(names: list[str], settings: Settings, out: Path | None) -> dict:
    """A report of the sections named; written anew after each, so that none is lost."""
    report = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine.machine(),
        "effort": settings.effort,
        "assignments": settings.assignments,
        "sections": {},
    }
    for name in names:
        progress(name)
        report["sections"][name] = SECTIONS[name].measure(settings)
        if out:
            out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return report


def tables(report: dict) -> list[Table]:
    """All tables in the order of their letters, after the one that sums them up."""
    found = report["sections"]
    headlines = [
        line for name, figures in found.items() for line in SECTIONS[name].headlines(figures)
    ]
    each = [table for name, figures in found.items() for table in SECTIONS[name].tables(figures)]
    each.sort(key=lambda table: table.letter)
    return [in_short(headlines), *each] if headlines else each


def text(report: dict) -> str:
    return "\n\n".join([machine.words(report["machine"]), *(t.text() for t in tables(report))])


def markdown(report: dict) -> str:
    parts = [f"On {machine.words(report['machine'])}:", *(t.markdown() for t in tables(report))]
    return "\n\n".join(parts)


def expect_sound(report: dict) -> None:
    """Whether everything was measured; never how fast it was.

    Raises:
        AssertionError: A figure is missing or is no number.
    """
    for name, found in report["sections"].items():
        numbers = list(leaves(found))
        assert numbers, f"{name}: nothing was measured"
        assert all(math.isfinite(value) for value in numbers), name
    assert json.loads(json.dumps(report)) == report
    assert markdown(report)


def leaves(found: object) -> Iterable[float]:
    """All numbers in a report."""
    if isinstance(found, dict):
        found = list(found.values())
    if isinstance(found, list | tuple):
        for part in found:
            yield from leaves(part)
    elif isinstance(found, int | float):
        yield found


def parsed() -> argparse.Namespace:
    words, _, rest = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        description=words, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--quick", action="store_true", help="fewer sizes and rounds, shorter runs")
    how.add_argument("--smoke", action="store_true", help="only see that everything works")
    how.add_argument("--markdown", type=Path, metavar="FILE.json", help="print an earlier run")
    add("--only", type=section_names, default=list(SECTIONS), metavar="NAME,NAME")
    add("--out", type=Path, metavar="FILE.json", help="where to leave all figures")
    add("--rounds", type=int, help="of the sections that compare speeds")
    add("--screen", action="store_true", help="draw on the real screen, not offscreen")
    changes = "of the runs in the sections window and memory"
    add("--set", action="append", default=[], metavar="KEY=VALUE", dest="assignments", help=changes)
    return parser.parse_args()


def section_names(listed: str) -> list[str]:
    names = listed.split(",")
    unknown = set(names) - set(SECTIONS)
    if unknown:
        raise argparse.ArgumentTypeError(f"no section {', '.join(sorted(unknown))}")
    return names


def main() -> None:
    options = parsed()
    if options.markdown:
        print(markdown(json.loads(options.markdown.read_text(encoding="utf-8"))))
        return
    settings = Settings(
        effort="smoke" if options.smoke else "quick" if options.quick else "full",
        rounds=options.rounds,
        assignments=options.assignments,
        screen=options.screen,
    )
    report = measure(options.only, settings, options.out)
    print(text(report))
    if options.smoke:
        expect_sound(report)


if __name__ == "__main__":
    main()
