"""PostgreSQL's data folder: where it lives, how it is made, and how it is freed after a kill."""

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from config.local.account import Account
from config.local.binaries import Postgres
from config.local.failures import CannotStart
from config.local.state import State

LEFTOVER_SECONDS = 20.0  # a killed run's server gets this long to end; its leash needs at most 15


def home_of(state: State, account: Account | None, secret: str) -> Path:
    """Return the folder for data and copied programs: under `.local/`, else one in the temporary folder.

    The latter is for root in a place `nobody` cannot reach; `.local/postgres-location` points to it. Its name
    depends on `secret`, so that a new checkout at an old path gets a new folder. Raises CannotStart.
    """
    if account is None:
        home = state.folder / "pg"
        home.mkdir(mode=0o700, exist_ok=True)
        return home
    if account.may_enter(state.folder):
        home = state.folder / "pg"
    else:
        key = hashlib.sha256(f"{state.folder}\0{secret}".encode()).hexdigest()[:16]
        home = Path(tempfile.gettempdir()).resolve() / f"local-postgres-{key}"
        (state.folder / "postgres-location").write_text(f"{home}\n")
    account.make_private(home)
    if not account.may_enter(home):
        raise CannotStart(
            f"PostgreSQL has to run as `nobody`, who cannot enter {home}: set TMPDIR to a folder that "
            "everybody may enter, start as an ordinary user, or set DATABASE_URL."
        )
    return home


def create(programs: Postgres, data: Path, account: Account | None, superuser: str, secret: str) -> None:
    """Run initdb beside `data` and rename, so that an interrupted first run leaves nothing half-made.

    Raises CannotStart with initdb's own last words.
    """
    unfinished = data.with_name(data.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    password_file = data.with_name(data.name + ".password")
    password_file.unlink(missing_ok=True)
    password_file.touch(mode=0o600)
    password_file.write_text(secret)
    if account is not None:
        os.chown(password_file, account.uid, account.gid)
    options = ["-D", str(unfinished), "--username", superuser, f"--pwfile={password_file}"]
    try:
        _run_as(account, [str(programs.folder / "initdb"), *options, *_fixed_options(programs)], data.parent)
    finally:
        password_file.unlink()
    unfinished.rename(data)


def server_environment() -> dict[str, str]:
    """Return a bare environment: the caller's PG… variables and locale must not reach the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def free_of_leftovers(data: Path) -> None:
    """Wait until the server of a killed run has ended; raises CannotStart if it does not.

    PostgreSQL refuses to start when *any* process has the number in postmaster.pid. After a restart of the
    machine or container that may well be another program's; only then is the file removed here, for it also
    names the shared memory by which PostgreSQL itself notices backends that outlived their postmaster.
    """
    lock = data / "postmaster.pid"
    deadline = time.monotonic() + LEFTOVER_SECONDS
    while (lines := _lines(lock)) and (_is_postgres(lines[0]) or _is_attached(lines)):
        if time.monotonic() > deadline:
            raise CannotStart(f"PostgreSQL still runs on {data} as process {lines[0]}: end it and start again.")
        time.sleep(0.02)
    if lines and _command_of(lines[0]):
        lock.unlink(missing_ok=True)


def _fixed_options(programs: Postgres) -> list[str]:
    """Text is UTF-8 and sorts by code point everywhere: the operating system's locales have no say."""
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    if programs.version < 17:  # the builtin provider came with PostgreSQL 17
        locale = ["--locale=C.UTF-8"]
    return ["--auth=scram-sha-256", "--encoding=UTF8", "--no-sync", "--no-instructions", *locale]


def _run_as(account: Account | None, command: list[str], cwd: Path) -> None:
    done = subprocess.run(
        command,
        env=server_environment(),
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-3:]
        raise CannotStart(f"PostgreSQL could not create its data under {cwd}: {' '.join(last)}")


def _lines(lock: Path) -> list[str]:
    """The lines of postmaster.pid: process, data, start, port, socket, address, shared memory, state."""
    with suppress(OSError):
        return lock.read_text().splitlines()
    return []


def _is_postgres(pid: str) -> bool:
    return "postgres" in _command_of(pid)


def _command_of(pid: str) -> str:
    """Return the name of a process's program, "" if there is no such process."""
    if Path("/proc/self/comm").exists():
        with suppress(OSError):
            return Path("/proc", pid, "comm").read_text().strip()
        return ""
    asked = ["/bin/ps", "-o", "comm=", "-p", pid]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()


def _is_attached(lines: list[str]) -> bool:
    """Whether a process still uses a dead postmaster's shared memory (elsewhere than on Linux: unknown)."""
    with suppress(OSError, IndexError):
        segment = lines[6].split()[1]
        rows = [row.split() for row in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]
        return any(row[1] == segment and int(row[6]) > 0 for row in rows)
    return False
