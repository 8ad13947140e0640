"""What a descriptor takes at once; `test_log_writer` has what becomes of lines."""

import os
import select

from iris_api.telemetry.log_sink import Sink


def test_a_pipe_takes_what_it_has_room_for_and_then_nothing():
    read_end, write_end = os.pipe()
    sink, taken = Sink(write_end), 0
    while written := sink.write(b"x" * 3000):
        taken += written
    assert taken > select.PIPE_BUF
    assert len(os.read(read_end, taken + 1)) == taken
    assert sink.write(b"y") == 1
    os.close(read_end)
    os.close(write_end)


def test_a_file_takes_a_line_whole(tmp_path):
    with open(tmp_path / "log", "wb", buffering=0) as file:
        assert Sink(file.fileno()).write(b"x" * 1_000_000) == 1_000_000


def test_a_closed_descriptor_takes_everything():
    read_end, write_end = os.pipe()
    os.close(read_end)
    os.close(write_end)
    assert Sink(write_end).write(b"line") == 4


def test_waiting_ends_as_soon_as_there_is_room():
    read_end, write_end = os.pipe()
    sink = Sink(write_end)
    while sink.write(b"x" * 4096):
        pass
    os.read(read_end, 8192)
    sink.wait(60_000)
    assert sink.write(b"y") == 1
    os.close(read_end)
    os.close(write_end)
