"""Palette, colour meanings, pens and fonts: the only colours in the program.

One colour means one thing everywhere: blue is the truth, orange what was
learned, green the reconstruction, pink the latent and its KL. The hues are Okabe
and Ito's, told apart by colour-blind eyes too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPen


@dataclass(frozen=True, slots=True)
class Theme:
    """Every colour by its meaning, as #rrggbb.

    Attributes:
        name: `dark` or `light`.
        window: Behind everything.
        card: Surface of a panel.
        plot: Surface inside a plot or a thumbnail.
        border: Hairline around a card.
        field: Surface of a text field or an unpressed button.
        hover: The same under the pointer.
        text: Ordinary text.
        muted: Secondary text, axes.
        grid: Grid lines and ticks.
        accent: What can be pressed or is selected.
        on_accent: Text on `accent`.
        true: The true distribution.
        learned: The learned distribution and generated samples.
        total: The total loss.
        reconstruction: The reconstruction term.
        latent: The latent, q(z|x), and the KL term.
        prior: The prior p(z).
        noise: The noise epsilon.
        regret: What a loss is above the floor of the very points that it was measured on.
        warning: A setting that waits, a number to doubt.
        error: Something refused or failed.
    """

    name: str
    window: str
    card: str
    plot: str
    border: str
    field: str
    hover: str
    text: str
    muted: str
    grid: str
    accent: str
    on_accent: str
    true: str
    learned: str
    total: str
    reconstruction: str
    latent: str
    prior: str
    noise: str
    regret: str
    warning: str
    error: str

    def color(self, role: str, alpha: float = 1.0) -> QColor:
        """The colour of a role, such as `true`, with opacity 0 to 1."""
        color = QColor(getattr(self, role))
        color.setAlphaF(alpha)
        return color

    def pen(
        self,
        role: str,
        width: float = 1.0,
        alpha: float = 1.0,
        style: Qt.PenStyle = Qt.PenStyle.SolidLine,
    ) -> QPen:
        """A cosmetic pen (its width in pixels, whatever the zoom) in the colour of a role."""
        pen = QPen(self.color(role, alpha), width, style)
        pen.setCosmetic(True)
        if style != Qt.PenStyle.SolidLine:
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)  # square ends would close the gaps
        return pen

    def mixed_pen(self, role: str, part: float) -> QPen:
        """An opaque cosmetic pen, so much of the colour of a role and the rest of a plot's."""
        rgb = _rgb(self.plot) + part * (_rgb(getattr(self, role)) - _rgb(self.plot))
        pen = QPen(QColor(*np.rint(rgb).astype(int).tolist()), 1.0)
        pen.setCosmetic(True)
        return pen

    def ramp(self, role: str, steps: int = 256) -> npt.NDArray[np.ubyte]:
        """A colour table (steps, 4) RGBA for counts, from the empty plot to the role's colour.

        The upper half goes on towards white (dark) or black (light), so that peaks stand out.
        """
        start, middle = _rgb(self.plot), _rgb(getattr(self, role))
        end = np.array([255.0, 255.0, 255.0]) if self.name == "dark" else 0.25 * middle
        t = np.linspace(0, 1, steps)[:, None]
        low = start + (middle - start) * (t / 0.6)
        high = middle + (end - middle) * 0.8 * ((t - 0.6) / 0.4)
        rgb = np.where(t < 0.6, low, high)
        return np.hstack([rgb, np.full((steps, 1), 255.0)]).astype(np.ubyte)

    def diverging(self, below: str, above: str, steps: int = 256) -> npt.NDArray[np.ubyte]:
        """A colour table (steps, 4) RGBA for signed values, the plot's own colour in the middle.

        Entry `steps // 2` is for 0; the first is wholly of one role's colour, the last of the
        other's.
        """
        zero, middle = _rgb(self.plot), steps // 2
        place = np.arange(steps) - middle
        t = place / np.where(place < 0, middle, steps - 1 - middle)
        ends = np.where(t[:, None] < 0, _rgb(getattr(self, below)), _rgb(getattr(self, above)))
        rgb = zero + (ends - zero) * np.abs(t)[:, None]
        return np.hstack([np.rint(rgb), np.full((steps, 1), 255.0)]).astype(np.ubyte)


def _rgb(name: str) -> npt.NDArray[np.float64]:
    color = QColor(name)
    return np.array([color.red(), color.green(), color.blue()], float)


DARK = Theme(
    name="dark",
    window="#12141a",
    card="#1b1d27",
    plot="#14161d",
    border="#2a2d3a",
    field="#232633",
    hover="#2d3142",
    text="#e8eaf2",
    muted="#9095a8",
    grid="#2f3342",
    accent="#6c8cff",
    on_accent="#ffffff",
    true="#56b4e9",
    learned="#f0a32f",
    total="#e8eaf2",
    reconstruction="#22b98a",
    latent="#d583b4",
    prior="#93a0b0",
    noise="#c8b6ff",
    regret="#b9cf5a",
    warning="#f5c451",
    error="#ff6b6b",
)

LIGHT = Theme(
    name="light",
    window="#f3f4f7",
    card="#ffffff",
    plot="#f7f8fa",
    border="#dfe2e9",
    field="#f1f2f6",
    hover="#e4e7ef",
    text="#1b2030",
    muted="#626a7c",
    grid="#e3e6ed",
    accent="#3b5bdb",
    on_accent="#ffffff",
    true="#0072b2",
    learned="#d55e00",
    total="#1b2030",
    reconstruction="#009e73",
    latent="#c0558f",
    prior="#4a5568",
    noise="#6f4bd8",
    regret="#6b7d00",
    warning="#a86a00",
    error="#c92a2a",
)

THEMES = {theme.name: theme for theme in (DARK, LIGHT)}


def font(points: float = 9.0, bold: bool = False) -> QFont:
    """The program's font, at a size in points."""
    made = QFont()
    made.setFamilies(["Inter", "Segoe UI", "SF Pro Text", "Noto Sans", "DejaVu Sans"])
    made.setPointSizeF(points)
    made.setBold(bold)
    return made
