"""Requests in flight: what a process notes, another can read."""

import os
import threading

from iris_api.in_flight import PLACES, InFlight


def test_a_request_is_in_flight_from_begin_to_end():
    in_flight = InFlight()
    assert in_flight.identifiers() == []
    in_flight.begin("a" * 128)
    assert in_flight.identifiers() == ["a" * 128]
    in_flight.end()
    assert in_flight.identifiers() == []
    in_flight.begin("b")
    assert in_flight.identifiers() == ["b"]


def test_what_a_child_was_doing_is_there_after_its_death():
    in_flight = InFlight()
    child = os.fork()
    if child == 0:
        in_flight.begin("first")
        in_flight.end()
        in_flight.begin("last")
        os._exit(0)
    os.waitpid(child, 0)
    assert in_flight.identifiers() == ["last"]


def test_every_thread_has_its_own_place_and_there_are_so_many():
    in_flight = InFlight()
    begun, release = threading.Barrier(PLACES + 9), threading.Event()

    def answer(number):
        in_flight.begin(f"request-{number}")
        begun.wait(20)
        release.wait(20)
        in_flight.end()

    threads = [threading.Thread(target=answer, args=(number,)) for number in range(PLACES + 8)]
    for thread in threads:
        thread.start()
    begun.wait(20)
    assert len(set(in_flight.identifiers())) == PLACES
    release.set()
    for thread in threads:
        thread.join(20)
    assert in_flight.identifiers() == []
