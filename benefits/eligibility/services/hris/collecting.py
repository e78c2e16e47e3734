"""Collecting from an HR system: what it tells becomes a change-set like any other."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import msgspec

from benefits.eligibility.models import ChangeSet, Kind
from benefits.eligibility.rules.columns import COLUMNS
from benefits.eligibility.rules.faults import Unreadable
from benefits.eligibility.rules.reading import Reader
from benefits.eligibility.services.hris.connector import Connector, Employment, Individual, NotReadable
from benefits.eligibility.services.staging import stage
from benefits.enrollment.models import Door


def collect(*, connector: Connector, employer_id: UUID, by: UUID, now: datetime) -> tuple[ChangeSet, bool]:
    """Stage what an HR system tells: everybody as a full change-set, or whom its webhooks named as changes.

    Returns the change-set with True, a known one's with False. Who has no employment is a row with errors. The caller
    acts as the employer's HR. Raises NotReadable, and then nothing is kept.
    """
    ids = connector.announced()
    reader = Reader(COLUMNS, {}, today=now.date())
    try:
        found = stage(
            employer_id=employer_id,
            door=Door.HRIS,
            kind=Kind.FULL if ids is None else Kind.CHANGES,
            sha256=connector.fingerprint(),
            rows=reader.rows(_records(connector, ids), first=1),
            by=by,
            now=now,
        )
    except Unreadable as error:
        raise NotReadable(str(error)) from None
    connector.taken()
    return found


def _records(connector: Connector, ids: frozenset[str] | None) -> Iterator[list[str]]:
    employments = {one.individual_id: one for one in connector.employments(ids)}
    for individual in connector.individuals(ids):
        cells = _cells(individual, employments.get(individual.id))
        yield [cells.get(column, "") for column in COLUMNS]


def _cells(individual: Individual, employment: Employment | None) -> dict[str, str]:
    """A row of a census; a job that is missing leaves its cells empty, which is an error that names them."""
    return {
        **msgspec.structs.asdict(individual),
        **({} if employment is None else msgspec.structs.asdict(employment)),
        "employee_number": individual.id,
    }
