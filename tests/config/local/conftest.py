"""Checkouts for the tests of the local stack."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.config.local.checkout import Checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """A fresh checkout where this user keeps temporary files (for root: where `nobody` may not enter)."""
    made = Checkout(tmp_path / "a project")
    made.fill()
    yield made
    made.clear()


@pytest.fixture
def open_checkout() -> Iterator[Checkout]:
    """A fresh checkout in a folder that everybody may enter."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        made = Checkout(Path(folder))
        made.fill()
        yield made
        made.clear()


@pytest.fixture
def ordinary_checkout(open_checkout: Checkout) -> Checkout:
    """A checkout owned and run by an ordinary user: this one, or `nobody` where this one is root."""
    if os.geteuid() != 0:
        return open_checkout
    open_checkout.user = "nobody"
    open_checkout.environment = {
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "HOME": str(open_checkout.folder),
    }
    open_checkout.python = _python_for("nobody", open_checkout.environment)
    for path in (open_checkout.folder, *open_checkout.folder.rglob("*")):
        shutil.chown(path, "nobody")
    return open_checkout


def _python_for(user: str, environment: dict[str, str]) -> str:
    """Return an interpreter of this version that `user` may run with this virtualenv's packages."""
    for candidate in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        command = [candidate, "-c", "import psycopg"]
        try:
            subprocess.run(command, user=user, extra_groups=[], env=environment, cwd="/", check=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return candidate
    pytest.skip(f"no interpreter that {user} may run with this virtualenv's packages")
