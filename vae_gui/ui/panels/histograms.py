"""Histograms: samples of the truth beside samples of the model, in the same cells."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from vae_gui.core.distributions import Bounds, told
from vae_gui.core.network import Floats
from vae_gui.core.views import Truth
from vae_gui.ui.frame import Frame
from vae_gui.ui.panels.base import Panel
from vae_gui.ui.plotting.contours import ContourItem
from vae_gui.ui.plotting.heat import HeatItem, bin_counts, cell_area
from vae_gui.ui.plotting.plot import Plot, with_margin
from vae_gui.ui.plotting.tally import density_top, outside
from vae_gui.ui.theme import Theme

BIN_CHOICES = (20, 40, 60, 100)


class _Half:
    """One of the two pictures."""

    def __init__(self, theme: Theme, role: str, title: str) -> None:
        self.role = role
        self.plot = Plot(theme, f"Histogram of {title}", square=True)
        self.plot.set_title(title, role)
        self.heat = HeatItem(theme, role)
        self.contours = ContourItem(theme.pen("true"))
        self.plot.addItem(self.heat)
        self.plot.addItem(self.contours)
        self.outside = self.plot.add_note(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        self.hint = self.plot.add_note(Qt.AlignmentFlag.AlignCenter)

    def draw(self, xy: Floats, top: float, bounds: Bounds, bins: int) -> None:
        """Show points (n, 2) as densities, so that different numbers of them compare."""
        area = len(xy) * cell_area(bounds, bins)
        self.heat.set_density(bin_counts(xy, bounds, bins) / area, top, bounds)
        self.outside.set_text(outside(xy, bounds, "the cells"))

    def clear(self) -> None:
        self.heat.clear()
        self.outside.set_text("")

    def set_theme(self, theme: Theme) -> None:
        self.plot.set_theme(theme)
        self.heat.set_theme(theme, self.role)
        self.contours.setPen(theme.pen("true"))
        self.contours.set_casing(theme.pen("plot", 1.0, 0.6))  # over cells of their own colour


class HistogramsPanel(Panel):
    """The test set and the generated points, counted in the same cells and coloured alike."""

    key = "histograms"
    title = "Histograms"
    subtitle = "same bins"
    help = (
        "How many true test points, and how many generated points, fall into each cell; both as "
        "densities on one scale, under contours of the true density."
    )
    legend = (("true", "true samples and contours"), ("learned", "learned samples"))

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.true = _Half(theme, "true", "true samples")
        self.learned = _Half(theme, "learned", "learned samples")
        row = QHBoxLayout()
        row.setSpacing(2)
        row.addWidget(self.true.plot, 1)
        row.addWidget(self.learned.plot, 1)
        self.body.addLayout(row)
        self.true.plot.moved.connect(self._on_true_moved)
        self.learned.plot.moved.connect(self._on_learned_moved)
        self._truth: Truth | None = None
        self._bounds: Bounds = (-4.0, 4.0, -4.0, 4.0)
        self._top = 1.0  # density of the last colour of both
        self._bins = self.add_choice(
            "bins",
            "Bins along each axis",
            tuple((str(n), str(n)) for n in BIN_CHOICES),
            "40",
            self._on_bins,
        )
        self._noise = self.add_decoder_noise(self._on_noise)
        self.set_theme(theme)
        self.clear()

    @property
    def bins(self) -> int:
        """Cells along each axis."""
        return int(self._bins.checkedAction().data())

    # drawing ------------------------------------------------------------------

    def show_truth(self, truth: Truth) -> None:
        """Draw the true half, and the contours of both."""
        self._truth = truth
        self._bounds = with_margin(truth.bounds)
        for half in (self.true, self.learned):
            half.contours.show_truth(truth)
            half.plot.set_home(self._bounds, truth.distribution.aspect)
        self.true.plot.set_title(told("true samples", self.exact), "true")
        self._draw_true(truth)

    def _draw_true(self, truth: Truth) -> None:
        self._top = density_top(truth.test, self._bounds, self.bins)
        self.true.draw(truth.test, self._top, self._bounds, self.bins)

    def show_frame(self, frame: Frame) -> None:
        """Draw the learned half."""
        picture = frame.picture
        xy = picture.samples if self._noise.isChecked() else picture.means
        self.learned.draw(xy, self._top, self._bounds, self.bins)
        self.learned.hint.set_text("")

    def clear(self) -> None:
        """Forget the run."""
        self._truth = None
        for half in (self.true, self.learned):
            half.clear()
            half.contours.show_nothing()
            half.plot.set_home((-4.0, 4.0, -4.0, 4.0))
        self.learned.hint.set_text("No samples yet.")

    def set_theme(self, theme: Theme) -> None:
        """Recolour."""
        super().set_theme(theme)
        for half in (self.true, self.learned):
            half.set_theme(theme)

    def reset_view(self) -> None:
        """Show everything again after zooming."""
        self.true.plot.reset_view()

    # options and linked axes --------------------------------------------------

    def _on_bins(self, _: str) -> None:
        if self._truth is not None:
            self._draw_true(self._truth)
        self.redraw_wanted.emit()

    def _on_noise(self, _: bool) -> None:
        self.redraw_wanted.emit()

    @Slot()
    def _on_true_moved(self) -> None:
        self.learned.plot.follow(self.true.plot)

    @Slot()
    def _on_learned_moved(self) -> None:
        self.true.plot.follow(self.learned.plot)
