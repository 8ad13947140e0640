import io

from iris_api.training.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_off_a_terminal_a_few_plain_lines():
    stream = io.StringIO()
    assert list(Progress(stream).track(range(12), "folds")) == list(range(12))
    assert stream.getvalue().splitlines() == [f"folds: {done} of 12" for done in (3, 6, 9, 12)]


def test_on_a_terminal_one_line_that_is_rewritten():
    stream = Terminal()
    assert list(Progress(stream).track("ab", "folds")) == ["a", "b"]
    assert stream.getvalue() == "\rfolds: 1 of 2\rfolds: 2 of 2\n"


def test_nothing_to_do_says_nothing():
    stream = io.StringIO()
    assert list(Progress(stream).track((), "folds")) == []
    assert stream.getvalue() == ""
