"""Keeping the history of sessions, and writing what became of them."""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

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
UPDATE "referrals_session" AS session SET version = session.version + now.grows, {set}
FROM unnest(%s::int[], {arrays}) AS now (grows, {names}) WHERE session.id = now.id
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


def store(session: Session, *, was: SessionStatus | str, fields: Iterable[str]) -> None:
    """Write fields of a session that is still in the state it was read in. Raises Superseded when it is not."""
    values = {name: getattr(session, name) for name in fields}
    if not Session.objects.filter(pk=session.pk, status=was).update(**values):
        raise Superseded("The session changed meanwhile: read it again.")


def rewrite(sessions: Sequence[Session], *, newer: Collection[UUID]) -> None:
    """Write what replanning changed of sessions, by one statement; some are of a `newer` version then.

    The caller holds their courses' locks.
    """
    if sessions:
        grows = [int(session.pk in newer) for session in sessions]
        columns = [[_plain(name, getattr(session, name)) for session in sessions] for name in _WRITTEN]
        with connection.cursor() as cursor:
            cursor.execute(_REWRITE, [grows, *columns])


def _plain(name: str, value: object) -> object:
    """A value as arrays take it: of one type with the others."""
    if name == "bent":
        return json.dumps(value)
    return str(value) if isinstance(value, StrEnum) else value
