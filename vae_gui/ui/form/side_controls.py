"""The side controls: a whole configuration, made of the declarations alone.

A value goes in, edited values come out; no run and no file is known here.
"""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFrame,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from vae_gui.core.config import SECTIONS, Mix, RunConfig, remarks, values, with_value
from vae_gui.core.distributions import DISTRIBUTIONS, Distribution, OwnFile
from vae_gui.core.parameters import InvalidValue, Validated, declared
from vae_gui.ui.form.controls import control_for
from vae_gui.ui.form.facts import Facts
from vae_gui.ui.form.family_rows import FamilyRows
from vae_gui.ui.form.gallery import Gallery
from vae_gui.ui.form.groups import GroupCard, GroupHeader, WaitingBanner
from vae_gui.ui.form.parameter_control import ParameterControl, small_label
from vae_gui.ui.form.parts import MIXED_FAMILY, MIXED_IN, MIXED_MATRIX, MixPart, TransformPart
from vae_gui.ui.form.rows_control import RowsControl
from vae_gui.ui.theme import Theme

DISTRIBUTION = "data.distribution"
FAMILY = f"{DISTRIBUTION}.family"
MATRIX = f"{DISTRIBUTION}.matrix"
MINIMUM_WIDTH = 300
MAXIMUM_WIDTH = 440  # or the room a window gains when it grows would all go to the sliders


class SideControls(QWidget):
    """Every setting of a run, in collapsible groups.

    Attributes:
        controls: The control of each value, by its dotted path.
        groups: The card of each section.
        gallery: The choice of data.
    """

    edited = Signal(object, str, object)  # RunConfig, path, gesture or None
    row_chosen = Signal(int)  # in the table of a distribution that is a list of rows
    reset_requested = Signal()
    revert_requested = Signal()
    file_wanted = Signal()  # a file of data is to be chosen

    def __init__(
        self, theme: Theme, config: RunConfig | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("sideControls")
        self.setAccessibleName("Settings of the run")
        self.setMinimumWidth(MINIMUM_WIDTH)
        self.setMaximumWidth(MAXIMUM_WIDTH)
        self._config = config or RunConfig()
        self._waiting: tuple[str, ...] = ()
        self._remembered: dict[str, Distribution] = {}
        self.controls: dict[str, ParameterControl] = {}
        self.gallery = Gallery(theme)
        self.gallery.chosen.connect(self._on_family)
        self.family = FamilyRows(type(self._config.data.distribution), DISTRIBUTION)
        self.transform, self.mix = TransformPart(), MixPart()
        self.mix.chosen.connect(self._on_mix)
        self.facts = Facts()
        self.banner = WaitingBanner()
        self.banner.reset_requested.connect(self.reset_requested)
        self.banner.revert_requested.connect(self.revert_requested)
        # its room is kept while it is hidden: no row moves or goes under it in a drag
        self.foot = QStackedWidget()
        rest = small_label("No setting waits for a reset", "groupNote")
        rest.setIndent(11)  # where the banner's words begin
        self.foot.addWidget(rest)
        self.foot.addWidget(self.banner)
        self.foot.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.groups = {name: self._make_group(name, cls) for name, cls in SECTIONS.items()}
        self._adopt(self.family)
        self._join(self.transform.controls)
        self._lay_out()
        self._take(self._config, discard=True)
        self.show_waiting(())

    def _make_group(self, name: str, cls: type[Validated]) -> GroupCard:
        fields = declared(cls)
        live = sum(field.parameter.applies == "live" for field in fields)
        card = GroupCard(name.capitalize(), "· live" if 2 * live > len(fields) else "")
        if name == "data":
            card.rows.addWidget(self.gallery)
            for part in (self.family, self.transform, self.mix, self.facts):
                card.rows.addWidget(part)
        for field in fields:
            control = control_for(field, f"{name}.{field.name}")
            assert control is not None
            self._join([control])
            card.rows.addWidget(control)
        return card

    def _lay_out(self) -> None:
        body = QWidget()
        body.setObjectName("sideBody")
        cards = QVBoxLayout(body)
        cards.setContentsMargins(0, 0, 2, 0)
        cards.setSpacing(8)
        for group in self.groups.values():
            cards.addWidget(group)
        cards.addStretch(1)
        self.scroll_area = QScrollArea()
        self.scroll_area.setObjectName("sideScroll")
        self.scroll_area.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scroll_area.setWidgetResizable(True)
        self.scroll_area.setWidget(body)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.scroll_area, 1)
        column.addWidget(self.foot)

    # showing ----------------------------------------------------------------------

    def show_config(self, config: RunConfig) -> None:
        """Show a configuration without emitting.

        A configuration that differs from the one edited here clears refused entries;
        the echo of an edit made here leaves them.
        """
        self._take(config, discard=config != self._config)

    def choose_row(self, row: int) -> None:
        """Make a row the current one in every table of the distribution, without emitting."""
        for control in self.family.controls:
            if isinstance(control, RowsControl):
                control.choose_row(row)

    def show_waiting(self, paths: tuple[str, ...]) -> None:
        """Mark the values that wait for a reset."""
        self._waiting = paths
        for path, control in self.controls.items():
            control.set_waiting(path in paths)
        self.gallery.set_waiting(FAMILY in paths)
        for part in (self.transform, self.mix, self.facts):
            part.show_waiting(paths)
        for name, group in self.groups.items():
            group.set_waiting(any(path.startswith(f"{name}.") for path in paths))
        self.banner.show_count(len(paths))
        self.foot.setCurrentIndex(1 if paths else 0)

    def set_theme(self, theme: Theme) -> None:
        """Redraw in a theme's colours what no style sheet reaches."""
        self.gallery.set_theme(theme)

    def state(self) -> dict[str, bool]:
        """Which groups and parts are open, to be remembered."""
        return {name: header.isChecked() for name, header in self._headers.items()}

    @property
    def _headers(self) -> dict[str, GroupHeader]:
        parts = {part.path: part.header for part in (self.transform, self.mix)}
        return {name: group.header for name, group in self.groups.items()} | parts

    def restore_state(self, state: object) -> None:
        """Take over a remembered state; what is not understood is passed over."""
        if not isinstance(state, dict):
            return
        for name, header in self._headers.items():
            is_open = state.get(name)
            if isinstance(is_open, bool):
                header.setChecked(is_open)

    def _take(self, config: RunConfig, discard: bool) -> None:
        self._config = config
        distribution = config.data.distribution
        self._remembered[distribution.family()] = distribution
        if type(distribution) is not self.family.family:
            self._rebuild_family(type(distribution))
        self._take_parts(config, discard)
        self.gallery.show_family(distribution.family())
        sentences = remarks(config)
        known = values(config)
        for path, control in self.controls.items():
            control.set_value(known[path][1], discard)
            control.set_remark(sentences.get(path, ""))
        if self.family.file is not None:
            self.family.file.show_distribution(distribution)
        if self.family.matrix is not None:
            self.family.matrix.show_distribution(distribution, discard)

    def _take_parts(self, config: RunConfig, discard: bool) -> None:
        mix = config.data.mix
        if not self.mix.fits(config.data):
            for control in self.mix.controls:
                del self.controls[control.path]
            self.mix.rebuild(config.data)
            self._join(self.mix.controls)
            if self.mix.family is not None and self.mix.family.matrix is not None:
                self.mix.family.matrix.distribution_edited.connect(self._on_mixed_matrix)
            self.show_waiting(self._waiting)
        for part in (self.transform, self.mix):
            part.show_data(config.data)
        if mix is not None and self.mix.family is not None:
            self._remembered[f"{MIXED_IN}.{mix.distribution.family()}"] = mix.distribution
            if self.mix.family.matrix is not None:
                self.mix.family.matrix.show_distribution(mix.distribution, discard)

    def _rebuild_family(self, family: type[Distribution]) -> None:
        old, self.family = self.family, FamilyRows(family, DISTRIBUTION)
        for control in old.controls:
            del self.controls[control.path]
        self.groups["data"].rows.replaceWidget(old, self.family)
        old.hide()
        old.deleteLater()
        self._adopt(self.family)
        self.show_waiting(self._waiting)

    def _join(self, controls: list[ParameterControl]) -> None:
        for control in controls:
            control.value_edited.connect(self._on_value)
            self.controls[control.path] = control

    def _adopt(self, rows: FamilyRows) -> None:
        self._join(rows.controls)
        for control in rows.controls:
            if isinstance(control, RowsControl):
                control.row_chosen.connect(self.row_chosen)
        if rows.file is not None:
            rows.file.wanted.connect(self.file_wanted)
        if rows.matrix is not None:
            rows.matrix.distribution_edited.connect(self._on_matrix)

    # editing ----------------------------------------------------------------------

    @Slot(object)
    def _on_value(self, value: object) -> None:
        control = self.sender()
        assert isinstance(control, ParameterControl)
        try:
            config = with_value(self._config, control.path, value)
        except InvalidValue as error:  # valid alone, but not beside the other values
            control.refuse(error)
            return
        self._edit(config, control.path, control.gesture)

    @Slot(object)
    def _on_matrix(self, distribution: Distribution) -> None:
        assert self.family.matrix is not None
        self._edit(self._with_distribution(distribution), MATRIX, self.family.matrix.gesture)

    @Slot(object)
    def _on_mixed_matrix(self, distribution: Distribution) -> None:
        assert self.mix.family is not None
        assert self.mix.family.matrix is not None
        self._edit(self._with_mixed(distribution), MIXED_MATRIX, self.mix.family.matrix.gesture)

    @Slot(str)
    def _on_mix(self, name: str) -> None:
        config = with_value(self._config, MIXED_FAMILY, name)
        remembered = self._remembered.get(f"{MIXED_IN}.{name}")
        if remembered is not None:
            config = self._with_mixed(remembered)
        if config != self._config:
            self._edit(config, MIXED_FAMILY, None)

    def _with_mixed(self, distribution: Distribution) -> RunConfig:
        mix = msgspec.structs.replace(self._config.data.mix or Mix(), distribution=distribution)
        data = msgspec.structs.replace(self._config.data, mix=mix)
        return msgspec.structs.replace(self._config, data=data)

    @Slot(str)
    def _on_family(self, name: str) -> None:
        if name == self._config.data.distribution.family():
            return
        if name == OwnFile.family():  # which file is asked first
            self.gallery.show_family(self._config.data.distribution.family())
            self.file_wanted.emit()
            return
        family = next(d for d in DISTRIBUTIONS if d.family() == name)
        distribution = self._remembered.get(name) or family()
        self._edit(self._with_distribution(distribution), FAMILY, None)

    def _with_distribution(self, distribution: Distribution) -> RunConfig:
        data = msgspec.structs.replace(self._config.data, distribution=distribution)
        return msgspec.structs.replace(self._config, data=data)

    def _edit(self, config: RunConfig, path: str, gesture: object | None) -> None:
        self._take(config, discard=False)
        self.edited.emit(config, path, gesture)
