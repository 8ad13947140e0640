"""The tree of errors, and its one way out of a process."""

import pytest

from iris_api import errors
from iris_api.errors import ArtifactError, Fault, InvalidInput, MalformedBody, RequestError, ServiceError, exit_with_one_line

EXIT_CODES = {
    "ConfigurationError": 78,
    "AddressUnavailable": 69,
    "AddressForbidden": 77,
    "ArtifactError": 65,
    "ArtifactMissing": 66,
    "ArtifactForbidden": 77,
    "ArtifactBusy": 75,
}


@pytest.mark.parametrize("name", EXIT_CODES)
def test_each_failure_of_a_start_has_its_line_and_its_code(name, capsys):
    with pytest.raises(SystemExit) as end, exit_with_one_line():
        raise getattr(errors, name)("the file is gone; put it back")
    out, err = capsys.readouterr()
    assert (end.value.code, out, err) == (EXIT_CODES[name], "", "iris-api: the file is gone; put it back\n")
    assert end.value.__suppress_context__


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("two\nlines\r\nand\ttabs  and gaps ", "two lines and tabs and gaps"),
        ("\x1b[2Jcleared\x07", "\\x1b[2Jcleared\\x07"),
        ("right \u202e left", "right \\u202e left"),
        ("übung", "übung"),
        ("bytes \udcff", "bytes \\udcff"),
        ("line\u2028end\x85", "line end"),
    ],
)
def test_whatever_a_message_holds_it_is_one_printable_line(message, line, capsys):
    with pytest.raises(SystemExit), exit_with_one_line():
        raise ArtifactError(message)
    assert capsys.readouterr().err == f"iris-api: {line}\n"


@pytest.mark.parametrize("error", [KeyError("bug"), KeyboardInterrupt(), SystemExit(3), GeneratorExit()])
def test_nothing_else_is_caught(error, capsys):
    with pytest.raises(type(error)) as raised, exit_with_one_line():
        raise error
    assert raised.value is error
    assert capsys.readouterr().err == ""


def test_without_an_error_nothing_happens(capsys):
    with exit_with_one_line():
        reached = True
    assert reached
    assert capsys.readouterr() == ("", "")


def everything_below(kind):
    return {kind}.union(*map(everything_below, kind.__subclasses__()))


def test_the_docstring_draws_the_whole_tree():
    names = {kind.__name__ for kind in everything_below(ServiceError) if kind.__module__ == errors.__name__}
    drawn = {word for line in errors.__doc__.splitlines() if "──" in line for word in line.replace("│", " ").split()[1:2]} | {
        "ServiceError"
    }
    assert drawn == names


def test_no_request_carries_an_exit_code_of_its_own():
    assert {kind.exit_code for kind in everything_below(RequestError)} == {ServiceError.exit_code}


def test_faults_are_kept_and_counted():
    faults = [Fault("#/a", "is required"), Fault("#/b", "is required")]
    assert InvalidInput(faults, 9).faults == tuple(faults)
    assert str(InvalidInput(faults, 9)).endswith("9 faults.")
    assert str(InvalidInput(faults[:1], 1)).endswith("1 fault.")
    assert MalformedBody("damaged").faults == ()
    assert MalformedBody("repeated", faults).faults == tuple(faults)
