"""PgBouncer in transaction mode for one run, where its package is installed, in front of a PostgreSQL that runs."""

import os
import shutil
import socket
from pathlib import Path

from config.local.account import unprivileged
from config.local.ports import LOOPBACK, free_ports
from config.local.processes import ProcessGroup

DEBIANS = Path("/usr/sbin/pgbouncer")  # not in every user's PATH
ANSWER_SECONDS = 1.0


def find_pgbouncer() -> Path | None:
    """Return the program, None where the package `pgbouncer` is not installed."""
    found = shutil.which("pgbouncer")
    return Path(found) if found else DEBIANS if DEBIANS.exists() else None


class PgBouncer:
    """One PgBouncer, run by a process group, for one login; `home` is a folder that everybody may enter.

    `size` connections to the server are shared by all clients, each for the length of a transaction.
    """

    def __init__(self, group: ProcessGroup, home: Path, *, size: int) -> None:
        self._group, self._home, self._size = group, home, size
        [self.port] = free_ports(1)

    def start(self, *, host: str, port: int, login: str, password: str) -> None:
        """Start it in front of a server and return at once; the group's `wait_ready` waits for it."""
        program, account = find_pgbouncer(), unprivileged()
        self._home.mkdir(mode=0o700)
        (self._home / "users").write_text(f'"{login}" "{password}"\n')
        (self._home / "pgbouncer.ini").write_text(self._configuration(host, port))
        if account is not None:  # it refuses to run as root
            for path in (self._home, *self._home.iterdir()):
                os.chown(path, account.uid, account.gid)
        user = (account.uid, account.gid) if account else None
        command = [str(program), str(self._home / "pgbouncer.ini")]
        self._group.start("pgbouncer", command, dict(os.environ), ready=self.answers, user=user, cwd=self._home)

    def answers(self) -> bool:
        """Whether it takes connections."""
        try:
            socket.create_connection((LOOPBACK, self.port), ANSWER_SECONDS).close()
        except OSError:
            return False
        return True

    def _configuration(self, host: str, port: int) -> str:
        return "\n".join([
            "[databases]", f"* = host={host} port={port}",
            "[pgbouncer]", f"listen_addr = {LOOPBACK}", f"listen_port = {self.port}", "unix_socket_dir =",
            "auth_type = scram-sha-256", f"auth_file = {self._home}/users",
            "pool_mode = transaction", f"default_pool_size = {self._size}", "max_client_conn = 200",
        ])  # fmt: skip
