"""What the tool bar says of a loss."""

import pytest

from vae_gui.ui.status import short


@pytest.mark.parametrize(
    ("nats", "words"),
    [
        (2.69448, "2.694"),
        (-0.0312, "−0.031"),
        (-0.0004, "0.000"),
        (999.9994, "999.999"),
        (12345.6, "1.23e+04"),
        (-98765.4, "−9.88e+04"),
    ],
)
def test_a_loss_is_told_in_few_characters_with_a_minus_sign(nats, words):
    assert short(nats) == words
