"""python -m tests.chaos.tier2.forge HANDLER: die at every step of a handler, recover each time, and print what is left.

One process imports the project, and forks for every crash and for every recovery. Prints one JSON object a crash:
{"at", "died", "acknowledged", "committed", "effects", "open", "told"}.
"""

import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import django
from django.conf import settings

POLL, PATIENCE = 0.02, 10.0  # seconds
LEAP = timedelta(minutes=10)  # past every lease and the first back-offs


class Outside(BaseHTTPRequestHandler):
    """The other systems: each POST is written to a file before it is answered."""

    log: Path

    def do_POST(self) -> None:
        """Note the id under which the message came, and its tag."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        tag = body.get("tag") or body["data"]["tag"]
        with self.log.open("a") as log:
            log.write(json.dumps([tag, self.headers.get("webhook-id", self.path)]) + "\n")
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the output for the results."""


def main() -> None:
    """Crash everywhere and print the results."""
    folder = Path(tempfile.mkdtemp(prefix="crash-points-"))
    Outside.log = folder / "told"
    Outside.log.touch()
    _serve_outside()
    django.setup()
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", folder
    _in_fork(_prepare)
    handler = sys.argv[1]
    every = _in_fork(lambda: _run(handler, "all", ""))["steps"]
    for number, step in enumerate(every):
        result = _crash(handler, f"crash-{number}", step, folder)
        print(json.dumps(result), flush=True)  # noqa: T201 - the result


def _crash(handler: str, tag: str, step: str, folder: Path) -> dict[str, Any]:
    """Die at a step, recover, and look."""
    said = folder / tag
    said.touch()
    died = _in_fork(lambda: _run(handler, tag, step, lambda name: _say(said, name)))
    found = _in_fork(lambda: _recover(handler, tag))
    told = [json.loads(line) for line in Outside.log.read_text().splitlines()]
    mails = [path.read_text() for path in folder.glob("*.log")]
    return {
        "at": step,
        "died": died.get("died", False),
        "acknowledged": sorted(set(said.read_text().split())),
        "told": sorted({message for name, message in told if name.partition(".")[0] == tag}),
        "mails": sorted({line for mail in mails if f"Note {tag}\n" in mail for line in _message_ids(mail, tag)}),
        **found,
    }


def _message_ids(text: str, tag: str) -> list[str]:
    """The Message-IDs of the mails about a tag in a file that may hold several."""
    return [
        line
        for mail in text.split("-" * 79)
        if f"Subject: Note {tag}\n" in mail
        for line in mail.splitlines()
        if line.lower().startswith("message-id:")
    ]


def _run(handler: str, tag: str, at: str, acknowledge: Callable[[str], None] = print) -> dict[str, Any]:
    from tests.chaos.tier2.handlers import HANDLERS  # noqa: PLC0415 - after the set-up
    from tests.chaos.tier2.steps import Steps  # noqa: PLC0415

    steps = Steps(at)
    HANDLERS[handler](tag, acknowledge if at else lambda _: None)
    return {"steps": steps.seen}


def _recover(handler: str, tag: str) -> dict[str, Any]:
    """What any worker does later: sweep and drain, until nothing is open. A sender without an answer sends again."""
    from tests.chaos.tier2.handlers import HANDLERS  # noqa: PLC0415
    from workers.kernel import clock  # noqa: PLC0415

    clock.freeze(clock.now() + LEAP)
    if handler == "receipt":
        HANDLERS[handler](tag, lambda _: None)
    deadline = time.monotonic() + PATIENCE
    while (still_open := _work_and_count()) and time.monotonic() < deadline:
        clock.freeze(clock.now() + LEAP)
        time.sleep(POLL)  # the database has yet to notice that the dead one's connection is gone
    return {"open": still_open, **_read(tag)}


def _work_and_count() -> int:
    from django.db import connection  # noqa: PLC0415

    from tests.chaos.tier2.handlers import work  # noqa: PLC0415
    from workers.kernel.actor import WORKER, acting_as  # noqa: PLC0415

    work()
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM workers_job) + (SELECT count(*) FROM workers_timer)"
            " + (SELECT count(*) FROM workers_open_delivery)"
            " + (SELECT count(*) FROM workers_email WHERE status <> 1)"
        )
        return int(cursor.fetchone()[0])


def _read(tag: str) -> dict[str, Any]:
    """The tags that were announced, as often as they were, and the effects of each, in their order."""
    from django.db import connection  # noqa: PLC0415

    from workers.kernel.actor import WORKER, acting_as  # noqa: PLC0415

    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute(
            "SELECT data->>'tag', consumer FROM workers_event AS event LEFT JOIN chaos_effect AS effect"
            " ON event.id = effect.event_id WHERE data->>'tag' = %s OR data->>'tag' LIKE %s ORDER BY effect.id",
            [tag, f"{tag}.%"],
        )
        effects = [f"{name} {consumer}" for name, consumer in cursor.fetchall()]
        cursor.execute(
            "SELECT data->>'tag' FROM workers_event WHERE data->>'tag' = %s OR data->>'tag' LIKE %s", [tag, f"{tag}.%"]
        )
        committed = Counter(name for (name,) in cursor.fetchall())
    return {"effects": effects, "committed": committed}


def _prepare() -> dict[str, Any]:
    """The run's own tables, and the clinic."""
    from django.db import connections  # noqa: PLC0415

    from tests.chaos.app.models import Effect, Subject  # noqa: PLC0415
    from tests.chaos.tier2.handlers import make_clinic  # noqa: PLC0415

    with connections["owner"].schema_editor() as editor:
        for model in (Subject, Effect):
            editor.create_model(model)
    make_clinic()
    return {}


def _in_fork(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Do something in a process of its own, and return its result; {"died": True} when it died as it was told."""
    from tests.chaos.tier2.steps import DIED  # noqa: PLC0415

    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(writing, json.dumps(work()).encode())
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        text = pipe.read()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code not in (0, DIED):
        raise SystemExit(f"A fork ended with {code}.")
    return {"died": True} if code == DIED else dict(json.loads(text))


def _say(path: Path, name: str) -> None:
    with path.open("a") as file:
        file.write(f"{name}\n")


def _serve_outside() -> None:
    """In a process of its own: this one forks, and has to stay without threads."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Outside)
    os.environ["CHAOS_CLINICS_URL"] = f"http://127.0.0.1:{server.server_port}"
    parent = os.getpid()
    if os.fork() == 0:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        while os.getppid() == parent:
            time.sleep(0.2)
        os._exit(0)
    server.server_close()


if __name__ == "__main__":
    main()
