"""Foldable parts of the data card: how the distribution is moved, and what is mixed with it.

They hold controls; what an edit makes of the configuration, the side controls know.
"""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from vae_gui.core.config import NOTHING, DataConfig, Mix
from vae_gui.core.distributions import DISTRIBUTIONS, Distribution, Transform
from vae_gui.core.parameters import declared
from vae_gui.ui.form.controls import control_for
from vae_gui.ui.form.family_rows import FamilyRows
from vae_gui.ui.form.fields import ChoiceBox, ElidedLabel
from vae_gui.ui.form.groups import GroupHeader
from vae_gui.ui.form.parameter_control import ParameterControl

TRANSFORM = "data.transform"
MIX = "data.mix"
MIXED_IN = f"{MIX}.distribution"
MIXED_FAMILY = f"{MIXED_IN}.family"
MIXED_MATRIX = f"{MIXED_IN}.matrix"
DONE = {  # what each value of a transform does, in words
    "scale_x1": "scaled",
    "scale_x2": "scaled",
    "shear": "sheared",
    "rotate": "rotated",
    "shift_x1": "shifted",
    "shift_x2": "shifted",
}


class Part(QWidget):
    """A heading that says what is set, and controls under it that are folded away at first.

    Attributes:
        path: What the dotted names of its values begin with.
        header: The heading; checked means open.
        rows: Where its controls go.
    """

    def __init__(self, title: str, path: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.path = path
        self.header = GroupHeader(title, "", bold=False)
        self._body = QWidget()
        self.rows = QVBoxLayout(self._body)
        self.rows.setContentsMargins(4, 2, 0, 4)
        self.rows.setSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self._body)
        self.header.toggled.connect(self._body.setVisible)
        self.header.setChecked(False)

    def show_waiting(self, paths: tuple[str, ...]) -> None:
        """Show on the heading, visible when folded too, that something in it waits."""
        waiting = any(path.startswith(f"{self.path}.") for path in paths)
        self.header.waiting.setVisible(waiting)
        self.header.setAccessibleDescription("Some apply on reset." if waiting else "")


class TransformPart(Part):
    """How the distribution is scaled, sheared, rotated and shifted.

    Attributes:
        controls: The control of each of its values.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Transform", TRANSFORM, parent)
        made = (control_for(field, f"{TRANSFORM}.{field.name}") for field in declared(Transform))
        self.controls = [control for control in made if control is not None]
        for control in self.controls:
            self.rows.addWidget(control)

    def show_data(self, data: DataConfig) -> None:
        """Say in the heading what is done."""
        plain, done = Transform(), data.transform
        words = [w for name, w in DONE.items() if getattr(done, name) != getattr(plain, name)]
        self.header.set_note(", ".join(dict.fromkeys(words)))


class MixPart(Part):
    """Which distribution is mixed in, with what share, and its parameters.

    Attributes:
        choice: Which family.
        family: The rows of that family, None where nothing is mixed in.
        share: The control of its share, None where nothing is mixed in.
    """

    chosen = Signal(str)  # the name of a family, or `NOTHING`

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Mix with", MIX, parent)
        known = Distribution.exact  # where it is not another's; to make one of each takes 20 ms
        self._families = {d.family(): d for d in DISTRIBUTIONS if d.exact is known}
        self.choice = ChoiceBox()
        self.choice.addItem("Nothing", NOTHING)
        for name, family in self._families.items():
            self.choice.addItem(family.label, name)
        words = "A second distribution: each point is from one of both, by lot."
        self.choice.setToolTip(words)
        self.choice.setAccessibleName("Distribution to mix with")
        self.choice.setAccessibleDescription(words)
        self.choice.activated.connect(self._on_choice)
        label = ElidedLabel("Distribution")
        label.setBuddy(self.choice)
        row = QHBoxLayout()
        row.addWidget(label)
        row.addStretch(1)
        row.addWidget(self.choice)
        self.rows.addLayout(row)
        self.share: ParameterControl | None = None
        self.family: FamilyRows | None = None

    @property
    def controls(self) -> list[ParameterControl]:
        """The controls of its values."""
        share = [self.share] if self.share is not None else []
        return share + (self.family.controls if self.family is not None else [])

    def fits(self, data: DataConfig) -> bool:
        """Whether it has the controls of what is mixed in."""
        wanted = type(data.mix.distribution) if data.mix is not None else None
        return wanted is (self.family.family if self.family is not None else None)

    def rebuild(self, data: DataConfig) -> None:
        """Make the controls of what is mixed in."""
        for old in (self.share, self.family):
            if old is not None:
                self.rows.removeWidget(old)
                old.hide()
                old.deleteLater()
        self.share = self.family = None
        if data.mix is not None:
            (field,) = declared(Mix)
            self.share = control_for(field, f"{MIX}.{field.name}")
            self.family = FamilyRows(type(data.mix.distribution), MIXED_IN)
            assert self.share is not None
            self.rows.addWidget(self.share)
            self.rows.addWidget(self.family)

    def show_data(self, data: DataConfig) -> None:
        """Show which family it is, in the heading too."""
        mix = data.mix
        name = mix.distribution.family() if mix is not None else NOTHING
        self.choice.setCurrentIndex(self.choice.findData(name))
        self.header.set_note(f"{mix.distribution.label}, {mix.weight:.0%}" if mix else "")

    @Slot(int)
    def _on_choice(self, index: int) -> None:
        self.chosen.emit(self.choice.itemData(index))
