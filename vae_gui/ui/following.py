"""Keeps the run in step with the controls: live values at once, others with a reset.

While nothing is trained nothing can be lost, and the run follows every change by
itself after a short rest. Otherwise what waits is marked.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vae_gui.core.config import RunConfig, waiting_for_reset, with_live_values
from vae_gui.ui.document import RunDocument
from vae_gui.ui.form import SideControls
from vae_gui.ui.session import RunController

REST_MS = 120


class Follower(QObject):
    """Between the edited document, the controls that show it, and the run.

    Signals:
        reset_due: The untrained run is to be made anew from the document.
        changed: What waits may have changed.
    """

    reset_due = Signal()
    changed = Signal()

    def __init__(
        self, document: RunDocument, form: SideControls, controller: RunController, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._form = form
        self._controller = controller
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._on_rest)
        self._run_due = False  # as soon as the run wanted is made
        controller.engine_ready.connect(self._on_ready)
        controller.troubled.connect(self._on_trouble)
        document.config_changed.connect(self._on_config)

    @property
    def about_to_reset(self) -> bool:
        """Whether the run is about to follow the controls by itself."""
        return self._rest.isActive()

    def stop(self) -> None:
        """A reset is under way, or the end: nothing more is to be followed."""
        self._rest.stop()
        self._run_due = False
        self._form.show_waiting(())

    @Slot()
    def run(self) -> None:
        """Run what the controls say: what the untrained run was about to follow comes first."""
        if self.about_to_reset:
            self.reset_due.emit()
        self._run_due = not self._controller.ready
        self._controller.run()

    @Slot()
    def _on_ready(self) -> None:
        if self._run_due:
            self._run_due = False
            self._controller.run()

    @Slot(object)
    def _on_trouble(self, _: object) -> None:
        self._run_due = False

    @Slot()
    def revert(self) -> None:
        """Give the values that wait for a reset back those in force."""
        if self._controller.config is not None:
            config = with_live_values(self._controller.config, self._document.config)
            self._document.edit(config, "discard pending changes")

    @Slot(object)
    def _on_config(self, config: RunConfig) -> None:
        self._form.show_config(config)
        if self._controller.config is None:
            return
        self._controller.apply_live(config)
        waiting = waiting_for_reset(self._controller.config, config)
        if waiting and self._controller.untouched:
            self._rest.start()  # nothing would be lost: follow the controls
        else:
            self._rest.stop()
        self._mark()

    @Slot()
    def _on_rest(self) -> None:
        if self._controller.untouched:  # else trained in the meantime: nothing is dropped unasked
            self.reset_due.emit()
        self._mark()  # what is dropped only once a file is read

    def _mark(self) -> None:
        """Mark what waits for a reset, unless one is about to come by itself."""
        in_force = self._controller.config
        if in_force is not None:
            waiting = waiting_for_reset(in_force, self._document.config)
            self._form.show_waiting(() if self.about_to_reset else waiting)
        self.changed.emit()
