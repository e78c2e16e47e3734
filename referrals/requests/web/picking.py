"""The clinics that a member chose, in their order: ids that the pages hand on to each other."""

from collections.abc import Sequence
from uuid import UUID

from django.http import QueryDict

from referrals.clinics.models import Clinic
from referrals.requests.forms import MOST_PICKS


def ids_of(told: QueryDict) -> list[UUID]:
    """Return the ids in `clinic`, each once; what is none is left out."""
    found = [_id(text) for text in told.getlist("clinic")[: 2 * MOST_PICKS]]
    return list(dict.fromkeys(one for one in found if one is not None))[:MOST_PICKS]


def picked(ids: Sequence[UUID]) -> list[Clinic]:
    """Return the clinics of these ids in their order; what is in the directory no more is left out."""
    if not ids:
        return []
    known = Clinic.objects.in_bulk(ids)
    return [known[one] for one in ids if one in known]


def reordered(ids: Sequence[UUID], *, up: str, drop: str) -> list[UUID]:
    """Return the ids with one of them further up, or without one."""
    kept = [one for one in ids if str(one) != drop]
    place = next((place for place, one in enumerate(kept) if str(one) == up), 0)
    if place:
        kept[place - 1], kept[place] = kept[place], kept[place - 1]
    return kept


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
