"""Panels that ask, answered as the window answers them, but in this thread."""

import numpy as np

from vae_gui.ui.questions import Answer
from vae_gui.ui.session import Models


def told(panel, frame, truth):
    """Draw a frame, answer what the panel asks about it, and draw again until it asks no more."""
    models = Models(truth)
    panel.show_frame(frame)
    while (question := panel.question(frame)) is not None:
        with np.errstate(all="ignore"):  # as on the thread for jobs
            found = question.answer(models.of(question))
        panel.show_answer(Answer(question, found))
        panel.show_frame(frame)
    return panel
