"""Transformers that number the columns of a sparse matrix by a dictionary: SciPy does not compare these with its width."""

from typing import Any

import numpy as np

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.own_names import is_own
from iris_api.inference.decoding.token_patterns import check_pattern
from iris_api.inference.decoding.values import element_type, integer, is_number

MAX_NGRAM = 30
_ENCODINGS = frozenset({"ascii", "latin-1", "latin1", "iso-8859-1", "utf-8", "utf8", "utf-16", "utf-32", "cp1252"})
_CHOICES: dict[str, tuple[Any, ...]] = {
    "analyzer": ("word", "char", "char_wb"),
    "decode_error": ("strict", "ignore", "replace"),
    "input": ("content",),
    "lowercase": (True, False),
    "preprocessor": (None,),
    "strip_accents": (None, "ascii", "unicode"),
    "tokenizer": (None,),
}
"""What a vectorizer of texts may have: the input "filename" would open any file that a text names."""
_FUNCTIONS = ("analyzer", "preprocessor", "strip_accents", "tokenizer")
"""Where a function of the user's own may stand instead."""


def check_places(places: Any, what: str) -> None:
    """Refuse a dictionary whose values are not the numbers from zero to its length, each once."""
    if type(places) is not dict or not all(map(is_number, places.values())):
        raise Refused(f"{what} has a vocabulary that is not a dictionary of numbers")
    if not np.array_equal(np.sort(np.fromiter(places.values(), np.int64, len(places))), np.arange(len(places))):
        raise Refused(f"{what} has a vocabulary whose numbers are not those of its columns")


def _check_text(vectorizer: Any) -> None:
    """What `CountVectorizer`, `TfidfVectorizer` and `HashingVectorizer` have in common: how a text becomes its terms."""
    attributes, what = vars(vectorizer), f"a {type(vectorizer).__name__}"
    for name, choices in _CHOICES.items():
        value = attributes.get(name)
        if name in _FUNCTIONS and is_own(value):
            continue
        if not any(value is choice or (type(choice) is str and type(value) is str and value == choice) for choice in choices):
            raise Refused(f"{what} has {name} set to something that is not served")
    if type(attributes.get("encoding")) is not str or attributes["encoding"].lower() not in _ENCODINGS:
        raise Refused(f"{what} has an encoding that is not served")
    if attributes["analyzer"] == "word" and not is_own(attributes["tokenizer"]):
        check_pattern(attributes.get("token_pattern"), what)
    _check_ngrams(attributes.get("ngram_range"), what)
    _check_stop_words(attributes.get("stop_words"), what)
    element_type(attributes.get("dtype"), what)


def _check_ngrams(bounds: Any, what: str) -> None:
    if type(bounds) not in (tuple, list) or len(bounds) != 2:
        raise Refused(f"{what} has no range of n-grams")
    low = integer(bounds[0], f"the shortest n-gram of {what}", 1, MAX_NGRAM)
    integer(bounds[1], f"the longest n-gram of {what}", low, MAX_NGRAM)


def _check_stop_words(words: Any, what: str) -> None:
    if words is None or (type(words) is str and words == "english"):
        return
    if type(words) not in (list, tuple, set, frozenset) or not all(type(word) is str for word in words):
        raise Refused(f"{what} has stop words that are not words")


def _check_count(vectorizer: Any) -> None:
    _check_text(vectorizer)
    attributes, what = vars(vectorizer), f"a {type(vectorizer).__name__}"
    if "vocabulary_" in attributes:
        check_places(attributes["vocabulary_"], what)
    given = attributes.get("vocabulary")
    if type(given) is dict:
        check_places(given, what)
    elif given is not None and not (type(given) in (list, tuple, set, frozenset) and all(type(term) is str for term in given)):
        raise Refused(f"{what} has a vocabulary that is no list of words")


def _check_dictionaries(vectorizer: Any) -> None:
    attributes, what = vars(vectorizer), "a DictVectorizer"
    if type(attributes.get("separator")) is not str or not isinstance(attributes.get("dtype"), type):
        raise Refused(f"{what} has an odd separator or an odd dtype")
    element_type(attributes["dtype"], what)
    if "vocabulary_" in attributes:
        check_places(attributes["vocabulary_"], what)
        names = attributes.get("feature_names_")
        if type(names) is not list or len(names) != len(attributes["vocabulary_"]):
            raise Refused(f"{what} has another number of names than of columns")


def _check_hasher(hasher: Any) -> None:
    attributes, what = vars(hasher), f"a {type(hasher).__name__}"
    integer(attributes.get("n_features"), f"the number of features of {what}", 1)
    if type(attributes.get("alternate_sign")) is not bool:
        raise Refused(f"{what} has an odd alternate_sign")
    element_type(attributes.get("dtype"), what)


def _check_hashing_vectorizer(vectorizer: Any) -> None:
    _check_text(vectorizer)
    _check_hasher(vectorizer)


CHECKS = {
    ("sklearn.feature_extraction._dict_vectorizer", "DictVectorizer"): _check_dictionaries,
    ("sklearn.feature_extraction._hash", "FeatureHasher"): _check_hasher,
    ("sklearn.feature_extraction.text", "CountVectorizer"): _check_count,
    ("sklearn.feature_extraction.text", "HashingVectorizer"): _check_hashing_vectorizer,
    ("sklearn.feature_extraction.text", "TfidfVectorizer"): _check_count,
}
