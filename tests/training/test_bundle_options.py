import argparse

import pytest

from iris_api.errors import ConfigurationError
from iris_api.training.bundle_options import BUNDLE_OPTIONS, add_options, choices_of, option_parts, task_kind
from iris_api.training.choices import Choices

COLUMNS = ["age", "plan", "a=b", "churned"]


def given(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_options(parser, BUNDLE_OPTIONS)
    return parser.parse_args(words)


def chosen(*words: str, targets=("churned",)) -> Choices:
    return choices_of(given(*words), targets, COLUMNS)


def test_no_option_chooses_nothing_but_the_targets():
    assert chosen() == Choices(targets=("churned",))


def test_every_option_fills_its_place():
    words = [
        *("--task", "classification", "--kind", "age=integer", "--kind", "plan=text", "--nullable", "plan", "--required", "age"),
        *("--array", "pixels=8x8", "--bounds", "age=0:120.5", "--bounds", "pixels=:16", "--unit", "age=years"),
        *("--describe", "plan=Price = 3 EUR", "--classes", "0=benign, 1=malignant", "--classes", "2=a b"),
    ]
    assert chosen(*words) == Choices(
        targets=("churned",),
        task="classification",
        kinds={"age": "integer", "plan": "text"},
        nullable=frozenset(["plan"]),
        required=frozenset(["age"]),
        arrays={"pixels": (8, 8)},
        bounds={"age": (0.0, 120.5), "pixels": (None, 16.0)},
        units={"age": "years"},
        descriptions={"plan": "Price = 3 EUR"},
        classes={"0": "benign", "1": "malignant", "2": "a b"},
    )


def test_a_name_may_have_the_sign_that_ends_it():
    assert chosen("--kind", "a=b=text", "--describe", "a=b=c=d").kinds == {"a=b": "text"}
    assert chosen("--describe", "a=b=c=d").descriptions == {"a=b": "c=d"}


def test_the_options_are_given_again_as_they_were():
    words = ["--task", "regression", "--kind", "age=integer", "--bounds", "age=0:", "--array", "x=2x2"]
    again = option_parts(given(*words), BUNDLE_OPTIONS)
    assert given(*again) == given(*words)
    assert option_parts(given(), BUNDLE_OPTIONS) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--kind", "Age=integer"], "--kind 'Age': there is no such column; 'age' was probably meant"),
        (["--kind", "age=int"], "--kind 'age=int': 'int' is no kind; the kinds are 'number', 'integer'"),
        (["--kind", "age"], "--kind 'age': has no =; write COLUMN=KIND"),
        (["--kind", "age=text", "--kind", "age=number"], "--kind is given twice for 'age'"),
        (["--nullable", "pla"], "--nullable 'pla': there is no such column; 'plan' was probably meant"),
        (["--required", "pla"], "--required 'pla': there is no such column; 'plan' was probably meant"),
        (["--required", "plan", "--nullable", "plan"], "--required 'plan': it is named with --nullable too; leave one of them out"),
        (["--bounds", "age=low:high"], "--bounds 'age=low:high': must be COLUMN=LOW:HIGH"),
        (["--bounds", "age=5"], "must be COLUMN=LOW:HIGH"),
        (["--bounds", "age=:"], "must be COLUMN=LOW:HIGH"),
        (["--bounds", "age=nan:5"], "must be COLUMN=LOW:HIGH"),
        (["--bounds", "age=0:inf"], "must be COLUMN=LOW:HIGH"),
        (["--bounds", "age=9:5"], "the lower bound is above the upper one"),
        (["--bounds", "zzz=9:5"], "there are 'age', 'plan', 'a=b', 'churned'"),
        (["--unit", "age="], "'age=': has nothing after the ="),
        (["--array", "pixels"], "must be a name and up to four lengths, such as pixels=8x8"),
        (["--array", "pixels=8x0"], "must be a name and up to four lengths"),
        (["--array", "pixels=1x1x1x1x1"], "must be a name and up to four lengths"),
        (["--array", "=8"], "must be a name and up to four lengths"),
        (["--classes", "0"], "--classes '0': must be a class and its name"),
        (["--classes", "0=benign,=x"], "--classes '=x': must be a class and its name"),
        (["--task", "regresion"], "'regresion' is no task; 'regression' was probably meant"),
    ],
)
def test_an_option_that_is_misused_is_one_sentence(words, message):
    with pytest.raises(ConfigurationError) as caught:
        chosen(*words)
    assert message in str(caught.value)
    assert caught.value.exit_code == 78


@pytest.mark.parametrize(
    ("targets", "message"), [(["chured"], "--target 'chured': there is no such column; 'churned' was"), (["age", "age"], "a column twice")]
)
def test_targets_are_columns_of_the_table(targets, message):
    with pytest.raises(ConfigurationError, match=message):
        chosen(targets=targets)


def test_a_task_may_be_left_out():
    assert task_kind(None) is None
