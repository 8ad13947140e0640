"""What the master tells its workers, over memory that forks share."""

import os

from iris_api.server.succession import Succession


def test_a_fork_learns_that_it_is_replaced_and_its_successor_is_not() -> None:
    succession = Succession()
    succession.begin(3)
    told, tell = os.pipe()
    child = os.fork()
    if not child:
        os.read(told, 1)
        os._exit(10 * succession.is_replaced(3) + succession.is_replaced(4))
    succession.replace(3)
    os.write(tell, b"!")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 10
    os.close(told)
    os.close(tell)
    succession.begin(3)
    assert not succession.is_replaced(3)
