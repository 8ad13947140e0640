"""What the C library keeps of freed memory."""

import sys

import pytest

from iris_api.server.memory import give_back_memory
from tests.server.heap import HOLES_MIB, anonymous_mib, with_holes


@pytest.mark.skipif(sys.platform != "linux", reason="reads proc(5)")
def test_freed_blocks_between_others_are_given_back() -> None:
    kept = with_holes()
    held = anonymous_mib()
    give_back_memory()
    assert held - anonymous_mib() > HOLES_MIB * 0.8
    assert kept
