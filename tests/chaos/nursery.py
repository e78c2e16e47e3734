"""python -m tests.chaos.nursery FOLDER: fork processes, and fork them again when they die, as a supervisor would.

`FOLDER/processes.json` is {name: [module, argument, …]}; each is run as `python -m` would run it, in a fork of this
process, which has imported the project already: a restart costs milliseconds instead of a second of the only two cores.
`FOLDER/pids/NAME` holds the process id of each until it is done, which is when it ends with 0; `FOLDER/logs/NAME.log`
what it says.
"""

import gc
import json
import os
import runpy
import signal
import sys
import time
import traceback
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import django

SHORT_LIFE, PAUSE = 1.0, 0.5  # seconds: who dies this young is started a little later
# What the children would import first of all; the first is the project's own pages and APIs.
COMMON = (
    "config.urls",
    "celery.apps.worker",
    "celery.bin.celery",
    "celery.concurrency.prefork",
    "celery.concurrency.thread",
    "celery.worker.components",
    "celery.worker.consumer",
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
    "kombu.transport.redis",
)


class Nursery:
    """The children by process id."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.commands: dict[str, list[str]] = json.loads((folder / "processes.json").read_text())
        self.children: dict[int, tuple[str, float]] = {}
        for name in ("pids", "logs"):
            (folder / name).mkdir(exist_ok=True)

    def run(self) -> None:
        """Start all, and keep them alive until SIGTERM or until all are done."""
        for name in self.commands:
            self._fork(name)
        print("nursery ready.", flush=True)  # noqa: T201 - what the stage waits for
        while self.children:
            pid, status = os.wait()
            name, born = self.children.pop(pid, ("", 0.0))
            if name and status == 0:
                (self.folder / "pids" / name).unlink()
            elif name:
                time.sleep(PAUSE if time.monotonic() - born < SHORT_LIFE else 0)
                self._fork(name)

    def end(self, *_: object) -> NoReturn:
        """Pass SIGTERM on; what does not heed it is killed by the leash."""
        for pid in self.children:
            os.kill(pid, signal.SIGTERM)
        while self.children:
            self.children.pop(os.wait()[0], None)
        os._exit(0)

    def _fork(self, name: str) -> None:
        pid = os.fork()
        if pid == 0:
            self._become(name)
        self.children[pid] = (name, time.monotonic())
        draft = self.folder / "pids" / f".{name}"
        draft.write_text(str(pid))
        draft.replace(self.folder / "pids" / name)

    def _become(self, name: str) -> NoReturn:
        code = 1
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            log = os.open(self.folder / "logs" / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(log, 1)
            os.dup2(log, 2)
            module, *arguments = self.commands[name]
            sys.argv = [module, *arguments]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(code)


def main() -> None:
    """Import what all need, once, and have no child's garbage collector look at it; then fork."""
    nursery = Nursery(Path(sys.argv[1]))
    signal.signal(signal.SIGTERM, nursery.end)
    django.setup()
    for module in COMMON:
        import_module(module)
    gc.collect()
    gc.freeze()
    nursery.run()


if __name__ == "__main__":
    main()
