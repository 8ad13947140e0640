from iris_api.training.choices import NOTHING_CHOSEN, Choices


def test_what_is_said_twice_is_taken_from_the_first():
    options = Choices(task="regression", units={"age": "years"}, nullable=frozenset(["plan"]))
    written = Choices(targets=("spend",), task="clustering", units={"age": "days", "height": "cm"}, nullable=frozenset(["age"]))
    both = options.over(written)
    assert (both.targets, both.task) == (("spend",), "regression")
    assert both.units == {"age": "years", "height": "cm"}
    assert both.nullable == {"age", "plan"}


def test_a_column_is_required_or_may_be_missing_as_the_first_says():
    options = Choices(nullable=frozenset(["a"]), required=frozenset(["b"]))
    both = options.over(Choices(nullable=frozenset(["b", "c"]), required=frozenset(["a", "d"])))
    assert (both.nullable, both.required) == ({"a", "c"}, {"b", "d"})


def test_nothing_changes_nothing():
    written = Choices(kinds={"a": "text"}, arrays={"pixels": (8, 8)}, bounds={"b": (0.0, None)}, classes={"0": "no"})
    assert NOTHING_CHOSEN.over(written) == written
    assert written.over(NOTHING_CHOSEN) == written
