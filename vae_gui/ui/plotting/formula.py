"""One line of mathematics in Unicode, with the subscripts that Unicode lacks.

`q_φ(z|x)` lowers φ, `σ_{max}` lowers a whole word. Sizes are in the painter's own
units, so that a line is equally wide on a screen, in an SVG and in a PDF.
"""

from __future__ import annotations

import re
from functools import cache

from PySide6.QtCore import QPointF
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from vae_gui.ui.theme import font

SUBSCRIPT = 0.74  # of the size of what it belongs to
LOWERED = 0.16
_RUN = re.compile(r"_\{([^}]*)\}|_(.)|([^_]+)")


@cache
def sized_font(size: int, bold: bool = False) -> QFont:
    """The program's font, `size` painter units high. Not to be changed."""
    made = font(bold=bold)
    made.setPixelSize(max(1, size))
    return made


@cache
def metrics(size: int, bold: bool = False) -> QFontMetricsF:
    """What is known of `sized_font`."""
    return QFontMetricsF(sized_font(size, bold))


def runs(text: str) -> list[tuple[str, bool]]:
    """Split a line into (text, whether it is a subscript)."""
    return [(m[1] or m[2] or m[3], m[3] is None) for m in _RUN.finditer(text)]


def plain(text: str) -> str:
    """The same line for a screen reader: subscripts follow as a word."""
    return "".join(f" {t}" if low else t for t, low in runs(text))


def line_width(text: str, size: int, bold: bool = False) -> float:
    """Width of a line in painter units."""
    low_size = round(SUBSCRIPT * size)
    return sum(
        metrics(low_size if low else size, bold).horizontalAdvance(part) for part, low in runs(text)
    )


def draw_line(
    painter: QPainter, left: float, baseline: float, text: str, size: int, bold: bool = False
) -> None:
    """Draw a line from `left` on its baseline, in the painter's pen."""
    low_size = round(SUBSCRIPT * size)
    for part, low in runs(text):
        painter.setFont(sized_font(low_size if low else size, bold))
        painter.drawText(QPointF(left, baseline + (LOWERED * size if low else 0)), part)
        left += metrics(low_size if low else size, bold).horizontalAdvance(part)
