"""Words of live changes, and what was in force at each step."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from vae_gui.core.changes import change_words, in_force
from vae_gui.core.config import TrainingConfig

NAMES = ("beta", "noise_samples")
SETTINGS = st.builds(
    TrainingConfig,
    beta=st.floats(0, 100),
    noise_samples=st.integers(1, 64),
    learning_rate=st.sampled_from([1e-3, 0.1]),
)


@given(settings=st.lists(SETTINGS, min_size=1, max_size=5), data=st.data())
def test_what_was_in_force_is_read_from_the_words_to_the_bit(settings, data):
    """Whichever of the settings, the first or the last, tells of what never changed."""
    gaps = data.draw(st.lists(st.integers(0, 4), min_size=5, max_size=5))
    changes, by_step = [], []
    for i, training in enumerate(settings):
        if i:
            changes.append((max(len(by_step) - 1, 0), change_words(settings[i - 1], training)))
        by_step += [training] * (gaps[i] + (i == 0))  # by_step[0]: the untrained model
    changes = [change for change in changes if change[1]]
    for known in (settings[0], settings[-1]):
        for step, expected in enumerate(by_step):
            found = in_force(known, changes, step, NAMES)
            assert (found.beta, found.noise_samples) == (expected.beta, expected.noise_samples)
            assert type(found.noise_samples) is int
            assert found.learning_rate == known.learning_rate


def test_words_of_older_versions_tell_what_they_can():
    now = TrainingConfig(beta=4)
    changes = [(3, "learning_rate = 0.1, beta = 2"), (7, "beta = 4")]
    assert [in_force(now, changes, s, NAMES).beta for s in (4, 7, 8)] == [2, 2, 4]
    assert in_force(now, changes, 2, NAMES) == msgspec.structs.replace(now, beta=4)


def test_numbers_are_short_where_that_is_exact():
    before = TrainingConfig(beta=1, learning_rate=0.1)
    after = msgspec.structs.replace(before, beta=1 / 3, learning_rate=3e-5)
    words = change_words(before, after)
    assert words == "learning_rate = 3e-05 (was 0.1), beta = 0.3333333333333333 (was 1)"
