"""PostgreSQL for one run, from its programs alone: own data, free loopback port, passwords only."""

import signal
import sys
from typing import IO

from config.local import cluster
from config.local.account import unprivileged
from config.local.binaries import find_postgres
from config.local.failures import CannotStart
from config.local.leashing import Ending
from config.local.ports import LOOPBACK, free_ports
from config.local.processes import ProcessGroup
from config.local.state import State

SUPERUSER, OWNER, DATABASE = "postgres", "owner", "app"
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",  # a socket file in /tmp would be one more thing to collide on
    "max_connections": "200",
    "shared_buffers": "128MB",
    "autovacuum_naptime": "15s",  # queue tables turn over faster than the default minute
    "timezone": "UTC",
    "log_timezone": "UTC",
}
if sys.platform == "linux":  # others have no syncfs, and their PostgreSQL would not start
    # After a crash: to sync each of some 5,000 files by itself takes five seconds.
    SETTINGS["recovery_init_sync_method"] = "syncfs"
FAST_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",  # it would hold on to databases that tests copy and drop
}


FAST_NAMES = tuple(f"postgres-fast-{number}" for number in range(1, 9))  # one per test run at the same time


class PostgresServer:
    """One PostgreSQL server, run by a process group.

    `fast=True` gives up durability for speed and has data of its own, so that tests never touch what a demo
    kept, and several test runs and a demo can go on at once.
    """

    def __init__(self, group: ProcessGroup, state: State, *, fast: bool = False) -> None:
        self._group, self._state, self._fast = group, state, fast
        self._superuser_password = state.secret(SUPERUSER)
        self._owner_password = state.secret(OWNER)
        self._lock: IO[str] | None = None
        self.port = 0

    @property
    def owner_url(self) -> str:
        """`postgres://owner:…@127.0.0.1:port/app`: may create roles and databases, but is no superuser."""
        return self._url(OWNER, self._owner_password, DATABASE)

    def start(self) -> None:
        """Start the server, on new data if there is none, and return at once; raises CannotStart."""
        name, self._lock = self._state.claim(FAST_NAMES if self._fast else ("postgres",))
        account = unprivileged()
        home = cluster.home_of(self._state, account, self._superuser_password)
        programs = find_postgres()
        if account is not None:
            programs = programs.readable_to(account, home)
        data = home / f"{name}-{programs.version}"
        if data.exists():
            cluster.free_of_leftovers(data)
        else:
            cluster.create(programs, data, account, SUPERUSER, self._superuser_password)
        [self.port] = free_ports(1)
        self._group.start(
            "postgres",
            [str(programs.folder / "postgres"), "-D", str(data), *self._options()],
            cluster.server_environment(),
            ready=self.answers,
            user=(account.uid, account.gid) if account else None,
            ending=Ending(first=signal.SIGINT),  # "fast shutdown"; SIGTERM would wait for clients to leave
            cwd=home,
            echo=False,
        )

    def answers(self) -> bool:
        """Whether the server accepts connections; raises CannotStart when it refuses the kept password."""
        import psycopg  # here, so that it is imported while the server boots

        try:
            psycopg.connect(self._superuser_url(), connect_timeout=2).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                reason = f"PostgreSQL's data and the passwords in {self._state.folder} do not belong together"
                raise CannotStart(f"{reason}: remove that folder and start again.") from error
            return False
        return True

    def ensure_owner(self) -> None:
        """Create the owner's role and database, or set its password to the kept one.

        The server must answer; raises CannotStart with its reason when it will not do so.
        """
        import psycopg
        from psycopg import sql

        role, database = sql.Identifier(OWNER), sql.Identifier(DATABASE)
        attributes = "ALTER ROLE {} LOGIN CREATEROLE CREATEDB NOSUPERUSER NOBYPASSRLS PASSWORD {}"
        with psycopg.connect(self._superuser_url(), autocommit=True) as connection:
            if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [OWNER]).rowcount:
                connection.execute(sql.SQL("CREATE ROLE {}").format(role))
            connection.execute(sql.SQL(attributes).format(role, sql.Literal(self._owner_password)))
            if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))

    def release(self) -> None:
        """Let another run use the data; the server must have ended."""
        if self._lock is not None:
            self._lock.close()

    def _options(self) -> list[str]:
        settings = SETTINGS | {"port": str(self.port)} | (FAST_SETTINGS if self._fast else {})
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def _superuser_url(self) -> str:
        return self._url(SUPERUSER, self._superuser_password, "postgres")

    def _url(self, user: str, password: str, database: str) -> str:
        return f"postgres://{user}:{password}@{LOOPBACK}:{self.port}/{database}"
