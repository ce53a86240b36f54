"""The figures of benchmarks/ are told as they were measured; their speed is no test's business."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def test_columns_are_aligned_and_words_stand_left() -> None:
    tables = import_module("tables")
    rows = [("loss", "1,234"), ("film strip", "5")]
    table = tables.Table("d", "ms", ("panel", "1,000 steps"), rows=rows)
    heading, _, columns, _, *lines = table.text().splitlines()
    assert heading == "(d) ms"
    assert columns == "panel       1,000 steps"
    assert lines == ["loss              1,234", "film strip            5"]
    assert "| loss | 1,234 |" in table.markdown()
    assert "| --- | ---: |" in table.markdown()


@pytest.mark.parametrize(
    ("value", "words"), [(0.123, "0.12"), (12.34, "12.3"), (1234.5, "1,234"), (-53.6, "-53.6")]
)
def test_numbers_have_three_digits_or_all_before_the_point(value: float, words: str) -> None:
    assert import_module("tables").number(value) == words


def test_ratios_are_to_the_better_of_the_loops_of_the_same_round() -> None:
    row = {
        "post": {"1 thread": [100.0, 200.0], "2 threads": [150.0, 100.0]},
        "engines": {"analytic": [1500.0, 1000.0]},
    }
    assert import_module("engines").ratios(row, "analytic") == [10.0, 5.0]


def test_growth_of_memory_leaves_out_losses_and_snapshots() -> None:
    marks = [
        {"step": 10, "resident": 0, "snapshots": 0, "tests": 0},
        {"step": 100, "resident": 5_000, "snapshots": 100, "tests": 1},
        {"step": 1_100, "resident": 30_000, "snapshots": 5_100, "tests": 9},
    ]
    assert import_module("memory").growth(marks) == {"all": 25, "snapshots": 5, "rest": 8}


@pytest.mark.skipif(sys.platform == "win32", reason="neither /proc nor ps")
def test_resident_memory_sees_what_is_written() -> None:
    memory = import_module("memory")
    before = memory.resident_bytes()
    kept = np.ones(64 * 2**20, np.uint8)
    assert memory.resident_bytes() - before == pytest.approx(kept.nbytes, rel=0.1)


def test_a_quantile_weighs_each_wait_by_its_length() -> None:
    waits = np.array([1.0] * 90 + [10.0])  # nine tenths of the time is short waits
    quantile = import_module("probe").weighted_quantile
    assert quantile(waits, 0.89) == 1.0
    assert quantile(waits, 0.91) == 10.0


def test_the_machine_is_named() -> None:
    machine = import_module("machine")
    found = machine.machine()
    assert found["numpy"] == np.__version__
    assert all(found.values())
    assert str(found["processor"]) in machine.words(found)


def test_every_section_has_a_size_for_every_effort() -> None:
    efforts = import_module("settings").EFFORTS
    for section in import_module("run").SECTIONS.values():
        assert tuple(getattr(section, "SIZES", None) or section.MARKS) == efforts
