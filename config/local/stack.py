"""The whole stack on this machine: the servers, the simulators and every process of the project."""

import http.client
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self, TextIO

from config.local.failures import CannotStart
from config.local.ports import LOOPBACK, free_ports, required_port
from config.local.processes import NotReady, ProcessDied
from config.local.servers import Servers
from config.local.state import PROJECT, State

ANSWER_SECONDS = 2.0


@dataclass(frozen=True)
class Process:
    """One row of the tables below.

    `command` is what follows `python -m`; `ready` is a URL that answers 200, or a text in the output, once
    it can be used; "" asks for no wait. `{name}` in both stands for a free port of that name or one of
    `Stack._words`. Where the caller sets the variable `instead_of`, the process is left out.
    """

    name: str
    command: str
    ready: str
    instead_of: str = ""


def _lane(name: str, pool: str) -> Process:
    """A Celery worker for one lane; no gossip and no mingle, for the workers need nothing of each other."""
    command = f"celery -q -A workers.celery worker -Q {name} -n {name}@%h {pool} -l INFO"
    return Process(name, f"{command} --without-gossip --without-mingle", " ready.")


THREADS = "-P threads -c 8"  # lanes that wait for other servers; `domain` computes, so it gets processes
PORTS = ("web", "stripe", "clinics", "smtp", "mailbox")
SIMULATORS = (
    Process(
        "stripe",
        "tests.simulators.stripe --port {stripe} --clock-file {clock} "
        "--webhook-url {base}/webhooks/stripe/ --webhook-secret {webhook_secret}",
        f"http://{LOOPBACK}:{{stripe}}/control/health",
        instead_of="STRIPE_SECRET_KEY",
    ),
    Process(
        "clinics",
        "tests.simulators.clinics --port {clinics} --clock-file {clock}",
        f"http://{LOOPBACK}:{{clinics}}/control/health",
    ),
    Process(
        "mailbox",
        "tests.simulators.mailbox --smtp-port {smtp} --http-port {mailbox}",
        f"http://{LOOPBACK}:{{mailbox}}/control/health",
        instead_of="EMAIL_URL",
    ),
)
PROJECT_PROCESSES = (
    Process(
        "web",
        f"gunicorn config.wsgi --bind {LOOPBACK}:{{web}} --worker-class gthread --workers 1 --threads 4 "
        "--keep-alive 75 --no-control-socket",
        f"http://{LOOPBACK}:{{web}}/healthz",
    ),
    _lane("domain", "-P prefork -c 2"),
    _lane("files", "-P prefork -c 1"),  # its own: an employer's large file takes a minute of whoever has it
    _lane("sweep", "-P prefork -c 1"),  # a worker of its own: timers and lost bells do not wait for a busy lane
    _lane("billing", THREADS),
    _lane("mail", THREADS),
    _lane("webhooks", THREADS),
    # Beat says nothing when it is ready; if it cannot run, it dies and is named.
    Process("beat", "celery -q -A workers.celery beat -s {state}/celerybeat-schedule --pidfile= -l INFO", ""),
)
# manage.py commands, run in this order before the project's processes start
PREPARATIONS = ("provision", "migrate --database owner")


def replaced() -> list[str]:
    """The settings by which the caller brings services of their own in place of simulators."""
    return [process.instead_of for process in SIMULATORS if process.instead_of and process.instead_of in os.environ]


class Stack:
    """Everything up, on an empty database unless data is kept, as a context manager.

    Entering raises CannotStart, and what was started is down again.

    `environment` is what every process was started with. A process that dies later ends the `with` block with
    ProcessDied.
    """

    def __init__(
        self, *, state: State | None = None, echo: TextIO | None = sys.stderr, keep_data: bool = False
    ) -> None:
        """`echo` is the stream of the common log; None leaves it to the files under `.local/logs/`."""
        self._keep_data = keep_data
        self.servers = Servers(state=state, echo=echo)
        self.group = self.servers.group
        self.ports: dict[str, int] = {}
        self.environment: dict[str, str] = {}
        self._cleanup = ExitStack()

    def __enter__(self) -> Self:
        try:
            with ExitStack() as cleanup:
                self._start(cleanup)
                self._cleanup = cleanup.pop_all()
        except (NotReady, ProcessDied) as error:
            raise CannotStart(str(error)) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cleanup.__exit__(kind, error, trace)

    def url(self, name: str) -> str:
        """Return the address of `web`, `stripe`, `clinics` or `mailbox`, without a slash at its end."""
        return f"http://{LOOPBACK}:{self.ports[name]}"

    def wait(self) -> None:
        """Block until Ctrl-C or SIGTERM; raises ProcessDied when a process ends by itself."""
        self.group.wait()

    def _start(self, cleanup: ExitStack) -> None:
        self.ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        if wanted := os.environ.get("PORT"):
            self.ports["web"] = required_port(wanted, "PORT")
        cleanup.enter_context(self.servers)
        if not self._keep_data:
            self.servers.begin_anew()
        self.environment = self._environment()
        shutil.rmtree(self.servers.state.folder / "metrics", ignore_errors=True)  # what a former run counted
        self._launch(SIMULATORS)  # they boot while the database is prepared
        for command in PREPARATIONS:
            words = command.split()
            self.group.run(words[0], [sys.executable, "manage.py", *words], self.environment, cwd=PROJECT)
        self.group.wait_ready()
        self._launch(PROJECT_PROCESSES)
        self.group.wait_ready()
        cleanup.enter_context(self.servers.state.shared(self.environment))

    def _environment(self) -> dict[str, str]:
        """The servers' environment plus the simulators' addresses, where the caller set none."""
        ours = {
            "BASE_URL": self.url("web"),
            "CLINICS_URL": self.url("clinics"),
            "MAILBOX_URL": self.url("mailbox"),
            "EMAIL_URL": f"smtp://{LOOPBACK}:{self.ports['smtp']}",
            "PYTHONUNBUFFERED": "1",
            "PROMETHEUS_MULTIPROC_DIR": str(self.servers.state.folder / "metrics"),
            # Twelve lines from every worker; it speaks of pickled messages, and ours are JSON.
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
        }
        if "STRIPE_SECRET_KEY" not in os.environ:  # one's own key is for Stripe's own server
            ours["STRIPE_API_BASE"] = self.url("stripe")
        return self.servers.environment() | {name: os.environ.get(name, value) for name, value in ours.items()}

    def _words(self) -> dict[str, object]:
        """What the tables' `{…}` stand for."""
        return {
            **self.ports,
            "base": self.environment["BASE_URL"],
            "clock": self.servers.state.clock,
            "webhook_secret": self.environment["STRIPE_WEBHOOK_SECRETS"].partition(",")[0],
            "state": self.servers.state.folder,
        }

    def _launch(self, processes: tuple[Process, ...]) -> None:
        words = self._words()
        for process in processes:
            if process.instead_of in replaced():
                continue
            # Split before filling in: the project's own path may hold a space.
            argv = [word.format(**words) for word in process.command.split()]
            ready = _when(process.ready.format(**words))
            self.group.start(process.name, [sys.executable, "-m", *argv], self.environment, ready=ready, cwd=PROJECT)


def _when(ready: str) -> Callable[[], bool] | str | None:
    return partial(_answers, ready) if ready.startswith("http://") else ready or None


def _answers(url: str) -> bool:
    """Whether a GET is answered with 200; straight to the address, whatever proxy the environment names."""
    host, _, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", f"/{path}")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
