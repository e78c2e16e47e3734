"""An agreed price goes over to the session that comes in place of one that did not take place."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import UUID

from billing.quotes.rules.waterfall import Line

Chain = Mapping[UUID, UUID | None]  # each session of a course, and the one that it makes up for


def carried_over(lines: Iterable[Line], makes_up: Chain, *, missed: frozenset[UUID]) -> list[Line]:
    """Return the lines of an agreed price, each for the session that it pays for today.

    A line whose session was missed is the line of the one that makes up for it, and so on when that was missed too;
    unless the other has a line of its own. Amounts stay as they were agreed.
    """
    known = list(lines)
    priced = {line.session_id for line in known}
    instead = {former: session for session, former in makes_up.items() if former in missed and session not in priced}
    return [replace(line, session_id=_last(line.session_id, instead)) for line in known]


def _last(session_id: UUID, instead: Mapping[UUID, UUID]) -> UUID:
    while session_id in instead:
        session_id = instead[session_id]
    return session_id
