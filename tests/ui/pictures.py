"""Real truths and frames for panels to draw, and the pixels that came of it."""

from dataclasses import replace
from functools import cache

import numpy as np
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from vae_gui.core.config import DataConfig, RunConfig
from vae_gui.core.distributions import Gaussian
from vae_gui.core.recording import Recording
from vae_gui.core.training import Trainer, display_noise, make_dataset
from vae_gui.core.views import draw_picture, view_truth
from vae_gui.ui.frame import Frame
from vae_gui.ui.plotting.plot import Plot
from vae_gui.ui.theme import DARK

HOME = (-3.0, 5.0, -3.5, 4.5)


@cache
def make_truth(distribution=None):
    config = DataConfig(distribution=distribution or Gaussian())
    data = make_dataset(config)
    return view_truth(config.distribution, data.train, data.test)


@cache
def make_frame(steps=0):
    """The default run after so many real training steps."""
    config = RunConfig()
    data = make_dataset(config.data)
    trainer = Trainer(config, data)
    recording = Recording(trainer.plan.size)
    recording.tests.append(trainer.untrained)
    while trainer.step < steps:
        recording.add_losses(next(trainer).losses)
    noise = display_noise(config)
    picture = draw_picture(
        trainer.plan, trainer.parameters, noise, data.test, trainer.step, trainer.epoch
    )
    return Frame(1, config, trainer.plan, noise, picture, recording)


def with_samples(frame, samples, means=None):
    """The same frame with other generated points."""
    samples = np.asarray(samples, np.float32)
    means = samples if means is None else np.asarray(means, np.float32)
    return replace(frame, picture=replace(frame.picture, samples=samples, means=means))


def shown(widget):
    """Let a shown widget lay itself out and paint."""
    for _ in range(3):
        QApplication.processEvents()
    return widget


def square_plot(qtbot):
    """A shown plot of a plane around `HOME`."""
    made = Plot(DARK, "A plot", square=True, x_label="x₁", y_label="x₂")
    qtbot.addWidget(made)
    made.resize(420, 360)
    made.show()
    made.set_home(HOME)
    return shown(made)


def pixels(widget):
    """What a widget looks like, (height, width, 3) as RGB."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def pixel_of(plot, x, y):
    """Where a data position lies in the plot widget, in pixels (x, y), fractions included."""
    scene = plot.getPlotItem().vb.mapViewToScene(QPointF(x, y))
    transform = plot.viewportTransform()
    at = transform.map(scene)
    origin = plot.viewport().mapTo(plot, QPoint(0, 0))
    return at.x() + origin.x(), at.y() + origin.y()


def rgb(color):
    """A QColor as an array (3,)."""
    return np.array([color.red(), color.green(), color.blue()])
