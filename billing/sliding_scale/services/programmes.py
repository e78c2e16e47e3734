"""Saving a programme's bands."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from billing.sliding_scale.models import SlidingScaleBand, SlidingScaleProgramme
from billing.sliding_scale.rules import BadBands, Band, check_bands
from workers.kernel.errors import DomainError, Invalid


class ProgrammeExists(DomainError):
    """Another programme begins on that day for the same people."""

    code = "programme_exists"


class BandsRefused(Invalid):
    """The bands are no scale; `errors` names each field with what is wrong and what to do."""

    code = "bands_refused"


def save(
    *, code: str, employer_id: UUID | None, effective_on: date, bands: Sequence[Band], now: datetime
) -> SlidingScaleProgramme:
    """Save a programme that is in force from a day on, for everybody or one employer's people, and return it.

    Quotes made before keep theirs. Raises BandsRefused, Invalid for a day in the past, ProgrammeExists.
    """
    try:
        check_bands(bands)
    except BadBands as error:
        raise BandsRefused("These bands cannot be a scale.", errors=error.errors) from error
    if effective_on < now.date():
        reason = "A programme begins today or later: quotes of former days were made by others."
        raise Invalid("This day is over.", errors={"effective_on": [reason]})
    programme = SlidingScaleProgramme(code=code, employer_id=employer_id, effective_on=effective_on, created_at=now)
    try:
        with transaction.atomic():
            _insert(programme, bands)
    except IntegrityError as error:
        raise ProgrammeExists("A programme begins on that day for the same people: choose another day.") from error
    return programme


def _insert(programme: SlidingScaleProgramme, bands: Sequence[Band]) -> None:
    """Write it; the database looks for gaps now: at the commit nobody could tell who was at fault."""
    programme.save(force_insert=True)
    SlidingScaleBand.objects.bulk_create(SlidingScaleBand(programme=programme, **asdict(band)) for band in bands)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS programme_has_bands, bands_without_gaps IMMEDIATE")
        cursor.execute("SET CONSTRAINTS programme_has_bands, bands_without_gaps DEFERRED")
