"""The running stack as the story sees it: its addresses, its clock, and how to wait for it."""

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from config.local.failures import StoryBroke
from config.local.stack import Stack
from config.local.state import PROJECT
from config.local.story.narrator import Narrator

PATIENCE = 120  # seconds until a step of the story is given up; a busy machine takes several times as long
GLANCE = 0.03  # seconds between two looks; each costs the web server a few milliseconds
QUEUES = ("jobs", "deliveries", "emails")
TOKEN = re.compile(r"[?&]token=([\w.~-]+)")


@dataclass(frozen=True)
class Moment:
    """The stack's present instant, and when its next timer is due, if any."""

    now: datetime
    next_due: datetime | None


@dataclass
class Stage:
    """The stack, the narrator, and what the chapters leave for one another."""

    stack: Stack
    tell: Narrator
    base_url: str
    clinic_ids: dict[str, str] = field(default_factory=dict)
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30, trust_env=False))

    def wait_until(self, what: str, seen: Callable[[], Any], *, total: float = 1) -> Any:
        """Look until `seen()` is truthy and return it; raises StoryBroke after PATIENCE seconds."""
        until = time.monotonic() + PATIENCE
        with self.tell.progress(what, total) as bar:
            while not (found := seen()):
                if time.monotonic() > until:
                    raise StoryBroke(f"Waited {PATIENCE} s in vain: {what}. {_waiting(self.engine())}.")
                bar.at(0, f"{until - time.monotonic():.0f} s left")
                time.sleep(GLANCE)
        return found

    def engine(self) -> dict[str, Any]:
        """What waits in the engine, as /readyz tells."""
        answer: dict[str, Any] = self.http.get(f"{self.base_url}/readyz").json()
        if answer["faults"]:
            raise StoryBroke(f"The product is not ready: {answer['faults']}")
        engine: dict[str, Any] = answer["engine"]
        return engine

    def settle(self, what: str = "until nothing is due", *, calm: int = 1) -> Moment:
        """Wait until nothing is due `calm` looks in a row (what was sent may be answered); return that moment."""
        quiet = 0

        def long_enough() -> Moment | None:
            nonlocal quiet
            engine = self.engine()
            quiet = quiet + 1 if _is_quiet(engine) and self._clinics_are_done() else 0
            return _moment(engine) if quiet >= calm else None

        moment: Moment = self.wait_until(what, long_enough)
        return moment

    def _clinics_are_done(self) -> bool:
        """Whether the clinics have sent all they have to say by now: what was signed before a move is too old after."""
        answer = self.http.get(f"{self.stack.url('clinics')}/control/health").json()
        return bool(answer["under_way"] == 0)

    def forward(self, by: timedelta) -> None:
        """Move every clock of the stack forward: the product's, the clinics' and Stripe's read one file."""
        path = Path(self.stack.environment["CLOCK_FILE"])
        offset = float(path.read_text() or 0) if path.exists() else 0.0
        draft = path.with_suffix(".new")
        draft.write_text(str(offset + by.total_seconds()))
        draft.replace(path)
        self._sweep()

    def _sweep(self) -> None:
        """Ring the sweep now instead of waiting for beat's next turn, which tells the same half a second later."""
        os.environ.update(self.stack.environment)
        from workers.celery import app

        app.send_task("workers.sweep", queue="sweep")

    def mails(self, *, to: str = "", subject: str = "") -> list[dict[str, Any]]:
        """What the mailbox holds, oldest first."""
        answer = self.http.get(f"{self.stack.url('mailbox')}/messages", params={"to": to, "subject": subject})
        mails: list[dict[str, Any]] = answer.json()
        return mails

    def invitation_of(self, email: str) -> str:
        """Wait for the invitation to an address and return its token."""
        mail = self.wait_until(f"the invitation to {email}", lambda: self.mails(to=email))[0]
        found = TOKEN.search(mail["text"])
        if found is None:
            raise StoryBroke(f"The invitation to {email} holds no link.")
        return found[1]


def _is_quiet(engine: dict[str, Any]) -> bool:
    """Whether nothing is due now or being worked on: what backs off waits for a later hour."""
    queues = [engine[name] for name in QUEUES]
    return not engine["timers_due"] and not any(queue["due"] or queue["leased"] for queue in queues)


def _waiting(engine: dict[str, Any]) -> str:
    """What the engine has to do, in words."""
    queues = [f"{engine[name]['due']} {name} and {engine[name]['leased']} under way" for name in QUEUES]
    return f"Due are {', '.join(queues)}; {engine['timers_due']} timers"


def _moment(engine: dict[str, Any]) -> Moment:
    return Moment(
        now=datetime.fromisoformat(engine["now"].replace("Z", "+00:00")), next_due=_instant(engine["next_timer_at"])
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None


def subjects_of(app: str, template: str) -> tuple[str, ...]:
    """How the subjects of an app's mail templates begin, in every language; `template` may hold `*`."""
    paths = (PROJECT / app / "templates" / app / "mail").glob(f"*/{template}.txt")
    return tuple(path.read_text().partition("\n")[0].partition("{{")[0].strip() for path in paths)
