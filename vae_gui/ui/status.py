"""What the run has come to, in numbers and in words."""

from __future__ import annotations

from vae_gui.core.distributions import beside, told
from vae_gui.ui.runbar import TEST_NAME, RunBar
from vae_gui.ui.session import RunController, State

ABOVE = (
    "Reconstruction + KL on the test set, minus the entropy of the data: the lowest expected loss "
    "possible (nats). These very test points have a floor of their own, {set_floor:.3f} nats (the "
    "mean of -log p over them); the loss is {rest} that. Measured after step {step}."
)
TEST = (
    "Negative evidence lower bound on the test set, KL weighted by β as in training, measured "
    "after each epoch: last after step {step}."
)
THIN_SPACE = "\u2009"


def grouped(number: float) -> str:
    """A whole number with thin spaces between thousands."""
    return f"{number:,.0f}".replace(",", THIN_SPACE)


def show_readouts(bar: RunBar, controller: RunController) -> None:
    """Bring the tool bar's numbers up to date."""
    config, test = controller.config, controller.last_test
    if config is None or controller.current is None:
        bar.show_nothing()
        return
    done = controller.step
    epochs = config.training.epochs
    epoch = controller.frame.picture.epoch if controller.frame else 0
    bar.epoch.show_value(f"{grouped(epoch)} / {grouped(epochs)}", grouped(epoch))
    bar.step.show_value(grouped(done))
    running = controller.state is State.RUNNING
    bar.show_running(running)
    rate = controller.steps_per_second() if running else 0.0
    bar.rate.show_value("–" if not running else grouped(rate) if rate >= 10 else f"{rate:.1f}")
    if test is not None:
        truth = controller.current.truth
        bar.test.show_value(short(test.losses.total))
        # the bound itself, whatever beta weighs the KL with in training
        bound = test.losses.reconstruction + test.losses.kl
        bar.above.show_value(short(bound - truth.entropy))
        rest, step = beside(bound - truth.test_floor, 3), grouped(test.step)
        exact = truth.distribution.exact
        above = told(ABOVE, exact).format(set_floor=truth.test_floor, rest=rest, step=step)
        bar.above.setToolTip(above)
        at = "" if config.training.beta == 1 else " at β = 1"  # unlike the loss beside it
        bar.above.show_name(told("above floor", exact) + at)
        bar.test.setToolTip(TEST.format(step=step))
        if test.step == done:
            bar.test.show_name(TEST_NAME)
        else:
            bar.test.show_name(f"test · step {step}", "test, earlier")
    bar.progress.setValue(round(1000 * done / max(controller.total_steps, done, 1)))


def short(nats: float) -> str:
    """A loss in few characters."""
    text = f"{nats:z.3f}" if abs(nats) < 1000 else f"{nats:.2e}"
    return text.replace("-", "\N{MINUS SIGN}")


def status_words(controller: RunController, restarting: bool) -> tuple[str, str]:
    """The status bar's text on the left, and on the right."""
    config = controller.config
    if config is None:
        return "Opening…", ""
    engine = controller.engine if controller.ready else ""
    if controller.state is State.STOPPING or restarting:
        return "Making the data and the untrained model…", engine
    if not controller.ready and controller.trouble is not None:
        return f"{controller.trouble.title}. Change a setting, or Reset to try again.", engine
    if not controller.ready:
        return "Loading the engine; Run is ready in a moment…", engine
    if controller.finished:
        epochs = grouped(config.training.epochs)
        plural = "" if config.training.epochs == 1 else "s"
        words = f"All {epochs} epoch{plural} done. Raise Epochs to go on, or Reset to start over."
    elif controller.state is State.RUNNING:
        words = "Training. Learning rate, β, batch size and noise samples may change meanwhile."
    elif controller.step:
        words = f"Paused after step {grouped(controller.step)}."
    else:
        words = "Untrained. Press Space to run, S for a single step."
    return words, engine
