"""What an answer means: for the delivery, and for its endpoint. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from workers.kernel.words import gettext_noop as _

WAITS = [
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
]  # Standard Webhooks 1.0, "Deliverability and reliability"
MAX_ATTEMPTS = len(WAITS) + 1
JITTER = 0.2  # give or take a fifth, so that what failed together does not return together
DISABLE_AFTER = timedelta(days=5)
GONE = 410
THROTTLING = frozenset({429, 502, 503, 504})
MOST_RETRY_AFTER = timedelta(days=1)
BREAKER_FAILURES = 5  # in a row, until nothing but a probe is sent
BREAKER_BASE, BREAKER_LIMIT = timedelta(seconds=30), timedelta(minutes=30)
THROTTLE = timedelta(seconds=10)  # for who throttles without saying how long


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an attempt: a status code, or the class of the error that prevented one.

    `ip` is the address that was connected to; `snippet` begins what was answered. `is_our_fault`: nothing was sent,
    which says nothing about the endpoint.
    """

    status_code: int | None
    error_class: str = ""
    retry_after: timedelta | None = None
    duration_ms: int = 0
    ip: str | None = None
    snippet: str = ""
    is_our_fault: bool = False

    @property
    def is_good(self) -> bool:
        """2xx; a redirect is not followed and fails."""
        return self.status_code is not None and 200 <= self.status_code < 300

    @property
    def is_outage(self) -> bool:
        """The server is not there, or not well: what opens the breaker. A 4xx is an answer to this one message."""
        return self.status_code is None or self.status_code >= 500

    @property
    def reason(self) -> str:
        """Why it failed, in a word."""
        return self.error_class or f"HTTP {self.status_code}"


class Fate(StrEnum):
    """What becomes of a delivery after an attempt."""

    DONE = "done"
    AGAIN = "again"
    DEAD = "dead"


@dataclass(frozen=True, kw_only=True)
class Health:
    """How an endpoint is doing; `gone` is why it is to be disabled now, or nothing."""

    failing_since: datetime | None = None
    failures: int = 0
    breaker_until: datetime | None = None
    gone: str = ""


def fate_of(answer: Answer, *, attempts: int) -> Fate:
    """Return what becomes of a delivery whose `attempts`-th attempt was answered so."""
    if answer.is_good:
        return Fate.DONE
    return Fate.DEAD if answer.status_code == GONE or attempts >= MAX_ATTEMPTS else Fate.AGAIN


def back_off_after(attempts: int) -> timedelta:
    """Return the wait after the given number of attempts, without jitter; the first attempt is immediate."""
    return WAITS[min(attempts, len(WAITS)) - 1]


def wait_after(answer: Answer, *, attempts: int, chance: float) -> timedelta:
    """Return how long a delivery waits for its next attempt; `chance` is uniform in [0, 1]."""
    jittered = back_off_after(attempts) * (1 + JITTER * (2 * chance - 1))
    return max(jittered, answer.retry_after or timedelta())


def health_after(health: Health, answer: Answer, *, now: datetime) -> Health:
    """Return how an endpoint is doing once it has answered so."""
    if answer.is_good:
        return Health()
    since = health.failing_since or now
    is_open = health.breaker_until is not None and health.breaker_until > now  # what was under way counts once
    failures = health.failures + (1 if answer.is_outage and not is_open else 0)
    held = [health.breaker_until, None if is_open else _broken_until(failures, now), _throttled_until(answer, now)]
    until = max((instant for instant in held if instant is not None), default=None)
    return Health(failing_since=since, failures=failures, breaker_until=until, gone=_gone(answer, since, now))


def _broken_until(failures: int, now: datetime) -> datetime | None:
    """Until when nothing is sent after so many failures in a row: 30 s, doubled with each probe that fails."""
    over = failures - BREAKER_FAILURES
    return None if over < 0 else now + min(BREAKER_BASE * 2 ** min(over, 20), BREAKER_LIMIT)


def _throttled_until(answer: Answer, now: datetime) -> datetime | None:
    """Until when nothing is sent because the endpoint asks for time."""
    return now + (answer.retry_after or THROTTLE) if answer.status_code in THROTTLING else None


def _gone(answer: Answer, failing_since: datetime, now: datetime) -> str:
    if answer.status_code == GONE:
        return _("The endpoint answered 410 Gone.")
    return _("Every attempt failed for five days.") if now - failing_since >= DISABLE_AFTER else ""
