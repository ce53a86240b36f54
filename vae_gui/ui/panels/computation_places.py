"""Where the parts of the computation lie: in one row, or folded into two.

All are in logical units that a text of 12 pixels fits into.
"""

from __future__ import annotations

from vae_gui.ui.plotting.diagram_layout import Arrangement, Port

_ROW = {
    ("x", "encoder"): Port("right", "left"),
    ("encoder", "q"): Port("right", "left"),
    ("q", "z"): Port("right", "left"),
    ("eps", "z"): Port("bottom", "top"),
}

_FOLDED = {
    **_ROW,
    ("z", "decoder"): Port("bottom", "top"),
    ("decoder", "p"): Port("left", "right"),
    ("p", "reconstruction"): Port("left", "right"),
    ("x", "reconstruction"): Port("bottom", "left"),
    ("q", "kl"): Port("bottom", "top"),
    ("kl", "loss"): Port("left", "right"),
    ("reconstruction", "loss"): Port("top", "bottom"),
}

WIDE = Arrangement(
    1416,
    436,
    {
        "x": (0, 150, 124, 88),
        "encoder": (152, 124, 160, 140),
        "q": (340, 124, 140, 140),
        "mu_z": (346, 130, 128, 62),
        "log_var_z": (346, 196, 128, 62),
        "eps": (530, 30, 176, 64),
        "stop": (393, 60, 224, 52),
        "z": (530, 136, 176, 116),
        "decoder": (734, 124, 160, 140),
        "p": (922, 124, 140, 140),
        "mu_x": (928, 130, 128, 62),
        "log_var_x": (928, 196, 128, 62),
        "reconstruction": (1090, 144, 148, 100),
        "kl": (530, 300, 176, 68),
        "loss": (1266, 138, 150, 112),
        "forward": (860, 306, 120, 20),
        "gradient": (860, 342, 120, 20),
        "beta": (1200, 306, 100, 20),
    },
    {
        **_ROW,
        ("z", "decoder"): Port("right", "left"),
        ("decoder", "p"): Port("right", "left"),
        ("p", "reconstruction"): Port("right", "left"),
        ("x", "reconstruction"): Port("top", "top", 10),
        ("q", "kl"): Port("bottom", "left"),
        ("kl", "loss"): Port("right", "bottom"),
        ("reconstruction", "loss"): Port("right", "left"),
    },
    (0, 392, 1416, 44),
)

COMPACT = Arrangement(
    552,
    366,
    {
        "x": (0, 82, 88, 72),
        "encoder": (108, 68, 140, 100),
        "q": (276, 68, 108, 100),
        "mu_z": (280, 72, 100, 45),
        "log_var_z": (280, 119, 100, 45),
        "eps": (428, 0, 124, 48),
        "stop": (396, 8, 156, 46),
        "z": (428, 70, 124, 96),
        "decoder": (428, 266, 124, 100),
        "p": (276, 266, 108, 100),
        "mu_x": (280, 270, 100, 45),
        "log_var_x": (280, 317, 100, 45),
        "reconstruction": (108, 276, 140, 80),
        "kl": (276, 186, 108, 64),
        "loss": (108, 186, 140, 64),
        "forward": (500, 200, 52, 36),
        "gradient": (396, 200, 82, 36),
        "beta": (249, 190, 26, 18),
    },
    _FOLDED,
    (0, 0, 384, 56),
)

LOW = Arrangement(  # as COMPACT, for little height
    588,
    244,
    {
        "x": (0, 41, 84, 54),
        "encoder": (112, 34, 126, 68),
        "q": (272, 34, 132, 68),
        "mu_z": (275, 37, 126, 30),
        "log_var_z": (275, 69, 126, 30),
        "eps": (428, 0, 160, 24),
        "stop": (332, 0, 190, 24),
        "z": (442, 38, 132, 60),
        "decoder": (442, 176, 132, 68),
        "p": (272, 176, 132, 68),
        "mu_x": (275, 179, 126, 30),
        "log_var_x": (275, 211, 126, 30),
        "reconstruction": (112, 183, 126, 54),
        "kl": (272, 118, 132, 42),
        "loss": (112, 118, 126, 42),
        "forward": (517, 126, 68, 24),
        "gradient": (424, 126, 74, 24),
        "beta": (239, 106, 32, 24),
    },
    _FOLDED,
    (0, 0, 324, 24),
)
