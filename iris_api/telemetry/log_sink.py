"""A descriptor that lines are written to without ever waiting for whoever reads them."""

import errno
import os
import select
import stat
from contextlib import suppress

# Linux's flag of pwritev2() for a write that fails instead of waiting, which the os module does not name
_RWF_NOWAIT = 0x8
_NOT_SUPPORTED = (errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)
_MAX_WRITE_BYTES = 64 * 1024


class Sink:
    """Writes to ``descriptor``, or to nowhere if that is closed.

    What is written in one go does not mix with the lines of other processes: in a file any line, in a pipe any of up to
    ``PIPE_BUF`` bytes (4096), and longer ones while the reader keeps up.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._is_file, self._may_refuse_to_wait = descriptor, False, False
        try:
            kind = os.fstat(descriptor).st_mode
        except OSError:
            self._descriptor = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
            self._is_file = True
            return
        if stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind):
            self._may_refuse_to_wait = True
        elif os.isatty(descriptor):
            # a terminal that says it takes more may still wait for the rest of a line; opened once more, this process alone refuses to
            with suppress(OSError):
                flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
                self._descriptor = os.open(f"/proc/self/fd/{descriptor}", flags)
        else:
            self._is_file = True
        self.renew()

    def renew(self) -> None:
        """Make it usable in a child: the poll object of before may be in use by a thread that is not here."""
        self._poll = self._new_poll()

    def write(self, line: bytes) -> int:
        """How many bytes of ``line`` were taken without waiting, whoever else writes to the same pipe.

        Raises OSError where it cannot be written at all.
        """
        if self._is_file:
            return os.write(self._descriptor, line)
        try:
            if self._may_refuse_to_wait:
                return os.pwritev(self._descriptor, (line[:_MAX_WRITE_BYTES],), -1, _RWF_NOWAIT)
        except BlockingIOError:
            return 0
        except NotImplementedError:
            self._may_refuse_to_wait = False
        except OSError as error:
            if error.errno not in _NOT_SUPPORTED:
                raise
            # Linux before 6.5 has it for sockets only
            self._may_refuse_to_wait = False
        try:
            return os.write(self._descriptor, line[: select.PIPE_BUF]) if self._poll.poll(0) else 0
        except BlockingIOError:
            return 0

    def wait(self, milliseconds: float) -> None:
        """Wait until the reader takes more, at most so long; several threads may."""
        self._new_poll().poll(milliseconds)

    def _new_poll(self) -> select.poll:
        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        return poll
