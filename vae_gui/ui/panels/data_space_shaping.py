"""The hand in Data space: what a person does to the true distribution, and what is to come of it.

It emits distributions and never takes one over by itself: it shows what it is told is wanted.
"""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from vae_gui.core.distributions import Bounds, Distribution, Drawn
from vae_gui.core.distributions.brushes import Canvas
from vae_gui.ui.panels.base import Panel
from vae_gui.ui.panels.data_space_drawing import DrawTool
from vae_gui.ui.panels.data_space_handles import HandleTool
from vae_gui.ui.panels.data_space_outline import Outline
from vae_gui.ui.panels.draw_bar import DrawBar
from vae_gui.ui.plotting.plot import Plot, with_margin
from vae_gui.ui.plotting.surface import keep_on_screen
from vae_gui.ui.theme import Theme

SMALLEST_SHARE = 0.4  # of the view that data may fill without being shown larger
SHEET = (-3.0, 3.0, -3.0, 3.0)  # at least this much of the plane is there to draw on
BAR_MARGIN = 6  # pixels
MOVED = "The controls move or mix what is drawn here: see the contours."


class Shaping(QObject):
    """Handles and drawing over one plot, with the outline of what waits for a reset.

    Signals:
        edited: A distribution, what was done in words, and the gesture that it belongs to.
        drawn: What a drawing has become (strokes; none for a blank canvas), and in words how.
        chosen: Which ellipse of the distribution was taken hold of.
        undo_wanted, redo_wanted: By the buttons of the tool bar.
    """

    edited = Signal(object, str, object)
    drawn = Signal(object, str)
    chosen = Signal(int)
    undo_wanted = Signal()
    redo_wanted = Signal()

    def __init__(self, plot: Plot, parent: QObject) -> None:
        super().__init__(parent)
        self._plot = plot
        self._truth: Distribution | None = None
        self._wanted: Distribution | None = None
        self._by_hand: Distribution | None = None  # what a pull made last
        self.outline = pg.PlotCurveItem(connect="finite", antialias=True)
        self.outline.setZValue(40)
        plot.addItem(self.outline, ignoreBounds=True)
        self._outlined = Outline(self.outline, self)
        left, bottom = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignBottom
        self.note = plot.add_note(left | bottom)
        self.told = plot.add_note(Qt.AlignmentFlag.AlignCenter, "text")
        for item in (self.outline, self.note, self.told):
            keep_on_screen(item)
        self.handles = HandleTool(plot, self.note, self)
        self.handles.edited.connect(self._on_pulled)
        self.handles.chosen.connect(self.chosen)
        self.drawing = DrawTool(plot, self)
        self.drawing.edited.connect(self.drawn)
        self.drawing.told.connect(self.told.set_text)
        self.drawing.changed.connect(self._on_mode)
        self._bar: DrawBar | None = None  # made when it is first needed: it takes its time
        self._can = {"undo": False, "redo": False}
        plot.getPlotItem().vb.sigResized.connect(self._place_bar)
        self._later = QTimer(self, singleShot=True, interval=0)  # once for many changes
        self._later.timeout.connect(self._show_outline)

    @property
    def bar(self) -> DrawBar:
        """The tool bar of the draw mode."""
        if self._bar is None:
            self._bar = DrawBar(self.drawing, self._plot.theme, self._plot)
            self._bar.undo_wanted.connect(self.undo_wanted)
            self._bar.redo_wanted.connect(self.redo_wanted)
            for sign, can in self._can.items():
                self._bar.buttons[sign].setEnabled(can)
        return self._bar

    @Slot(bool)
    def set_can_undo(self, can: bool) -> None:
        """Tell whether there is something to take back."""
        self._set_can("undo", can)

    @Slot(bool)
    def set_can_redo(self, can: bool) -> None:
        """Tell whether there is something to make again."""
        self._set_can("redo", can)

    def _set_can(self, sign: str, can: bool) -> None:
        self._can[sign] = can
        if self._bar is not None:
            self._bar.buttons[sign].setEnabled(can)

    def add_option(self, panel: Panel) -> None:
        """Let a panel's menu offer to show the handles all the time."""
        tip = "Always show the ellipses that the distribution is pulled by, not only when near."
        panel.add_toggle("handles", "Handles", tip, False, self.handles.show_always)

    def show_truth(self, truth: Distribution | None) -> None:
        """The run's data come from this one; None for no run."""
        self._truth = truth
        if self._wanted is None:
            self.handles.show_distribution(truth)
        self._later.start()

    def show_wanted(self, wanted: Distribution, canvas: Canvas = ()) -> None:
        """The controls ask for this one, which the run may not have yet.

        Args:
            wanted: The distribution.
            canvas: What of it is drawn, before it is moved or mixed.
        """
        self._wanted = wanted
        self.handles.show_distribution(wanted)
        self.drawing.show_canvas(canvas)
        self._tell_moved()
        self._later.start()

    def _tell_moved(self) -> None:
        if self.drawing.active:
            moved = self.drawing.canvas and not isinstance(self._wanted, Drawn)
            self.note.set_text(MOVED if moved else "")

    @property
    def in_hand(self) -> bool:
        """Whether the distribution that is wanted is being made by hand, or was last."""
        made = self._wanted is not None and self._wanted == self._by_hand
        return made or self.drawing.active or self.handles.pulling

    def holds_view(self, bounds: Bounds) -> bool:
        """Whether the view is to stay, though other data with these bounds have come.

        A view that moves under the pointer would spoil what the pointer does.
        """
        if self.drawing.active or self.handles.pulling:
            return True
        if not self.in_hand:
            return False
        view = self._plot.in_view()
        return around(view, bounds) == view and share(bounds, view) > SMALLEST_SHARE

    def set_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self.handles.set_theme(theme)
        self.drawing.set_theme(theme)
        if self._bar is not None:
            self._bar.set_theme(theme)
        self.outline.setPen(theme.pen("true", 1.0, style=Qt.PenStyle.DashLine))

    @Slot(object, str, object)
    def _on_pulled(self, distribution: Distribution, words: str, gesture: object) -> None:
        self._by_hand = distribution
        self.edited.emit(distribution, words, gesture)

    @Slot()
    def _on_mode(self) -> None:
        active = self.drawing.active
        if active == self.handles.enabled:  # just switched
            self.handles.set_enabled(not active)
            if active:
                self._plot.show_below(self._sheet(), self._room_for_bar())
            else:
                self._plot.reset_view()
        self._tell_moved()
        self._place_bar()

    def _sheet(self) -> Bounds:
        """What to show while drawing: the data too, unless there were no room left to draw in."""
        data = self._plot.home or SHEET
        drawn = SHEET
        if self.drawing.canvas and self._wanted is not None:
            data = with_margin(self._wanted.bounds)
            drawn = with_margin(Drawn(strokes=self.drawing.canvas).bounds)
        both = around(data, SHEET)
        return both if share(SHEET, both) > SMALLEST_SHARE else around(drawn, SHEET)

    def _room_for_bar(self) -> float:
        """The part of the view that the bar takes at the top."""
        height = max(self._plot.getPlotItem().vb.height(), 1.0)
        return float(min((self.bar.sizeHint().height() + 2 * BAR_MARGIN) / height, 0.3))

    @Slot()
    def _place_bar(self) -> None:
        if not self.drawing.active:
            return
        view = self._plot.getPlotItem().vb
        corner = self._plot.mapFromScene(view.sceneBoundingRect().topLeft())
        room = round(view.sceneBoundingRect().width()) - 2 * BAR_MARGIN
        hint = self.bar.sizeHint()
        self.bar.setGeometry(
            corner.x() + BAR_MARGIN, corner.y() + BAR_MARGIN, min(hint.width(), room), hint.height()
        )
        self.bar.raise_()

    @Slot()
    def _show_outline(self) -> None:
        wanted = self._wanted
        if wanted is None or self._truth is None or wanted == self._truth or not wanted.exact:
            wanted = None  # to estimate a density takes seconds; the run will show it
        self._outlined.show_distribution(wanted)


def around(one: Bounds, other: Bounds) -> Bounds:
    """The smallest rectangle that holds both."""
    return (
        min(one[0], other[0]),
        max(one[1], other[1]),
        min(one[2], other[2]),
        max(one[3], other[3]),
    )


def share(part: Bounds, whole: Bounds) -> float:
    """Of a rectangle's width or height, the larger share that another one has."""
    return max(
        (part[1] - part[0]) / (whole[1] - whole[0]), (part[3] - part[2]) / (whole[3] - whole[2])
    )
