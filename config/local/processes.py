"""A group of child processes: started on leashes, shown in one log, ended together."""

import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Self, TextIO

from config.local.leashing import ORDINARY, Ending, leash_command

POLL_SECONDS = 0.02
STARTING_SECONDS = 60.0
COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)  # ANSI foreground colours
ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class ProcessDied(Exception):
    """A process ended by itself; the message names it, its exit code and its last lines."""

    def __init__(self, name: str, code: int, last_lines: Sequence[str]) -> None:
        self.name, self.code, self.last_lines = name, code, tuple(last_lines)
        super().__init__(_with_last_lines(f"{name!r} ended unexpectedly with exit code {code}.", last_lines))


class NotReady(Exception):
    """A process runs but did not become ready in time; the message names it and its last lines."""


def _with_last_lines(sentence: str, lines: Iterable[str]) -> str:
    return "\n    ".join([sentence, *lines])


@dataclass(eq=False)
class Child:
    """A running command: `hold` is our end of its leash, `stage` the number of its batch."""

    name: str
    leash: subprocess.Popen[bytes]
    hold: int
    stage: int
    colour: int
    echo: bool
    once: bool
    ready: Callable[[], bool] | str | None
    said_ready: threading.Event = field(default_factory=threading.Event)
    recent: deque[str] = field(default_factory=lambda: deque(maxlen=12))
    released: bool = False
    reader: threading.Thread | None = None

    def is_ready(self) -> bool:
        """Whether its `ready` answers true or, if a text, was seen in its output."""
        return self.said_ready.is_set() if isinstance(self.ready, str) else self.ready is None or self.ready()

    def release(self) -> None:
        """Let go of the leash, which ends the command; returns at once. Safe to call twice."""
        if not self.released:
            self.released = True
            os.close(self.hold)

    def join(self) -> None:
        """Wait until the command and all its descendants have ended and their output is logged."""
        self.leash.wait()
        if self.reader is not None:
            self.reader.join()


class ProcessGroup:
    """Starts commands and takes all of them down with it: on leaving the `with` block, on Ctrl-C, SIGTERM and
    SIGHUP, when one of them dies unexpectedly, and (through the leash) when this very process is killed.

    Commands started between two calls of `wait_ready` form a stage; stages end in reverse order.
    """

    def __init__(self, logs: Path, *, echo: TextIO | None = None) -> None:
        """`logs` is the folder for `<name>.log`; `echo` the stream of the common log, None for files only."""
        self.failure: ProcessDied | None = None
        self._logs, self._echo = logs, echo
        self._children: dict[str, Child] = {}
        self._stage = 0
        self._printing = threading.Lock()
        self._previous: dict[signal.Signals, Callable[[int, FrameType | None], object] | int | None] = {}
        self._colours = echo is not None and echo.isatty()

    def __enter__(self) -> Self:
        for number in ENDING_SIGNALS:
            self._previous[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        numbers = (signal.SIGINT, *ENDING_SIGNALS)
        previous = {number: signal.signal(number, signal.SIG_IGN) for number in numbers} | self._previous
        self.stop_all()
        for number, handler in previous.items():
            signal.signal(number, handler)
        if self.failure is not None and error is not self.failure:
            raise self.failure from None

    def show(self, echo: TextIO) -> None:
        """From now on write the common log to `echo`."""
        self._echo, self._colours = echo, echo.isatty()

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    def start(
        self,
        name: str,
        argv: Sequence[str],
        env: Mapping[str, str],
        *,
        ready: Callable[[], bool] | str | None = None,
        user: tuple[int, int] | None = None,
        ending: Ending = ORDINARY,
        stdin: int = subprocess.DEVNULL,
        cwd: Path | None = None,
        echo: bool = True,
        once: bool = False,
    ) -> Child:
        """Start `argv` with exactly `env` and return at once; `wait_ready` waits for it.

        `ready` is a function that becomes true, or a text that appears in the output, once it can be used.
        `user` is a (uid, gid) to run as, for root only. `echo=False` keeps its lines out of the common log;
        `once=True` lets it end by itself.
        """
        held, hold = os.pipe()
        command = [*leash_command(held, ending, user), "--", *argv]
        leash = subprocess.Popen(
            command, env=dict(env), cwd=cwd, pass_fds=[held], stdin=stdin,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        os.close(held)
        colour = COLOURS[len(self._children) % len(COLOURS)]
        child = Child(name, leash, hold, self._stage, colour, echo, once, ready)
        self._children[name] = child
        child.reader = threading.Thread(
            target=self._read, args=[child, leash.stdout], name=f"log of {name}", daemon=True
        )
        child.reader.start()
        return child

    def run(self, name: str, argv: Sequence[str], env: Mapping[str, str], *, cwd: Path | None = None) -> None:
        """Run a command that ends by itself; raises ProcessDied if its exit code is not 0."""
        child = self.start(name, argv, env, cwd=cwd, once=True)
        child.join()
        child.release()
        del self._children[name]
        if code := child.leash.returncode:
            raise ProcessDied(name, code, child.recent)

    def wait_ready(self, seconds: float = STARTING_SECONDS) -> None:
        """Wait until everything started so far is ready; raises ProcessDied or NotReady."""
        deadline = time.monotonic() + seconds
        waiting = list(self._children.values())
        while waiting := [child for child in waiting if not child.is_ready()]:
            self.check()
            if time.monotonic() > deadline:
                raise NotReady(_with_last_lines(f"{waiting[0].name!r} was not ready in time.", waiting[0].recent))
            time.sleep(POLL_SECONDS)
        for child in self._children.values():
            child.ready = None
        self._stage += 1

    def check(self) -> None:
        """Raise ProcessDied if a process has ended by itself."""
        if self.failure is not None:
            raise self.failure

    def wait(self) -> None:
        """Block until a signal comes or a process ends by itself (ProcessDied)."""
        while True:
            self.check()
            time.sleep(1)

    def pid(self, name: str) -> int:
        """The process id of the leash of `name`; its only child is the command."""
        return self._children[name].leash.pid

    def stop(self, name: str) -> None:
        """End one process and wait for its end; its name may be started again."""
        child = self._children.pop(name)
        child.release()
        child.join()

    def stop_all(self) -> None:
        """End everything, the last stage first; the processes of one stage end at the same time."""
        while self._children:
            stage = max(child.stage for child in self._children.values())
            ending = [child for child in self._children.values() if child.stage == stage]
            for child in ending:
                child.release()
            for child in ending:
                child.join()
                del self._children[child.name]

    def _read(self, child: Child, output: IO[bytes]) -> None:
        """Copy a child's output to the logs until it ends; runs in a thread of its own."""
        self._logs.mkdir(parents=True, exist_ok=True)
        with (self._logs / f"{child.name}.log").open("w") as log, output:
            for raw in output:
                line = raw.decode(errors="replace").rstrip()
                child.recent.append(line)
                if isinstance(child.ready, str) and child.ready in line:
                    child.said_ready.set()
                log.write(f"{time.strftime('%H:%M:%S')} {line}\n")
                log.flush()
                if child.echo:
                    self._print(child, line)
        code = child.leash.wait()
        if not (child.released or child.once) and self.failure is None:
            self.failure = ProcessDied(child.name, code, tuple(child.recent))
            # The main thread may be anywhere, in a story or asleep: only a signal reaches it.
            os.kill(os.getpid(), signal.SIGTERM)

    def _print(self, child: Child, line: str) -> None:
        if self._echo is None:
            return
        name = f"{child.name:<10}"
        if self._colours:
            name = f"\x1b[{child.colour}m{name}\x1b[0m"
        with self._printing:
            print(f"{time.strftime('%H:%M:%S')} {name} | {line}", file=self._echo, flush=True)
