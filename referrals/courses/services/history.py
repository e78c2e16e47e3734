"""Keeping the history of sessions, and writing what became of them."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection

from referrals.courses.models import Session, SessionStep
from referrals.courses.rules import SessionStatus, What, Who
from referrals.courses.services.refusals import Superseded

# What replanning may write, with the type of each column.
_WRITTEN = {
    "id": "uuid",
    "status": "text",
    "starts_at": "timestamptz",
    "ends_at": "timestamptz",
    "window_opens_at": "timestamptz",
    "window_closes_at": "timestamptz",
    "generation": "int",
    "agreed_at": "timestamptz",
    "agreed_after": "timestamptz",
    "suggested_starts_at": "timestamptz",
    "suggested_because": "text",
    "bent": "jsonb",
    "problem": "text",
}
_REWRITE = """
UPDATE "referrals_session" AS session SET {set} FROM unnest({arrays}) AS now ({names}) WHERE session.id = now.id
""".format(
    set=", ".join(f"{name} = now.{name}" for name in _WRITTEN if name != "id"),
    arrays=", ".join(f"%s::{kind}[]" for kind in _WRITTEN.values()),
    names=", ".join(_WRITTEN),
)


def note(
    session: Session, what: What, *, who: Who, now: datetime, because: str = "", starts_at: datetime | None = None
) -> SessionStep:
    """Return the step, not saved: who did what to a session, as it stands after it."""
    return SessionStep(
        session=session,
        member_id=session.member_id,
        clinic_id=session.clinic_id,
        what=what,
        status=session.status,
        starts_at=starts_at or session.starts_at,
        at=now,
        by=who.party,
        by_id=who.user_id,
        channel=who.channel,
        because=because,
    )


def keep(steps: Iterable[SessionStep]) -> None:
    """Store steps."""
    SessionStep.objects.bulk_create(steps)


def store(session: Session, *, was: SessionStatus | str, fields: Iterable[str]) -> None:
    """Write fields of a session that is still in the state it was read in. Raises Superseded when it is not."""
    values = {name: getattr(session, name) for name in fields}
    if not Session.objects.filter(pk=session.pk, status=was).update(**values):
        raise Superseded("The session changed meanwhile: read it again.")


def rewrite(sessions: Sequence[Session]) -> None:
    """Write what replanning changed of sessions, by one statement. The caller holds their courses' locks."""
    if not sessions:
        return
    columns = [[_written(session, name) for session in sessions] for name in _WRITTEN]
    with connection.cursor() as cursor:
        cursor.execute(_REWRITE, columns)


def _written(session: Session, name: str) -> object:
    value = getattr(session, name)
    return json.dumps(value) if name == "bent" else value
