"""Valkey for one run: in memory only, on a free loopback port, with a password."""

import os
import socket

from config.local.binaries import find_valkey
from config.local.ports import LOOPBACK, free_ports
from config.local.processes import ProcessGroup
from config.local.state import State

ANSWER_SECONDS = 1.0


class Valkey:
    """One Valkey server, run by a process group. It keeps nothing: a broker may lose all at any moment."""

    def __init__(self, group: ProcessGroup, state: State) -> None:
        self._group = group
        self._password = state.secret("valkey")
        self.port = 0

    @property
    def url(self) -> str:
        """`redis://:password@127.0.0.1:port/0`."""
        return f"redis://:{self._password}@{LOOPBACK}:{self.port}/0"

    def start(self, *, mortal: bool = False) -> None:
        """Start the server, again at its former port, and return at once; the group's `wait_ready` waits for it.

        A `mortal` one may be killed without ending the group. Raises CannotStart.
        """
        self.port = self.port or free_ports(1)[0]
        # By a pipe, for on the command line `ps` would show everybody the password.
        config, end = os.pipe()
        os.write(end, self._configuration().encode())
        os.close(end)
        try:
            program = str(find_valkey())
            self._group.start(
                "valkey", [program, "-"], dict(os.environ), stdin=config, ready=self.answers, echo=False, once=mortal
            )
        finally:
            os.close(config)

    def answers(self) -> bool:
        """Whether the server takes the password and answers PING."""
        try:
            with socket.create_connection((LOOPBACK, self.port), ANSWER_SECONDS) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                with connection.makefile("rb") as answer:
                    return answer.readline() == b"+OK\r\n" and answer.readline() == b"+PONG\r\n"
        except OSError:
            return False

    def _configuration(self) -> str:
        """The settings; see valkey.conf. The `save ""` and `appendonly no` keep it off the disk."""
        return "\n".join([
            f"bind {LOOPBACK}", f"port {self.port}", f"requirepass {self._password}",
            'save ""', "appendonly no", "daemonize no", "dir /",
        ])  # fmt: skip
