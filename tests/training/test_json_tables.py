import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iris_api.errors import ArtifactError
from iris_api.training.json_tables import read_json_rows

ROWS = st.lists(
    st.dictionaries(
        st.text(max_size=5),
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(), st.just([[1, 2]])),
    ),
    max_size=5,
)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("json") / "rows.json"


def test_reads_one_object_a_line(path):
    path.write_text('\ufeff{"a": 1, "b": [1, 2]}\r\n\r\n  {"a": NaN}\n', encoding="utf-8")
    assert list(read_json_rows(path)) == [(1, {"a": 1, "b": [1, 2]}), (3, {"a": None})]


def test_reads_an_array_with_the_line_of_each_object(path):
    path.write_text('\n[\n  {"a": 1},\n  {\n   "a": 2}\n, {"a": 3} ]\n')
    assert list(read_json_rows(path)) == [(3, {"a": 1}), (4, {"a": 2}), (6, {"a": 3})]


def test_an_empty_array_or_file_has_no_rows(path):
    for text in ("[]", "", "\n\n"):
        path.write_text(text)
        assert list(read_json_rows(path)) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1}\n{"a": }\n', "line 2: is not JSON (Expecting value, character 7); write the table with DataFrame.to_json("),
        ('{"a": 1}\n[1]\n', "line 2: is not an object"),
        ("[1, 2]", "line 1: is not an object"),
        ('[{"a": 1}\n{"a": 2}]', "line 1: a comma or the end of the array is missing after this object"),
        ('[{"a": 1},\n', "line 2: is not JSON"),
        ('[{"a": 1}] 5', "goes on after its array"),
        ('{"a": {"0": 1}}', "line 1, column 'a': is an object; give each of its members its own column"),
        ('{"a": ["x"]}', "line 1, column 'a': is a list, but not of numbers"),
        ('{"a": [[1], [2, 3]]}', "line 1, column 'a': is a list, but not of numbers with one length a level"),
        ('{"a": [NaN]}', "line 1, column 'a': is a list, but not of numbers"),
        ('{"a": []}', "line 1, column 'a': is a list, but not of numbers"),
        ('{"a": 1, "a": 2}', "line 1: has 'a' twice"),
        ('{"a": -Infinity}', "line 1: has -Infinity, which is no finite number"),
        ('{"a": ' + "9" * 5000 + "}", "line 1: has a number of too many digits"),
        ('{"a": ' + "[" * 100_000, "line 1: is nested too deeply"),
        ('{"a": "\\ud800"}', "line 1, column 'a': has half of a surrogate pair"),
        ('{"\\udfff": 1}', "has half of a surrogate pair"),
    ],
)
def test_refuses_and_says_where(path, text, message):
    path.write_text(text)
    with pytest.raises(ArtifactError) as caught:
        list(read_json_rows(path))
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


@given(ROWS, st.booleans(), st.sampled_from([None, 2]), st.booleans())
def test_rows_come_back(path, rows, is_array, indent, ascii_only):
    if is_array:
        text = json.dumps(rows, indent=indent, ensure_ascii=ascii_only)
    else:
        text = "\n".join(json.dumps(row, ensure_ascii=ascii_only) for row in rows)
    path.write_text(text, encoding="utf-8")
    assert [row for _, row in read_json_rows(path)] == rows
