"""TCP ports on the loopback address."""

import socket
from contextlib import ExitStack

from config.local.failures import CannotStart

LOOPBACK = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Return `count` different free ports; another program may still take one before you do."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return [int(each.getsockname()[1]) for each in sockets]


def required_port(text: str, setting: str) -> int:
    """Return the port that the variable `setting` holds as text; raises CannotStart if malformed or taken."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise CannotStart(f"{setting} must be a port number from 1 to 65535, not {text!r}.")
    with socket.socket() as probe:
        # Without this a port left in TIME_WAIT by the previous run would count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, int(text)))
        except OSError as error:
            reason = error.strerror or str(error)
            raise CannotStart(
                f"Port {text} cannot be used ({reason.lower()}): stop the program that listens on it "
                f"or set {setting} to another port."
            ) from error
    return int(text)
