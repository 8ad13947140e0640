"""Who has more connections than another, over memory that forks share."""

import os

from iris_api.server.balance import SILENT_SECONDS, Balance


def test_the_heaviest_has_more_than_another_that_takes_any() -> None:
    balance = Balance()
    balance.set(0, 5)
    assert not balance.is_heaviest(0)
    balance.set(3, 5)
    assert not balance.is_heaviest(0)
    balance.set(3, 4)
    assert (balance.is_heaviest(0), balance.is_heaviest(3)) == (True, False)
    balance.leave(3)
    assert not balance.is_heaviest(0)


def test_a_fork_is_seen() -> None:
    balance = Balance()
    balance.set(0, 2)
    child = os.fork()
    if not child:
        balance.set(1, 1)
        os._exit(0)
    os.waitpid(child, 0)
    assert balance.is_heaviest(0)


def test_of_many_an_eighth_more_is_no_reason_to_wait() -> None:
    balance = Balance()
    balance.set(0, 17)
    balance.set(1, 15)
    assert not balance.is_heaviest(0)
    balance.set(1, 14)
    assert balance.is_heaviest(0)


def test_nobody_waits_for_a_worker_that_gives_no_sign_of_life() -> None:
    balance = Balance()
    balance.sign(0, 5, now=100.0)
    balance.sign(1, 3, now=100.0)
    assert balance.is_heaviest(0)
    balance.sign(0, 5, now=100.0 + SILENT_SECONDS / 2)
    assert balance.is_heaviest(0)
    balance.sign(0, 5, now=100.1 + SILENT_SECONDS)
    assert not balance.is_heaviest(0)
    balance.sign(1, 3, now=100.2 + SILENT_SECONDS)
    assert balance.is_heaviest(0)
