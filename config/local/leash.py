"""Runs one command that never outlives whoever holds the other end of a pipe.

    python -m config.local.leash [--hold FD] [--signal N] [--grace S] [--user U:G] [--terminal] -- command…

When the pipe at FD (default: stdin) ends, because it was closed or because its holder was killed, the
command gets the signal; once it has ended, or the grace is over, everything it left behind is killed. The
exit code is the command's own, or 128 + signal. Standard library only, so that it starts in milliseconds.
"""

import argparse
import ctypes
import os
import select
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h
# Those that Python itself or Leash changes; exec would pass on an ignored one.
RESET_SIGNALS = (
    signal.SIGCHLD,
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGPIPE,
    signal.SIGTERM,
    signal.SIGXFSZ,
)
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


class Leash:
    """One command and all its descendants."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.status: int | None = None
        self.childless = False
        self.released = False
        self._wake, wake_end = os.pipe()
        os.set_blocking(wake_end, False)
        signal.set_wakeup_fd(wake_end)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._release)
        os.set_inheritable(options.hold, False)

    def run(self) -> int:
        """Start the command, wait for its end or the pipe's, clear up, and return the exit code."""
        if _prctl is not None:
            # Orphaned grandchildren become our children. A process group would miss those that open a
            # session of their own, as every PostgreSQL backend does.
            _prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        if not self.options.terminal:
            os.setsid()
        # Between fork and exec the child has our handlers, which would swallow an early signal.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        self.leader = os.fork()
        if self.leader == 0:
            self._become_command()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.valid_signals())
        while self.status is None and not self.released:
            self._wait(None)
        if self.status is None:
            self._ask_to_end()
        self._kill_the_rest()
        status = self.status if self.status is not None else -signal.SIGKILL
        return status if status >= 0 else 128 - status

    def _release(self, *_: object) -> None:
        self.released = True

    def _become_command(self) -> NoReturn:
        options = self.options
        try:
            for number in RESET_SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.valid_signals())
            if not options.terminal:
                os.setpgid(0, 0)
            if options.hold == 0:
                os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            if options.user:
                uid, gid = map(int, options.user.split(":"))
                os.setgroups([])
                os.setgid(gid)
                os.setuid(uid)
            if _prctl is not None:  # after setuid, which clears it
                _prctl(PR_SET_PDEATHSIG, options.signal, 0, 0, 0)
            os.execvp(options.command[0], options.command)  # noqa: S606 - what the leash is for
        except OSError as error:
            print(f"cannot run {options.command[0]}: {error.strerror}", file=sys.stderr, flush=True)
        os._exit(127)

    def _wait(self, seconds: float | None) -> None:
        """Sleep until a child ends, a signal comes or the pipe ends, at most `seconds`."""
        watched = [self._wake] if self.released else [self._wake, self.options.hold]
        ready, _, _ = select.select(watched, [], [], seconds)
        if self._wake in ready:
            os.read(self._wake, 4096)
        if self.options.hold in ready and not os.read(self.options.hold, 4096):
            self.released = True
        self._reap()

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                self.childless = True
                return
            if pid == 0:
                return
            if pid == self.leader:
                self.status = os.waitstatus_to_exitcode(status)

    def _ask_to_end(self) -> None:
        """Signal the leader alone: a pool whose members are told as well reports them as crashed."""
        with suppress(ProcessLookupError):
            os.kill(self.leader, self.options.signal)
        deadline = time.monotonic() + self.options.grace
        while self.status is None and (left := deadline - time.monotonic()) > 0:
            self._wait(left)

    def _kill_the_rest(self) -> None:
        self._reap()
        deadline = time.monotonic() + 5
        while not self.childless and time.monotonic() < deadline:
            for pid in self._children():
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            self.released = True
            self._wait(0.02)
        if _prctl is None and not self.options.terminal:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.leader, signal.SIGKILL)

    def _children(self) -> list[int]:
        """Our direct children; killing them hands us theirs. Without /proc only the leader is known."""
        if _prctl is None:
            return [self.leader]
        return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _parent(entry) == os.getpid()]


def _parent(entry: Path) -> int:
    try:
        # proc(5): "pid (name) state ppid …"; the name may itself hold spaces and brackets.
        return int((entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="leash", description="Run a command that ends when a pipe ends.")
    parser.add_argument("--hold", type=int, default=0, metavar="FD", help="read end of the pipe (default: stdin)")
    parser.add_argument("--signal", type=int, default=int(signal.SIGTERM), help="sent first (default: SIGTERM)")
    parser.add_argument("--grace", type=float, default=10.0, help="seconds until the rest is killed")
    parser.add_argument("--user", metavar="UID:GID", help="account the command runs as")
    parser.add_argument("--terminal", action="store_true", help="leave the command in the caller's session")
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(Leash(_options()).run())
