"""Collecting from an HR system: what it tells becomes a change-set like any other."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec
from django.db import transaction

from benefits.eligibility.models import ChangeSet, Kind
from benefits.eligibility.models.change_sets import GONE
from benefits.eligibility.rules.columns import COLUMNS
from benefits.eligibility.rules.faults import Unreadable
from benefits.eligibility.rules.reading import Reader
from benefits.eligibility.services.hris.connector import Connector, Employment, Individual, NotReadable
from benefits.eligibility.services.staging import stage
from benefits.enrollment.models import Door


def collect(*, connector: Connector, employer_id: UUID, by: UUID, now: datetime) -> tuple[ChangeSet, bool]:
    """Stage what an HR system tells: everybody as a full change-set, or whom its webhooks named as changes.

    Returns the change-set with True; with False the latest one, where the system tells the same again. Who has no
    employment is a row with errors. The caller acts as the employer's HR. Raises NotReadable, and then nothing is kept.
    """
    connector.begin()
    ids, fingerprint = connector.announced(), connector.fingerprint()
    reader = Reader(COLUMNS, {}, today=now.date())
    try:
        with transaction.atomic():
            found = stage(
                employer_id=employer_id,
                door=Door.HRIS,
                kind=Kind.FULL if ids is None else Kind.CHANGES,
                sha256=_in_turn(employer_id, fingerprint),
                rows=reader.rows(_records(connector, ids), first=1),
                by=by,
                now=now,
            )
            if connector.fingerprint() != fingerprint:
                raise NotReadable("The export was replaced while it was read: it is read anew the next time.")
    except Unreadable as error:
        raise NotReadable(str(error)) from None
    connector.taken()
    return found


def _in_turn(employer_id: UUID, fingerprint: str) -> str:
    """The fingerprint of what comes after the latest change-set through this door, which is its own if it tells that.

    A system that goes back to what it told before the latest one is heard: people would stay as that one has them.
    """
    told = ChangeSet.objects.filter(employer_id=employer_id, door=Door.HRIS).exclude(status__in=GONE).order_by("-id")
    latest, former = [*told.only("id", "sha256")[:2], None, None][:2]
    if latest is not None and latest.sha256 == _after(former, fingerprint):
        return latest.sha256
    return _after(latest, fingerprint)


def _after(change_set: ChangeSet | None, fingerprint: str) -> str:
    return sha256(f"{change_set.pk if change_set else ''} {fingerprint}".encode()).hexdigest()


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
