"""Vocabularies: every number is that of a column, once; a text is read by nothing but what is known, and from no file."""

import copy

import numpy as np
import pytest
from sklearn.feature_extraction import DictVectorizer, FeatureHasher
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.decoder import decode
from iris_api.inference.decoding.vocabularies import CHECKS, check_places
from tests.inference.bundles import dumped
from tests.inference.decoding.zoo import DICTIONARIES, TEXTS
from tests.inference.own_steps import Shift, words

COUNTS, IDF = CountVectorizer().fit(TEXTS), TfidfVectorizer().fit(TEXTS)
HASHED, HASHER = HashingVectorizer(n_features=8), FeatureHasher(8)
DICTIONARY = DictVectorizer().fit(DICTIONARIES)
PLACES = COUNTS.vocabulary_
FIRST = next(iter(PLACES))


def check(model):
    CHECKS[type(model).__module__, type(model).__name__](model)


@pytest.mark.parametrize("model", [COUNTS, IDF, HASHED, HASHER, DICTIONARY, CountVectorizer(vocabulary={"a": 0}), DictVectorizer()])
def test_a_genuine_one_passes(model):
    check(model)


BAD_PLACES = {
    "outside": PLACES | {FIRST: len(PLACES)},
    "far outside": PLACES | {FIRST: 2**40},
    "below zero": PLACES | {FIRST: -1},
    "twice": PLACES | {FIRST: (PLACES[FIRST] + 1) % len(PLACES)},
    "a gap": {"a": 0, "b": 2},
    "a fraction": {"a": 0.0},
    "truth": {"a": False},
    "text": {"a": "0"},
    "a large number": {"a": 2**70},
    "a list": ["a"],
    "none": None,
}


@pytest.mark.parametrize("places", BAD_PLACES.values(), ids=BAD_PLACES)
@pytest.mark.parametrize("model", [COUNTS, IDF, DICTIONARY], ids=lambda model: type(model).__name__)
def test_a_term_has_the_number_of_a_column(model, places):
    with pytest.raises(Refused, match="vocabulary"):
        check_places(places, "it")
    forged = copy.copy(model)
    forged.vocabulary_ = places
    with pytest.raises(Refused, match=f"a {type(model).__name__} has a"):
        check(forged)
    if places is not None:
        forged = copy.copy(model)
        vars(forged).update(vocabulary=places, vocabulary_=places)
        with pytest.raises(Refused):
            decode(dumped(forged))


FORGED = {
    "texts that name files": {"input": "filename"},
    "texts that are files": {"input": "file"},
    "a function for a preprocessor": {"preprocessor": np.sqrt},
    "a function for a tokenizer": {"tokenizer": np.sqrt},
    "a function for an analyzer": {"analyzer": np.sqrt},
    "a function for accents": {"strip_accents": np.sqrt},
    "an encoding that imports": {"encoding": "antigravity"},
    "no encoding": {"encoding": None},
    "an odd way with errors": {"decode_error": "xmlcharrefreplace"},
    "an odd case": {"lowercase": 1},
    "long n-grams": {"ngram_range": (1, 10**6)},
    "n-grams the wrong way round": {"ngram_range": (2, 1)},
    "n-grams of nothing": {"ngram_range": (0, 1)},
    "no n-grams": {"ngram_range": None},
    "three n-grams": {"ngram_range": (1, 2, 3)},
    "stop words of a language": {"stop_words": "klingon"},
    "stop words of numbers": {"stop_words": [1]},
    "a pattern without end": {"token_pattern": "(a+)+b"},
    "no pattern": {"token_pattern": None},
    "elements of text": {"dtype": np.dtype("U1000000")},
    "elements of an odd class": {"dtype": "U1000000"},
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
@pytest.mark.parametrize("model", [COUNTS, IDF, HASHED], ids=lambda model: type(model).__name__)
def test_a_vectorizer_of_texts_reads_them_in_known_ways(model, change):
    forged = copy.copy(model)
    vars(forged).update(change)
    with pytest.raises(Refused, match=f"a {type(model).__name__}"):
        check(forged)


@pytest.mark.parametrize("vocabulary", ["abc", 5, [1], {1, 2}, np.array(["a"])], ids=repr)
def test_a_vocabulary_that_is_given_is_a_list_of_words(vocabulary):
    with pytest.raises(Refused, match="vocabulary that is no list of words"):
        check(CountVectorizer(vocabulary=vocabulary))


@pytest.mark.parametrize(
    "change",
    [{"n_features": 0}, {"n_features": 2**31}, {"n_features": "8"}, {"alternate_sign": 2}, {"dtype": "S9"}, {"dtype": None}],
    ids=repr,
)
@pytest.mark.parametrize("model", [HASHED, HASHER], ids=lambda model: type(model).__name__)
def test_a_hash_has_as_many_columns_as_a_matrix_can_have(model, change):
    forged = copy.copy(model)
    vars(forged).update(change)
    with pytest.raises(Refused, match=f"a {type(model).__name__}"):
        check(forged)


@pytest.mark.parametrize(
    "change",
    [{"dtype": "float64"}, {"dtype": np.dtype("f8")}, {"dtype": np.str_}, {"separator": None}, {"feature_names_": ["a"]}],
    ids=repr,
)
def test_dictionaries_are_read_in_known_ways(change):
    forged = copy.copy(DICTIONARY)
    vars(forged).update(change)
    with pytest.raises(Refused, match="a DictVectorizer"):
        check(forged)


OWN = {(words.__module__, "words"): words, (Shift.__module__, "Shift"): Shift}


@pytest.mark.parametrize("kind", [CountVectorizer, TfidfVectorizer, HashingVectorizer])
@pytest.mark.parametrize("place", ["tokenizer", "analyzer", "preprocessor", "strip_accents"])
def test_a_text_is_split_by_a_function_of_ones_own_where_it_is_allowed(kind, place):
    pattern = None if place == "tokenizer" else r"(?u)\b\w\w+\b"
    model = kind(**{place: words}, token_pattern=pattern)
    if place in ("tokenizer", "analyzer"):
        model.fit(TEXTS)
        assert (decode(dumped(model), OWN).transform(TEXTS) != model.transform(TEXTS)).nnz == 0
    with pytest.raises(Refused):
        decode(dumped(model))


def test_another_value_of_ones_own_is_refused_in_a_vectorizer():
    for place in ("input", "decode_error", "lowercase", "stop_words", "ngram_range", "encoding"):
        with pytest.raises(Refused):
            decode(dumped(CountVectorizer(**{place: Shift()})), OWN)
