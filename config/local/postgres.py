"""PostgreSQL for one run, from its programs alone: own data folder, free loopback port, passwords only."""

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from config.local.account import Account, unprivileged
from config.local.binaries import Postgres, find_postgres
from config.local.failures import CannotStart
from config.local.ports import LOOPBACK, free_ports
from config.local.processes import Ending, ProcessGroup
from config.local.state import State

SUPERUSER, OWNER, DATABASE = "postgres", "owner", "app"
LEFTOVER_SECONDS = 20.0  # a killed run's server gets this long to end; its leash needs at most 15
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",  # a socket file in /tmp would be one more thing to collide on
    "max_connections": "200",
    "shared_buffers": "128MB",
    "autovacuum_naptime": "15s",  # queue tables turn over faster than the default minute
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_destination": "stderr",
    "logging_collector": "off",
}
FAST_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class PostgresServer:
    """One PostgreSQL server, run by a process group.

    `fast=True` gives up durability for speed and has a data folder of its own, so that tests never touch what a
    demo kept and both can run at once.
    """

    def __init__(self, group: ProcessGroup, state: State, *, fast: bool = False) -> None:
        self._group, self._state, self._fast = group, state, fast
        self._name = "postgres-fast" if fast else "postgres"
        self._superuser_password = state.secret(SUPERUSER)
        self._owner_password = state.secret(OWNER)
        self._lock: IO[str] | None = None
        self.port = 0

    @property
    def owner_url(self) -> str:
        """`postgres://owner:password@127.0.0.1:port/app`: a role that may create roles and databases, no superuser."""
        return self._url(OWNER, self._owner_password, DATABASE)

    def start(self) -> None:
        """Start the server, creating its data first if there is none, and return at once; raises CannotStart."""
        self._lock = self._state.lock(self._name)
        account = unprivileged()
        places = self._places(account)
        programs = find_postgres()
        if account is not None:
            programs = programs.readable_to(account, places)
        data = places[0] / f"{self._name}-{programs.version}"
        if data.exists():
            _wait_for_leftover(data)
        else:
            self._create(programs, data, account)
        [self.port] = free_ports(1)
        settings = SETTINGS | {"port": str(self.port)} | (FAST_SETTINGS if self._fast else {})
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self._group.start(
            "postgres",
            [str(programs.folder / "postgres"), "-D", str(data), *options],
            _environment(),
            ready=self.answers,
            user=(account.uid, account.gid) if account else None,
            ending=Ending(first=signal.SIGINT),  # "fast shutdown"; SIGTERM would wait for clients to leave
            cwd=data.parent,
            echo=False,
        )

    def answers(self) -> bool:
        """Whether the server accepts connections; raises CannotStart when it refuses the kept password."""
        import psycopg  # imported while the server boots

        try:
            psycopg.connect(self._superuser_url(), connect_timeout=2).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                reason = f"PostgreSQL's data and the passwords in {self._state.folder} do not belong together"
                raise CannotStart(f"{reason}: remove that folder and start again.") from error
            return False
        return True

    def ensure_owner(self) -> None:
        """Create the owner's role and database, or set its password to the kept one. The server must answer."""
        import psycopg
        from psycopg import sql

        role, secret, database = (
            sql.Identifier(OWNER),
            sql.Literal(self._owner_password),
            sql.Identifier(DATABASE),
        )
        with psycopg.connect(self._superuser_url(), autocommit=True) as connection:
            if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [OWNER]).rowcount:
                connection.execute(sql.SQL("CREATE ROLE {}").format(role))
            attributes = "ALTER ROLE {} LOGIN CREATEROLE CREATEDB NOSUPERUSER NOBYPASSRLS PASSWORD {}"
            connection.execute(sql.SQL(attributes).format(role, secret))
            if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))

    def release(self) -> None:
        """Let another run use the data folder; the server must have ended."""
        if self._lock is not None:
            self._lock.close()

    def _superuser_url(self) -> str:
        return self._url(SUPERUSER, self._superuser_password, "postgres")

    def _url(self, user: str, password: str, database: str) -> str:
        return f"postgres://{user}:{password}@{LOOPBACK}:{self.port}/{database}"

    def _places(self, account: Account | None) -> list[Path]:
        """Return the folder for data (and, if need be, programs): under `.local/`, else one in the temporary folder
        that `.local/postgres-location` points to.

        Its name has a part of the superuser's password's hash: a new checkout at an old path gets a new folder.
        """
        if account is None or account.may_enter(self._state.folder):
            home = self._state.folder / "pg"
        else:
            key = hashlib.sha256(f"{self._state.folder}\0{self._superuser_password}".encode()).hexdigest()[
                :16
            ]
            home = Path(tempfile.gettempdir()).resolve() / f"local-postgres-{key}"
            (self._state.folder / "postgres-location").write_text(f"{home}\n")
        if account is None:
            home.mkdir(mode=0o700, exist_ok=True)
        else:
            account.make_private(home)
            if not account.may_enter(home):
                raise CannotStart(
                    f"PostgreSQL has to run as `nobody`, who cannot enter {home}: set TMPDIR to a folder that "
                    "everybody may enter, start as an ordinary user, or set DATABASE_URL."
                )
        return [home]

    def _create(self, programs: Postgres, data: Path, account: Account | None) -> None:
        """Run initdb beside `data` and rename, so that an interrupted first run leaves nothing half-made."""
        unfinished = data.with_name(data.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        secret = data.with_name(data.name + ".password")
        secret.unlink(missing_ok=True)
        secret.touch(mode=0o600)
        secret.write_text(self._superuser_password)
        if account is not None:
            os.chown(secret, account.uid, account.gid)
        command = [
            str(programs.folder / "initdb"),
            "-D",
            str(unfinished),
            f"--pwfile={secret}",
            *_initdb_options(programs),
        ]
        try:
            _run_as(account, command, data.parent)
        finally:
            secret.unlink()
        unfinished.rename(data)


def _initdb_options(programs: Postgres) -> list[str]:
    """Text is UTF-8 and sorts by code point everywhere: the operating system's locales have no say."""
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    if programs.version < 17:  # the builtin provider came with PostgreSQL 17
        locale = ["--locale=C.UTF-8"]
    return [
        "--username",
        SUPERUSER,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--no-sync",
        "--no-instructions",
        *locale,
    ]


def _run_as(account: Account | None, command: list[str], cwd: Path) -> None:
    who: dict[str, object] = {}
    if account is not None:
        who = {"user": account.uid, "group": account.gid, "extra_groups": []}
    done = subprocess.run(  # type: ignore[call-overload]  # noqa: S603 - the three arguments above are typed apart
        command, env=_environment(), cwd=cwd, capture_output=True, text=True, check=False, **who
    )
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-3:]
        raise CannotStart(f"PostgreSQL could not create its data under {cwd}: {' '.join(last)}")


def _environment() -> dict[str, str]:
    """A bare environment: the caller's PG… variables and locale must not reach the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _wait_for_leftover(data: Path) -> None:
    """Wait for the server of a killed run to end, and remove its lock file when it names a process that is not ours.

    PostgreSQL itself refuses to start when *any* process has the number in postmaster.pid, which after a restart of
    the machine or container may well be another program's.
    """
    lock = data / "postmaster.pid"
    deadline = time.monotonic() + LEFTOVER_SECONDS
    while (pid := _postmaster(lock)) is not None and _is_postgres(pid):
        if time.monotonic() > deadline:
            raise CannotStart(f"PostgreSQL still runs on {data} as process {pid}: stop it and start again.")
        time.sleep(0.02)
    lock.unlink(missing_ok=True)


def _postmaster(lock: Path) -> int | None:
    with suppress(OSError, ValueError, IndexError):
        return int(lock.read_text().splitlines()[0])
    return None


def _is_postgres(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    said = subprocess.run(["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S607
    return "postgres" in said.stdout
