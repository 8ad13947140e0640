"""Patterns of terms: those in use are taken, those that can take exponential time are not, nor does it take long to say so."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.token_patterns import check_pattern

SERVED = [
    CountVectorizer().token_pattern, r"\b\w+\b", r"(?u)\b[a-zA-Z]{2,}\b", r"\S+", ".", r"([a-z]+)", r"[a-zA-Z]+(?:'[a-z]+)?",
    r"\w+|[^\w\s]+", r"#?\w+|@\w+|\d+", r"[\w+*-]+", r"[^\d\W]+", r"(?i)[a-z]+?", r"\d{4}", r"[^]]+",
]  # fmt: skip


@pytest.mark.parametrize("pattern", SERVED)
def test_a_pattern_in_use_is_taken(pattern):
    check_pattern(pattern, "it")


REFUSED = {
    "a repeat of a repeat": r"(a+)+b",
    "a repeat of alternatives": r"(a|a)*b",
    "a repeat of a group": r"(?:ab)*",
    "a repeat of a repeat by number": r"(?:a{1,9}){1,9}",
    "many repeats": "a*a*a*b",
    "many repeats in a group": "(a*a*|a*)b",
    "many options": "a?" * 20 + "a" * 20,
    "optional groups": "(a)?" * 20,
    "a look ahead": r"\w*(?=x)",
    "a reference": r"(a)\1",
    "a group in a group": "((a))",
    "a named group": "(?P<n>a)",
    "comments": "(?x)a",
    "a class without an end": "[a",
    "a repeat of nothing": "*",
    "a repeat twice": "a**",
    "an unknown escape": r"\p",
    "an inverted range": "[z-a]",
    "a long one": "a" * 1000,
    "bytes": b"a",
    "none": None,
}


@pytest.mark.parametrize("pattern", REFUSED.values(), ids=REFUSED)
def test_another_pattern_is_refused(pattern):
    with pytest.raises(Refused, match="it has a token_pattern"):
        check_pattern(pattern, "it")


@pytest.mark.parametrize("piece", ["a?", "a{1}", "(a|b", "[a", "a|", "(", "(a?)", r"\\", "a{1,2}?"])
def test_no_pattern_takes_long_to_check(piece):
    begun = time.process_time()
    for end in ("(", "[", "{", "\\", ")"):
        with pytest.raises(Refused):
            check_pattern(piece * (290 // len(piece)) + end, "it")
    assert time.process_time() - begun < 1


@given(st.text("ab*+?|()[]{}1,\\w^$ ", max_size=30))
def test_what_is_taken_takes_no_exponential_time(pattern):
    try:
        check_pattern(pattern, "it")
    except Refused:
        return
    begun = time.process_time()
    re.findall(pattern, "ab" * 20 + "a" * 60 + "w" * 40)
    assert time.process_time() - begun < 1
