import pytest

from iris_api.training.near_names import near_name, unknown_name

COLUMNS = ["Sepal Length", "width", "größe.cm"]


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("sepal_length", "Sepal Length"),
        ("WIDTH", "width"),
        ("widht", "width"),
        ("Größe-cm", "größe.cm"),
        ("temperature", None),
        ("", None),
    ],
)
def test_finds_the_name_that_was_probably_meant(name, near):
    assert near_name(name, COLUMNS) == near


def test_says_what_there_is_where_nothing_is_near():
    assert unknown_name("widht", COLUMNS) == "'width' was probably meant"
    assert unknown_name("temperature", COLUMNS) == "there are 'Sepal Length', 'width', 'größe.cm'"
