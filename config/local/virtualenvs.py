"""Virtualenvs of peers, built on demand under `.local/` from requirements/peers/*.txt, by version and hash."""

import subprocess
import sys
import venv
from pathlib import Path

from config.local.failures import CannotStart
from config.local.state import PROJECT, State


def python_of(peer: str, state: State) -> str:
    """Return the interpreter of a peer's virtualenv, made anew when its requirements changed. Raises CannotStart."""
    requirements = PROJECT / "requirements" / "peers" / f"{peer}.txt"
    folder = state.folder / "peers" / peer
    stamp, python = folder / "installed.txt", folder / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != requirements.read_text():
        venv.create(folder, clear=True, with_pip=True)
        _install(python, requirements)
        stamp.write_text(requirements.read_text())
    return str(python)


def _install(python: Path, requirements: Path) -> None:
    sys.stderr.write(f"Installing {requirements.name} (once) …\n")
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    done = subprocess.run([*command, "--no-deps", "-r", str(requirements)], capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise CannotStart(f"{requirements.name} could not be installed: {' '.join(last)}")
