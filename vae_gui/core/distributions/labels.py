"""What the density of the data is called: the truth where it is known, else an estimate.

Whatever shows words of it sends them through `told`, and nothing else asks.
"""

from __future__ import annotations

from functools import lru_cache

# longer ones first: a phrase may be part of another
ESTIMATED = (
    ("true density p(x)", "kernel estimate"),
    ("the true density itself", "the kernel estimate itself"),
    ("of the true density", "of a kernel estimate of the density"),
    ("true density", "kernel estimate"),
    ("the true one", "the kernel estimate"),
    ("true samples and contours", "test rows, estimated contours"),
    ("true samples", "test rows"),
    ("true and learned density", "estimated and learned density"),
    ("to be 1,000 true ones", "to be 1,000 of the estimate"),
    ("as they lie among true ones", "as they lie among those of the estimate"),
    ("true_log_prob", "estimated_log_prob"),  # names in files
    ("log_density", "estimated_log_density"),
    ("exact log density", "estimated log density"),
    ("log density", "estimated log density"),
    ("that the truth gives each", "that the kernel estimate gives each"),
    (
        "entropy of the data: the lowest expected loss possible",
        "entropy of a kernel estimate of the data, and so itself an estimate of the lowest "
        "expected loss: a good model may come out below it",
    ),
    (
        "entropy of the data, below which no model's expected loss can lie",
        "entropy of a kernel estimate of the data, an estimate of the least expected loss",
    ),
    (
        "Entropy of the data: no model's expected loss at β = 1 is lower.",
        "Entropy of a kernel estimate: the least expected loss at β = 1, by estimate.",
    ),
    (
        "The entropy H(p) = {entropy:.4f} nats: no model's expected loss at β = 1 is lower.",
        "The entropy of a kernel estimate of the data, H(p̃) = {entropy:.4f} nats: itself an "
        "estimate of the least expected loss at β = 1, below which a good model may come.",
    ),
    ("what the truth scores", "what the estimate scores"),
    ("regret 0: the truth", "regret 0: the estimate"),
    ("floor of the test set", "estimated floor of it"),
    ("learned − true", "learned − estimated"),
    ("Learned − true", "Learned − estimated"),
    ("/ p(x)", "/ p̃(x)"),
    ("entropy floor", "estimated floor"),
    ("Entropy floor", "Estimated entropy floor"),
    ("above floor", "above est. floor"),
    ("Above the floor", "Above the estimated floor"),
    ("Floor of this test set", "Estimated floor of this test set"),
    ("floor of this test set", "estimated floor of this test set"),
    ("KL(p ‖", "KL(p̃ ‖"),
    ("KL(p‖", "KL(p̃‖"),
    ("‖ p)", "‖ p̃)"),
    ("log p(x)", "log p̃(x)"),
    ("log p(x<sub>", "log p̃(x<sub>"),
    ("½ (p + p<sub>", "½ (p̃ + p<sub>"),
    ("H(p)", "H(p̃)"),
    ("p(x)", "p̃(x)"),
)


@lru_cache(maxsize=1024)  # read-outs ask ten times a second
def told(words: str, exact: bool) -> str:
    """Words about a known density, as they have to be where it is an estimate.

    Args:
        words: For a density that is known.
        exact: Whether it is; then the words stay as they are.
    """
    if exact:
        return words
    # at each place the first phrase that fits, and nothing of what was put there again
    found, at = [], 0
    while at < len(words):
        for phrase, instead in ESTIMATED:
            if words.startswith(phrase, at):
                found.append(instead)
                at += len(phrase)
                break
        else:
            found.append(words[at])
            at += 1
    return "".join(found)


def beside(nats: float, places: int) -> str:
    """How far something is above a level, or below it: the words before that level.

    Args:
        nats: How far above.
        places: Of the number, after its point.
    """
    return f"{abs(nats):.{places}f} nats {'below' if nats < 0 else 'above'}"
