"""The account PostgreSQL runs as: it refuses to run as root, so root runs it as `nobody`."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from config.local.failures import CannotStart


@dataclass(frozen=True)
class Account:
    """An operating-system account that root may run a program as."""

    uid: int
    gid: int

    def may_enter(self, folder: Path) -> bool:
        """Whether this account can list `folder` and open what is in it."""
        # Asked of the kernel by trying: mode bits alone know nothing of ACLs, mounts and security modules.
        command = ["/bin/sh", "-c", 'test -r "$1" && test -x "$1"', "sh", str(folder)]
        asked = subprocess.run(command, user=self.uid, group=self.gid, extra_groups=[], cwd="/", check=False)
        return asked.returncode == 0

    def make_private(self, folder: Path) -> None:
        """Create `folder` for this account alone; raises CannotStart if somebody else's is in its place."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        if found.st_uid == os.geteuid():
            os.chown(folder, self.uid, self.gid)
        elif found.st_uid != self.uid or folder.is_symlink():
            raise CannotStart(f"{folder} belongs to another user: remove it and start again.")


def unprivileged() -> Account | None:
    """Return the account to run PostgreSQL as: `nobody` for root, None (run directly) for everybody else."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError as error:
        reason = "PostgreSQL refuses to run as root and this system has no user `nobody`"
        raise CannotStart(f"{reason}: start as an ordinary user or set DATABASE_URL.") from error
    return Account(entry.pw_uid, entry.pw_gid)
