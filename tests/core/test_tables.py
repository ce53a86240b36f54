"""Files of numbers: what is written in any dialect is read back, and what is no table is told."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import FEW, MANY

from vae_gui.core.reading import FileProblem
from vae_gui.core.tables import (
    SEPARATORS,
    Preview,
    Source,
    arrays,
    chosen_columns,
    preview,
    previewing,
    read,
    reading,
)
from vae_gui.core.tables import source as limits

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=64)
MARKS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "space": "  "}


@st.composite
def tables(draw):
    """Names and rows of a table: two columns of numbers that vary, and a third."""
    rows = draw(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=3, max_size=12))
    table = np.array(rows)
    assume(all(len(set(column)) > 1 for column in table.T[:2].tolist()))
    letters = st.text("abcxyzäµ ", min_size=1, max_size=6).map(str.strip).filter(bool)
    names = draw(st.lists(letters, min_size=3, max_size=3, unique=True))
    assume(not any(name in ("nan", "na", "none", "null") for name in names))
    return names, table


@st.composite
def texts(draw):
    """A table as text in some dialect, with its numbers."""
    names, table = draw(tables())
    separator = draw(st.sampled_from(list(SEPARATORS)))
    quoted, header = draw(st.booleans()), draw(st.booleans())
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    quote = (lambda t: f'"{t}"') if quoted or separator == "space" else str
    rows = [names] * header + [[repr(v) for v in row] for row in table.tolist()]
    lines = [MARKS[separator].join(map(quote, row)) for row in rows]
    for extra in draw(st.lists(st.sampled_from(["", "# a comment", "   "]), max_size=3)):
        lines.insert(draw(st.integers(0, len(lines))), extra)
    last = draw(st.sampled_from(["", end]))
    mark = draw(st.sampled_from(["", "\ufeff"]))
    return (mark + end.join(lines) + last), (names if header else None), table


@MANY
@given(case=texts())
def test_numbers_written_in_any_dialect_come_back(case, tmp_path_factory):
    text, names, table = case
    path = tmp_path_factory.getbasetemp() / "table.csv"
    path.write_bytes(text.encode())
    found = read(Source(path))
    np.testing.assert_array_equal(found.values, table[:, :2])  # to the bit
    assert found.names == (tuple(names[:2]) if names else ("column 1", "column 2"))
    assert found.digest == hashlib.sha256(text.encode()).hexdigest()
    assert (found.missing, found.infinite) == (0, 0)
    shown = preview(Source(path))
    assert [list(map(float, row)) for row in shown.rows] == table.tolist()


@FEW
@given(
    case=tables(),
    kind=st.sampled_from(["<f8", ">f8", "<f4", "<i4", "|u1"]),
    order=st.sampled_from("CF"),
    suffix=st.sampled_from([".npy", ".npz"]),
    packed=st.booleans(),
)
def test_arrays_of_any_type_and_order_come_back(
    case, kind, order, suffix, packed, tmp_path_factory
):
    with np.errstate(over="ignore", invalid="ignore"):
        table = np.asarray(np.clip(case[1], -100, 100) * 2 + 100, kind, order=order)
    assume(all(len(set(column)) > 1 for column in table.T[:2].tolist()))
    path = tmp_path_factory.getbasetemp() / f"table{suffix}"
    if suffix == ".npy":
        np.save(path, table)
    else:
        (np.savez_compressed if packed else np.savez)(path, first=np.arange(3), table=table)
    found = read(Source(path, columns=("3", "1")))
    np.testing.assert_array_equal(found.values, table[:, [2, 0]].astype(np.float64))
    assert found.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    shown = preview(Source(path))
    assert shown.array == ("table" if suffix == ".npz" else "")
    np.testing.assert_allclose(np.array(shown.rows, float), table, rtol=1e-9)


def test_named_fields_are_columns(tmp_path):
    table = np.zeros(5, [("id", "U4"), ("x", "f4"), ("n", "i8")])
    table["x"], table["n"] = np.arange(5), np.arange(5) ** 2
    np.save(tmp_path / "t.npy", table)
    found = read(Source(tmp_path / "t.npy"))
    assert found.names == ("x", "n")  # the first two of numbers
    np.testing.assert_array_equal(found.values, np.stack([table["x"], table["n"]], axis=1))


def test_what_the_program_writes_it_reads(tmp_path):
    from vae_gui.core.storage import save_columns

    x = np.random.default_rng(0).normal(size=(50, 2))
    save_columns(tmp_path / "t.csv", {"x1": x[:, 0], "x2": x[:, 1]})
    np.testing.assert_array_equal(read(Source(tmp_path / "t.csv")).values, x)


def test_rows_with_missing_or_infinite_values_are_counted_and_left_out(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n,3\nNA,4\n5,inf\n6,7\nnan,-inf\n8,\n-inf,9\n")
    found = read(Source(path))
    np.testing.assert_array_equal(found.values, [[1, 2], [6, 7]])
    assert (found.missing, found.infinite) == (4, 2)


def test_columns_by_name_or_number_and_in_any_order(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('who,"x, in mm",y,y\nBob,1,2,3\nAda,4,5,7\n')
    shown = preview(Source(path))
    assert shown.names == ("who", "x, in mm", "y", "y (2)")
    assert shown.numeric == (False, True, True, True)
    assert read(Source(path)).names == ("x, in mm", "y")
    np.testing.assert_array_equal(
        read(Source(path, columns=("y (2)", "2"))).values, [[3, 1], [7, 4]]
    )


@pytest.mark.parametrize(
    ("text", "separator", "header"),
    [
        ("1.5;2.5\n3;4\n", "semicolon", False),
        ("x y\n1 2\n3 4\n", "space", True),
        ("  1   2  \n 3\t4\n", "space", False),
        ("1\t2\n3\t4\n", "tab", False),
        ("day|x|y\nMo|1|2\nTu|3|4\n", "bar", True),
        ("a,b\n", "comma", True),
        ("2001,2002\n1,2\n3,4\n", "comma", False),  # years cannot be told from numbers
    ],
)
def test_separator_and_header_are_detected(tmp_path, text, separator, header):
    (tmp_path / "t.txt").write_text(text)
    shown = preview(Source(tmp_path / "t.txt"))
    assert (shown.separator, shown.header) == (separator, header)


def test_what_is_detected_can_be_overruled(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("2001,2002\n1,2\n3,4\n")
    assert read(Source(path, header="yes")).names == ("2001", "2002")
    assert len(read(Source(path, header="yes")).values) == 2
    assert preview(Source(path, separator="semicolon")).names == ("2001,2002",)


BAD_TEXTS = {
    "empty": (b"", "it is empty"),
    "blank": (b"\n  \n# only words\n", "it is empty: there is no line in it but"),
    "header only": (b"a,b\n", "hold numbers; two are needed"),
    "binary": (bytes(range(256)) * 9, "it is a binary file"),
    "an old encoding": (b"h\xf6he,x\n1,2\n3,4\n", "it is not a text in UTF-8"),
    "UTF-16": ("a,b\n1,2\n".encode("utf-16"), "it is a text in UTF-16"),
    "ragged": (b"a,b\n1,2\n3,4,5\n6,7\n", "line 3 has 3 fields, not 2"),
    "short line": (b"# c\n\na,b\n1,2\n3\n6,7\n", "line 5 has 1 field, not 2"),
    "words": (b"a,b\n1,2\n3,4\n5,six\n", "'six' in line 4, column 'b' is not a number"),
    "one of numbers": (b"a,b\n1,x\n3,y\n", "only one of its 2 columns holds numbers"),
    "a late word": (b"a,b\n" + b"1,2\n3,4\n" * 150 + b"5,six\n",
                    "'six' in line 302, column 'b' is not a number"),
    "words only": (b"a,b\nx,y\nz,w\n", "none of its 2 columns hold numbers; two are needed"),
    "decimal commas": (b"a;b\n" + b"1,5;2,5\n" * 3, "decimals are written with a point: 1.5"),
    "one column": (b"a\n1\n2\n", "it has one column only; two columns of numbers are needed"),
    "constant": (b"a,b\n1,2\n1,3\n1,4\n", "column 'a' is constant, 1 in every row"),
    "all missing": (b"a,b,c\n1,,2\n,2,3\n,3,4\n", "all 3 rows lack a number in the two columns"),
    "open quotation": (b'a,b\n1,2\n"3,4\n', "a quotation"),
    "one endless line": (b"1," * 100_000, "line 1 is longer than 100,000 characters"),
    "too many columns": (b",".join([b"1"] * 1001) + b"\n", "it has more than 1,000 columns"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_TEXTS)
def test_a_bad_text_is_told_in_one_sentence(tmp_path, name):
    content, reason = BAD_TEXTS[name]
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(FileProblem) as caught:
        read(Source(path))
    assert str(caught.value).startswith(f"cannot use '{path}': ")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_decimal_comma_is_explained_where_it_is_met(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a;b\n" + "1;2\n3;4\n" * 150 + "1,5;2\n")
    with pytest.raises(FileProblem, match=r"'1,5' in line 302, .* with a point: 1\.5"):
        read(Source(path))


def npy(array=None, header=None):
    """The bytes of an NPY file, its header replaced if given."""
    out = io.BytesIO()
    if header is None:
        np.save(out, array)
    else:
        text = header.encode().ljust(117) + b"\n"
        out.write(b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + b"\0" * 64)
    return out.getvalue()


def header(shape, kind="'<f8'"):
    return npy(header=f"{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}, }}")


BAD_ARRAYS = {
    "no array": (b"1,2\n3,4\n", "it is not a NPY file of numbers, or is damaged"),
    "cut short": (npy(np.ones((9, 2)))[:150], "promises more numbers than there are"),
    "lies about its length": (header("(10**9, 2)"), "it is not a NPY file of numbers"),
    "a huge shape": (header("(1000000000000, 2)"), "promises more numbers than there are"),
    "a negative shape": (header("(-4, -2)"), "one column only"),
    "a negative number of rows": (header("(-4, 2)"), "promises more numbers than there are"),
    "rows of no size": (header("(10000000, 2)", "'<U0'"), "not of numbers"),
    "objects": (header("(2, 2)", "'|O'"), "Python objects, which could run code"),
    "complex": (npy(np.ones((3, 2), complex)), "is of type complex128, not of numbers"),
    "one dimension": (npy(np.ones(7)), "its array is 7, not a table of rows and columns"),
    "three dimensions": (npy(np.ones((2, 3, 4))), "its array is 2 × 3 × 4, not a table"),
    "one number": (npy(np.float64(3)), "its array is a single number"),
    "one column": (npy(np.ones((7, 1))), "one column only"),
    "no rows": (npy(np.ones((0, 2))), "it has no rows"),
    "lies down": (npy(np.ones((2, 1001))), "turn it round if its rows are columns"),
    "constant": (npy(np.ones((9, 2))), "column 'column 1' is constant, 1 in every row"),
    "a nested field": (
        npy(np.zeros(3, [("a", "f8", 2), ("b", "f8")])),
        "is an array, not a number",
    ),
}


@pytest.mark.parametrize("name", BAD_ARRAYS)
def test_a_bad_array_is_told_in_one_sentence(tmp_path, name):
    content, reason = BAD_ARRAYS[name]
    path = tmp_path / "t.npy"
    path.write_bytes(content)
    with pytest.raises(FileProblem) as caught:
        read(Source(path))
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bad_archives(tmp_path):
    path = tmp_path / "t.npz"
    path.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(FileProblem, match="it is not a NPZ file of numbers, or is damaged"):
        read(Source(path))
    np.savez(path, a=np.arange(3), b=np.ones((3, 1)))
    with pytest.raises(FileProblem, match=r"none of its arrays \('a', 'b'\) is a table"):
        read(Source(path))
    np.savez(path, a=np.arange(6).reshape(3, 2))
    with pytest.raises(FileProblem, match="it has no array 'c'; its arrays are 'a'"):
        read(Source(path, array="c"))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing")
    with pytest.raises(FileProblem, match="there is no array in it"):
        read(Source(path))
    content = npy(np.arange(4000.0).reshape(-1, 2))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.npy", content)
    damaged = bytearray(path.read_bytes())
    damaged[9000] ^= 1  # in the numbers: the checksum tells
    path.write_bytes(damaged)
    with pytest.raises(FileProblem, match="or is damaged"):
        read(Source(path))


def test_a_missing_file_a_folder_and_a_huge_file(tmp_path):
    with pytest.raises(FileProblem, match="there is no such file"):
        read(Source(tmp_path / "none.csv"))
    with pytest.raises(FileProblem, match="it is a folder"):
        preview(Source(tmp_path))
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as file:
        file.truncate(2 * 2**30)  # sparse: takes no room
    with pytest.raises(FileProblem, match="it is 2 GiB, larger than 512 MiB"):
        read(Source(huge))


def test_more_rows_than_can_be_used_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MOST_ROWS", 9_000)
    path = tmp_path / "t.csv"
    np.savetxt(path, np.random.default_rng(0).normal(size=(9_001, 2)), delimiter=",")
    with pytest.raises(FileProblem, match="it has more than 9,000 rows"):
        read(Source(path))


def test_progress_rises_to_the_end_and_may_be_left(tmp_path):
    path = tmp_path / "t.csv"
    np.savetxt(path, np.random.default_rng(0).normal(size=(20_000, 2)), delimiter=",")
    shares = list(reading(Source(path)))
    assert len(shares) == 5  # every 4,000 rows
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    steps = reading(Source(path))
    next(steps)
    steps.close()
    path.unlink()  # nothing holds it any more


def test_a_preview_reads_no_more_than_the_beginning(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 200_000 + b"\xff\xfe no table\n")
    assert len(preview(Source(path)).rows) == 200
    with pytest.raises(FileProblem):
        read(Source(path))


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("order", ["C", "F"])
def test_large_arrays_are_shown_and_read_in_small_steps(tmp_path, monkeypatch, compressed, order):
    table = np.asarray(np.random.default_rng(0).normal(size=(5_000, 40)), order=order)
    path = tmp_path / "t.npz"
    (np.savez_compressed if compressed else np.savez)(path, table)
    monkeypatch.setattr(arrays, "BYTES_AT_ONCE", 2**14)
    monkeypatch.setattr(arrays, "ROWS_AT_ONCE", 2**11)  # 16 KiB of a column
    taken, read_whole = [], zipfile.ZipExtFile.read

    def counted(file, n=-1):
        found = read_whole(file, n)
        taken[-1] += len(found)
        return found

    monkeypatch.setattr(zipfile.ZipExtFile, "read", counted)
    source = Source(path, columns=("column 31", "column 2"))
    for steps in (previewing(source), reading(source)):
        taken, shares = [0], []
        while True:
            try:
                shares.append(next(steps))
            except StopIteration as end:
                found = end.value
                break
            taken.append(0)
        assert shares == sorted(shares)
        most = 200 * 40 * 8 if isinstance(found, Preview) else 2**14  # of rows it shows the first
        assert max(taken) <= most + 1_000  # and the header
    np.testing.assert_array_equal(found.values, table[:, [30, 1]])
    shown = preview(source)
    assert len(shown.rows) == 5_000 // 40
    assert shown.rows[7][39] == f"{table[7, 39]:.10g}"


def test_two_different_columns_are_needed(tmp_path):
    source = Source(tmp_path / "t.csv", columns=("b", "2"))
    with pytest.raises(FileProblem, match="both columns are 'b'; choose two different ones"):
        chosen_columns(source, ("a", "b"), (True, True))
    source = Source(tmp_path / "t.csv", columns=("c", ""))
    with pytest.raises(FileProblem, match="it has no column 'c'; its columns are 'a', 'b'"):
        chosen_columns(source, ("a", "b"), (True, True))


@FEW
@given(rows=st.lists(st.lists(st.text(max_size=5), min_size=1, max_size=4), max_size=8))
def test_any_text_is_read_or_refused_in_words(rows, tmp_path_factory):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(out.getvalue().encode("utf-8", "replace"))
    try:
        found = read(Source(path))
    except FileProblem:
        return
    assert np.isfinite(found.values).all()
