"""What the local stack keeps between runs, under `.local/`: secrets, data, logs, and who is using it."""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from config.local.failures import CannotStart

PROJECT = Path(__file__).resolve().parents[2]
ENVIRONMENT = "environment.json"


def password() -> str:
    """Return a new password of letters, digits, `-` and `_` only, so that it needs no quoting in a URL."""
    return secrets.token_urlsafe(24)


def field_keys() -> str:
    """Return a new value for FIELD_KEYS: one 256-bit key called k1."""
    return "k1:" + base64.b64encode(secrets.token_bytes(32)).decode()


class State:
    """The folder `.local/` of one checkout of the project."""

    def __init__(self, folder: Path = PROJECT / ".local") -> None:
        """Create the folder if needed; raises CannotStart if this user may not write to it."""
        self.folder = folder.resolve()
        self.logs = self.folder / "logs"
        self.clock = self.folder / "clock"
        try:
            self.logs.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._not_ours(error) from error
        if not os.access(self.folder, os.W_OK) or not os.access(self.logs, os.W_OK):
            raise self._not_ours(PermissionError("not writable"))

    def secret(self, name: str, make: Callable[[], str] = password) -> str:
        """Return the secret kept under `name`, made on first use; the file is readable by this user only."""
        path = self.folder / "secrets.json"
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise self._not_ours(error) from error
        with os.fdopen(descriptor, "r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # two first runs at once must agree on every secret
            kept = self._parse(file)
            if name not in kept:
                kept[name] = make()
                file.seek(0)
                file.truncate()
                json.dump(kept, file, indent=2)
            return kept[name]

    def claim(self, names: Iterable[str]) -> tuple[str, IO[str]]:
        """Claim the first of `names` that no other run has, until the returned file is closed.

        The claim is the kernel's, so a run that was killed leaves none behind. Raises CannotStart if all are
        taken.
        """
        for name in names:
            file = (self.folder / f"{name}.lock").open("a+")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
                continue
            return name, file
        raise CannotStart(
            f"Another run of this checkout is using the database under {self.folder}: "
            "stop it first, or set DATABASE_URL to another one."
        )

    @contextmanager
    def shared(self, environment: Mapping[str, str]) -> Iterator[None]:
        """Let `environment_of_run` return an environment during the block; the file is readable by this user only."""
        path = self.folder / ENVIRONMENT
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            json.dump({name: value for name, value in environment.items() if os.environ.get(name) != value}, file)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)

    def environment_of_run(self) -> dict[str, str]:
        """Return the environment of what is up in this checkout, beside this process's own. Raises CannotStart."""
        try:
            with (self.folder / ENVIRONMENT).open() as file:
                return os.environ | self._parse(file)
        except FileNotFoundError:
            raise CannotStart("Nothing is up in this checkout: begin with make up.") from None

    def _parse(self, file: IO[str]) -> dict[str, str]:
        text = file.read()
        try:
            kept = json.loads(text or "{}")
        except ValueError:
            kept = None
        if not isinstance(kept, dict) or not all(isinstance(value, str) for value in kept.values()):
            raise CannotStart(f"{file.name} is damaged: remove {self.folder} and start again.")
        return kept

    def _not_ours(self, error: OSError) -> CannotStart:
        return CannotStart(
            f"Cannot write to {self.folder} ({error.strerror or error}): it may belong to another user; "
            "remove it or run as that user."
        )
