import csv
import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iris_api.errors import ArtifactError, ArtifactForbidden, ArtifactMissing
from iris_api.training import table_files
from iris_api.training.cells import infer
from iris_api.training.inferred_columns import Origin
from iris_api.training.table_files import TableFile, read_table

NAMES = st.lists(st.from_regex(r"[a-zäé](?:[a-zäé _.()]{0,8}[a-zäé)])?", fullmatch=True), min_size=1, max_size=5, unique=True)
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


@pytest.fixture
def path(folder):
    return folder / "sales.csv"


@st.composite
def tables(draw):
    header = draw(NAMES)
    row = st.lists(CELLS, min_size=len(header), max_size=len(header)).filter(any)
    return header, draw(st.lists(row, min_size=1, max_size=8))


@given(
    tables(),
    st.sampled_from(",;\t|"),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)
def test_every_dialect_comes_back(folder, table, separator, quoting, line_end, has_bom):
    header, rows = table
    if quoting == csv.QUOTE_MINIMAL:  # Python 3.11 does not quote a line end that is not its own
        rows = [[cell.replace("\r", "").replace("\n", "") or "x" for cell in row] for row in rows]
    path = folder / "dialect.csv"
    with path.open("w", encoding="utf-8-sig" if has_bom else "utf-8", newline="") as file:
        csv.writer(file, delimiter=separator, quoting=quoting, lineterminator=line_end).writerows([header, *rows])

    found = read_table(path)

    assert found.header == tuple(header)
    assert [list(row) for row in zip(*found.columns.values(), strict=True)] == rows
    assert len(found.origin.lines) == len(rows)


@given(st.binary(max_size=60), st.sampled_from(["csv", "jsonl", "json"]))
def test_any_bytes_are_read_or_refused(folder, content, suffix):
    path = folder / f"bytes.{suffix}"
    path.write_bytes(content)
    try:
        found = read_table(path)
    except ArtifactError as error:
        message = str(error)
    else:
        assert {len(cells) for cells in found.columns.values()} == {len(found.origin.lines)}
        return
    assert str(path) in message


@given(st.text('ab,;\t|"\n\r 1[]{}:', max_size=40), st.sampled_from(["csv", "jsonl", "json"]))
def test_any_text_is_read_or_refused(folder, content, suffix):
    test_any_bytes_are_read_or_refused.hypothesis.inner_test(folder, content.encode(), suffix)


def test_reads_what_excel_writes_in_germany(path):
    path.write_bytes('\ufeffArtikel;Preis (€);Menge\r\n"Tür, weiß";1.234,50;3\r\n\r\nRad;5,00;\r\n;;\r\n'.encode())
    found = read_table(path)
    assert found == TableFile(
        ("Artikel", "Preis (€)", "Menge"),
        {"Artikel": ["Tür, weiß", "Rad"], "Preis (€)": ["1.234,50", "5,00"], "Menge": ["3", ""]},
        ("The columns are separated by semicolons.", "1 row without any value is left out."),
        Origin(path, (2, 4)),
    )
    assert infer("Preis (€)", found.columns["Preis (€)"], found.origin).values == [1234.5, 5.0]


@pytest.mark.parametrize(
    ("text", "columns", "notes"),
    [
        ("price\n1,5\n2,75\n", {"price": ["1,5", "2,75"]}, ()),
        ("a,b|c\n1,2|3\n", {"a": ["1"], "b|c": ["2|3"]}, ()),
        (
            "day;amount, EUR;note\n1;2,5;x\n",
            {"day": ["1"], "amount, EUR": ["2,5"], "note": ["x"]},
            ("The columns are separated by semicolons.",),
        ),
        ("a\tb\n1\t2\n", {"a": ["1"], "b": ["2"]}, ("The columns are separated by tabs.",)),
        ("a|b\n1|2\n", {"a": ["1"], "b": ["2"]}, ("The columns are separated by vertical bars.",)),
        (
            'a, "b"\n1, "x, y"\n',
            {"a": ["1"], "b": ["x, y"]},
            ("The header has a space after every separator, so spaces after separators are left out.",),
        ),
        (
            "a, b ,c\n1,2,3\n",
            {"a": ["1"], " b ": ["2"], "c": ["3"]},
            ("The name of column ' b ' has spaces around it, which are part of the name.",),
        ),
        (
            ",a\n0,5\n1,6\n",
            {"a": ["5", "6"]},
            ("Column 1, which has no name, numbers the rows and is left out; to keep it, give it a name in the header.",),
        ),
        (
            "Unnamed: 0,a\n7,5\n3,6\n",
            {"a": ["5", "6"]},
            ("Column 1, 'Unnamed: 0', numbers the rows and is left out; to keep it, give it a name in the header.",),
        ),
        (
            ",Unnamed: 0,a\n0,0,5\n1,1,5\n",
            {"a": ["5", "5"]},
            (
                "Column 1, which has no name, numbers the rows and is left out; to keep it, give it a name in the header.",
                "Column 2, 'Unnamed: 0', numbers the rows and is left out; to keep it, give it a name in the header.",
            ),
        ),
        (
            ",a\nMazda,5\nFiat,6\n",
            {"Unnamed: 0": ["Mazda", "Fiat"], "a": ["5", "6"]},
            ("Column 1 has no name and is called 'Unnamed: 0', as pandas does.",),
        ),
        (
            ",a\n1,5\n1,6\n",
            {"Unnamed: 0": ["1", "1"], "a": ["5", "6"]},
            ("Column 1 has no name and is called 'Unnamed: 0', as pandas does.",),
        ),
        ("a,b,\n1,2,\n", {"a": ["1"], "b": ["2"]}, ("Column 3 has neither a name nor values and is left out.",)),
        ("a,b\n,\n1,2\n,\n", {"a": ["1"], "b": ["2"]}, ("2 rows without any value are left out.",)),
        ("Unnamed: 0\n0\n1\n", {"Unnamed: 0": ["0", "1"]}, ()),
        ("\n\n a\n   \n1\n", {" a": ["   ", "1"]}, ("The name of column ' a' has spaces around it, which are part of the name.",)),
        ("a,b\n   \n1,2\n", {"a": ["1"], "b": ["2"]}, ()),
    ],
)
def test_reads_tables_as_people_have_them(path, text, columns, notes):
    path.write_text(text)
    found = read_table(path)
    assert (found.columns, found.header, found.notes) == (columns, tuple(columns), notes)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", " is empty; it needs a header row and rows below it"),
        (b"a,b\n", " has no rows below its header; add some"),
        (b"a,b\n,\n", " has no rows below its header; add some"),
        (b"a,b,c\n1,2,3\n\n1,2\n", ", line 4: has 2 cells, the header has 3, so column 'c' has none; add the missing separators"),
        (b"a,b\n1,2\n1,2,zu viel\n", ", line 3: has 3 cells, the header has 2; 'zu viel' comes after the last column; put quotes around"),
        (b'a,b\n"x\ny",1\n"z",1,2\n', ", line 4: has 3 cells"),
        (b'a,b\n1,"x\n2,3\n', ", line 2: is not CSV (unexpected end of data); close its quotes"),
        (b'a,b\n1,"x"y\n', ", line 2: is not CSV"),
        (b"a,b\n1," + b"x" * 200_000, ", line 2: is not CSV (field larger than field limit (131072))"),
        (b",\n0,\n1,\n", ", line 1: no column has a name; start the file with a header row"),
        (b"a,b,a\n1,2,3\n", ", line 1: several columns have the name 'a'; give each column its own name"),
        ("a\n1\ngröße\n".encode("latin-1"), ", line 3: is not UTF-8 text; save the file as UTF-8 (in Excel: CSV UTF-8)"),
        ("a,b\n1,2\n".encode("utf-16"), " is UTF-16 text; save it as UTF-8 (in Excel: CSV UTF-8)"),
        ("a,b\n1,2\n".encode("utf-16-le"), " is not text; save it as CSV in UTF-8"),
        (b"PK\x03\x04rest", " is an Excel workbook or a zip archive; save it as CSV UTF-8"),
        (b"\x1f\x8brest", " is compressed with gzip; decompress it"),
        (b"PAR1rest", " is a Parquet file; save it as CSV or JSON Lines"),
    ],
)
def test_refuses_and_says_where(path, content, message):
    path.write_bytes(content)
    with pytest.raises(ArtifactError) as caught:
        read_table(path)
    assert str(caught.value).startswith(f"{path}{message}")
    assert caught.value.exit_code == 65


@pytest.mark.parametrize("suffix", ["jsonl", "ndjson", "json", "JSONL"])
def test_reads_json_lines(folder, suffix):
    path = folder / f"rows.{suffix}"
    path.write_text('{"a": 1, "b": [1, 2]}\n\n{"a": "x", "c": true}\n')
    assert read_table(path) == TableFile(
        ("a", "b", "c"),
        {"a": [1, "x"], "b": [[1, 2], None], "c": [None, True]},
        ("Some objects have no 'b', 'c'; the value is missing there.",),
        Origin(path, (1, 3), typed=True),
    )


def test_reads_a_json_array(folder):
    path = folder / "rows.json"
    path.write_text(json.dumps([{"a": 1}, {"a": None}], indent=1))
    assert read_table(path) == TableFile(("a",), {"a": [1, None]}, (), Origin(path, (2, 5), typed=True))


@pytest.mark.parametrize("text", ["", "[]", "{}\n{}\n"])
def test_json_without_rows_is_refused(folder, text):
    path = folder / "rows.json"
    path.write_text(text)
    with pytest.raises(ArtifactError, match="has no rows; write one object a line"):
        read_table(path)


def test_a_table_of_too_many_cells_is_refused(folder, monkeypatch):
    monkeypatch.setattr(table_files, "MAX_CELLS", 3)
    path = folder / "rows.jsonl"
    path.write_text('{"a": 1}\n{"b": 1}\n')
    with pytest.raises(ArtifactError, match="line 2: the table has more than 3 cells"):
        read_table(path)


def test_the_size_of_a_file_is_bounded(path):
    path.write_text("a\n1\n")
    assert read_table(path, max_bytes=4).header == ("a",)
    with pytest.raises(ArtifactError, match="has 4 bytes, the limit is 3; use fewer rows"):
        read_table(path, max_bytes=3)


def test_a_missing_file_has_its_own_exit_code(folder):
    with pytest.raises(ArtifactMissing, match="does not exist") as caught:
        read_table(folder / "none.csv")
    assert caught.value.exit_code == 66


def test_refuses_what_is_no_file(folder):
    os.mkfifo(folder / "pipe")
    for path in (folder, folder / "pipe"):
        with pytest.raises(ArtifactError, match="is not a regular file"):
            read_table(path)
    with pytest.raises(ArtifactError, match="cannot be read"):
        read_table(folder / ("x" * 300))


def test_a_file_that_may_not_be_read_has_its_own_exit_code(path, monkeypatch):
    def refuse(*_arguments):  # root, who runs tests in containers, may read every file
        raise PermissionError

    monkeypatch.setattr(table_files, "_check_file", refuse)
    with pytest.raises(ArtifactForbidden, match="may not be read by this user; change its permissions") as caught:
        read_table(path)
    assert caught.value.exit_code == 77


def test_lines_without_gaps_are_kept_as_a_range(path):
    path.write_text("a\n1\n2\n3\n")
    assert read_table(path).origin.lines == range(2, 5)
