"""A plot in the program's style: fixed ranges, themed axes, no menu of its own."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import pyqtgraph as pg
from pyqtgraph.GraphicsScene.mouseEvents import MouseClickEvent
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QWidget

from vae_gui.core.distributions import Bounds
from vae_gui.ui.plotting.axis import Axis
from vae_gui.ui.plotting.notes import Note
from vae_gui.ui.plotting.plain import PlainPlotItem
from vae_gui.ui.theme import Theme, font

ZOOM = 1.25  # of one key press
PAN = 0.1  # of what is in view, of one key press
FARTHEST = 1e3  # times the home rectangle, either way: nobody gets lost
# by number: a key of another alphabet has no member of Qt.Key
PANS = {
    Qt.Key.Key_Left.value: (-PAN, 0.0),
    Qt.Key.Key_Right.value: (PAN, 0.0),
    Qt.Key.Key_Down.value: (0.0, -PAN),
    Qt.Key.Key_Up.value: (0.0, PAN),
}
ZOOMS = {
    Qt.Key.Key_Plus.value: 1 / ZOOM,
    Qt.Key.Key_Equal.value: 1 / ZOOM,  # plus without shift, on many keyboards
    Qt.Key.Key_Minus.value: ZOOM,
    Qt.Key.Key_Underscore.value: ZOOM,
}
COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
BY_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


def with_margin(bounds: Bounds, margin: float = 0.04) -> Bounds:
    """A rectangle grown on every side by a part of its size."""
    x_min, x_max, y_min, y_max = bounds
    dx, dy = margin * (x_max - x_min), margin * (y_max - y_min)
    return (x_min - dx, x_max + dx, y_min - dy, y_max + dy)


class _View(pg.ViewBox):
    """Left drag pans, the wheel zooms within reason; the right button is for the panel's menu."""

    home: Bounds | None = None

    def mouseDragEvent(self, event: object, axis: int | None = None) -> None:
        if event.button() == Qt.MouseButton.RightButton:  # type: ignore[attr-defined]
            event.ignore()  # type: ignore[attr-defined]
        else:
            super().mouseDragEvent(event, axis)

    def scaleBy(
        self,
        s: tuple[float, float] | None = None,
        center: object = None,
        x: float | None = None,
        y: float | None = None,
    ) -> None:
        """Zoom, unless that would lead too far in or out."""
        factors = (x, y) if s is None else (s[0], s[1])
        if self.home is not None:
            target, home = self.targetRange(), self.home
            for axis, factor in enumerate(factors):
                (low, high), full = target[axis], home[2 * axis + 1] - home[2 * axis]
                if full and not 1 / FARTHEST < (high - low) * (factor or 1.0) / full < FARTHEST:
                    return
        super().scaleBy(s=s, center=center, x=x, y=y)


class Plot(pg.PlotWidget):
    """A PlotWidget whose range is set by its panel, moved by hand, reset by double-click.

    Autorange is off for good: on live data it costs time and jitters. With the focus, `+`
    and `-` zoom, arrows pan and `0` shows everything again.

    Attributes:
        moved: A person zoomed, panned or reset the view.
        pointed: The data position (x, y) under the pointer, None where there is none.
        clicked: The data position (x, y) of a click that nothing in the plot took.
    """

    moved = Signal()
    pointed = Signal(object)
    clicked = Signal(object)

    def __init__(
        self,
        theme: Theme,
        name: str,
        *,
        square: bool = False,
        x_label: str = "",
        y_label: str = "",
        x_axis: Axis | None = None,
        parent: QWidget | None = None,
    ) -> None:
        view = _View(enableMenu=False)
        axes = {"left": Axis("left"), "bottom": x_axis or Axis("bottom")}
        plain = PlainPlotItem(viewBox=view, axisItems=axes, enableMenu=False)
        super().__init__(parent=parent, plotItem=plain)
        self._view = view
        self.setAccessibleName(name)
        self.setAccessibleDescription("Plus and minus zoom, arrow keys move, 0 shows everything.")
        self.setMinimumSize(80, 60)
        item = self.getPlotItem()
        item.hideButtons()
        # the menu that is never shown; without a parent it would be a window of its own
        item.ctrlMenu.setParent(self, item.ctrlMenu.windowFlags())
        scene = self.scene()
        for action in scene.contextMenu:  # its own export, which knows nothing of our formats
            action.setParent(None)
        scene.contextMenu = []
        scene.sigMouseClicked.connect(self._on_clicked)
        item.disableAutoRange()
        item.setContentsMargins(0, 4, 6, 0)
        self._square, self._aspect = square, 1.0
        if square:
            item.setAspectLocked(True)
        self._labels = {"bottom": x_label, "left": y_label}
        self._title: tuple[str, str] | None = None
        self._notes: list[Note] = []
        self._home: Bounds | None = None
        self._pointer: QPointF | None = None  # in pixels of the widget
        self._ring = False
        self._view.sigResized.connect(self.place_notes)
        self._view.sigRangeChanged.connect(self.place_notes)
        self._view.sigRangeChanged.connect(self._point)
        self._view.sigRangeChangedManually.connect(self._was_moved)
        self.set_theme(theme)

    # appearance ---------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Colour everything that is not the panel's own."""
        self.theme = theme
        self.setBackground(theme.color("card"))
        self._view.setBackgroundColor(theme.color("plot"))
        item = self.getPlotItem()
        for side in ("left", "bottom"):
            axis = item.getAxis(side)
            axis.setPen(theme.pen("grid"))
            axis.setTextPen(theme.pen("muted"))
            # an axis that shrinks with its words could, with the aspect locked, bring back the
            # wider words that it shrank from, and so on for ever: it only grows
            axis.setStyle(tickFont=font(8), tickLength=-4, autoReduceTextSpace=False)
            if self._labels[side]:
                axis.setLabel(self._labels[side], color=theme.muted, **{"font-size": "8.5pt"})
        for note in self._notes:
            note.set_theme(theme)
        if self._title is not None:
            self.set_title(*self._title)

    def show_labels(self, shown: bool) -> None:
        """Show the words beside the axes, or leave their room to the plot."""
        for side, words in self._labels.items():
            if words:
                self.getPlotItem().getAxis(side).showLabel(shown)

    def set_title(self, text: str, role: str) -> None:
        """Put a small title over the plot, in the colour of a role."""
        self._title = text, role
        item = self.getPlotItem()
        item.setTitle(text, color=getattr(self.theme, role), size="8.5pt")
        item.titleLabel.setMaximumHeight(20)
        item.layout.setRowFixedHeight(0, 20)

    def add_note(self, corner: Qt.AlignmentFlag, role: str = "muted") -> Note:
        """Add a text, empty as yet, in a corner (or, with AlignCenter, in the middle)."""
        note = Note(self._view, corner, role)
        note.set_theme(self.theme)
        self._notes.append(note)
        return note

    def place_notes(self) -> None:
        """Put all notes in their corners, after something was drawn that they keep clear of."""
        for note in self._notes:
            note.place()

    @contextmanager
    def placing_once(self) -> Iterator[None]:
        """Place notes at the end, however often they would be placed meanwhile.

        A frame that changes the range, the words and what they keep clear of would place
        them for each.
        """
        for note in self._notes:
            note.hold()
        try:
            yield
        finally:
            for note in self._notes:
                note.release()

    # range --------------------------------------------------------------------

    def set_labels(self, x: str, y: str) -> None:
        """Name the axes."""
        wanted = {"bottom": x, "left": y}
        if wanted != self._labels:
            self._labels = wanted
            self.set_theme(self.theme)

    def set_home(self, bounds: Bounds, aspect: float = 1.0, show: bool = True) -> None:
        """Show this rectangle now, unless not `show`, and again on `reset_view`.

        Args:
            bounds: The rectangle.
            aspect: In a square plot, the length of a unit along x where one along y has 1.
            show: Whether to go there at once.
        """
        if self._square and aspect != self._aspect:
            self._aspect = aspect
            self.getPlotItem().setAspectLocked(True, aspect)
        self._home = self._view.home = bounds
        if show:
            self._show(bounds)

    @property
    def home(self) -> Bounds | None:
        """The rectangle that `reset_view` shows."""
        return self._home

    def show_below(self, bounds: Bounds, room_above: float) -> None:
        """Show this rectangle, and above it a free part of the view."""
        left, right, bottom, top = bounds
        self._show((left, right, bottom, bottom + (top - bottom) / (1 - room_above)))

    def reset_view(self) -> None:
        """Show the home rectangle."""
        if self._home is not None:
            self._show(self._home)
            self.moved.emit()

    def follow(self, other: Plot) -> None:
        """Show what another plot was asked to show."""
        (x_min, x_max), (y_min, y_max) = other._view.targetRange()
        self._show((x_min, x_max, y_min, y_max))

    def in_view(self) -> Bounds:
        """The rectangle that is in view."""
        (x_min, x_max), (y_min, y_max) = self._view.viewRange()
        return x_min, x_max, y_min, y_max

    def zoom(self, factor: float) -> None:
        """Show so many times as much, around the middle."""
        self._view.scaleBy((factor, factor))
        self.moved.emit()

    def pan(self, right: float, up: float) -> None:
        """Move by parts of what is in view."""
        x_min, x_max, y_min, y_max = self.in_view()
        dx, dy = right * (x_max - x_min), up * (y_max - y_min)
        self._show((x_min + dx, x_max + dx, y_min + dy, y_max + dy))
        self.moved.emit()

    def _show(self, bounds: Bounds) -> None:
        x_min, x_max, y_min, y_max = bounds
        self._view.setRange(QRectF(x_min, y_min, x_max - x_min, y_max - y_min), padding=0)

    def _was_moved(self) -> None:
        self.moved.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Zoom, pan or reset the view."""
        key = event.key()
        if event.modifiers() & COMMANDS:
            event.ignore()
        elif key in ZOOMS:
            self.zoom(ZOOMS[key])
        elif key in PANS:
            self.pan(*PANS[key])
        elif key == Qt.Key.Key_0.value:
            self.reset_view()
        else:
            event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Reset the view."""
        if event.type() == QEvent.Type.MouseButtonDblClick:
            self.reset_view()
        super().mouseDoubleClickEvent(event)

    # pointer and focus --------------------------------------------------------

    def data_position(self, position: QPointF) -> tuple[float, float]:
        """Data coordinates of a widget position."""
        point = self._view.mapSceneToView(self.mapToScene(position.toPoint()))
        return point.x(), point.y()

    def decimals(self) -> int:
        """Decimals that tell two neighbouring pixels apart, for read-outs."""
        width, _ = self._view.viewPixelSize()
        return max(0, math.ceil(-math.log10(width))) if width > 0 else 2

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell what is pointed at."""
        super().mouseMoveEvent(event)
        self._pointer = event.position()
        self._point()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed at any more."""
        super().leaveEvent(event)
        self._pointer = None
        self.pointed.emit(None)

    @Slot(object)
    def _on_clicked(self, event: MouseClickEvent) -> None:
        left = event.button() == Qt.MouseButton.LeftButton and not event.double()
        inside = self._view.sceneBoundingRect().contains(event.scenePos())
        if left and inside and not event.isAccepted():
            point = self._view.mapSceneToView(event.scenePos())
            self.clicked.emit((point.x(), point.y()))

    def _point(self) -> None:
        if self._pointer is None:
            return
        at = self.mapToScene(self._pointer.toPoint())
        inside = self._view.sceneBoundingRect().contains(at)
        self.pointed.emit(self.data_position(self._pointer) if inside else None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keyboard acts, if the keyboard brought the focus here."""
        super().focusInEvent(event)
        self._ring = event.reason() in BY_KEYBOARD
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the focus frame away."""
        super().focusOutEvent(event)
        self._ring = False
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the plot, and the focus frame over it."""
        super().paintEvent(event)
        if self._ring:
            painter = QPainter(self.viewport())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(self.theme.pen("accent", 1.5, 0.7))
            painter.drawRoundedRect(QRectF(self.viewport().rect()).adjusted(1, 1, -1, -1), 4, 4)
            painter.end()
