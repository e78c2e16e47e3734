"""What the reader of an address wants: which kinds of e-mail that one may do without."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from workers.emails.catalogue import list_kinds
from workers.emails.models import Unsubscription
from workers.kernel.errors import Invalid


class UnknownKind(Invalid):
    """There is no such kind of e-mail, or it is one that everybody gets."""

    code = "unknown_kind"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A kind of e-mail, and whether the reader gets it; `is_optional`: whether they may do without."""

    kind: str
    title: str
    is_optional: bool
    is_wanted: bool


def list_wishes(address_hash: str, *, language: str) -> list[Wish]:
    """Return the kinds that members get, each with the reader's wish; all are wanted until somebody says otherwise."""
    unwanted = set(Unsubscription.objects.filter(address_hash=address_hash).values_list("kind", flat=True))
    return [
        Wish(
            kind=name,
            title=kind.title.get(language, kind.title["en"]),
            is_optional=kind.is_optional,
            is_wanted=name not in unwanted,
        )
        for name, kind in list_kinds().items()
        if name != "work"
    ]


def unsubscribe(*, address_hash: str, kind: str, now: datetime) -> None:
    """Send no more e-mails of one kind to an address; again changes nothing. Raises UnknownKind."""
    _check([kind])
    row = Unsubscription(address_hash=address_hash, kind=kind, at=now)
    Unsubscription.objects.bulk_create([row], ignore_conflicts=True)


def choose(*, address_hash: str, wanted: Collection[str], now: datetime) -> None:
    """Send these optional kinds to an address and no others. Raises UnknownKind."""
    _check(wanted)
    unwanted = [name for name, kind in list_kinds().items() if kind.is_optional and name not in wanted]
    rows = [Unsubscription(address_hash=address_hash, kind=name, at=now) for name in unwanted]
    with transaction.atomic():
        Unsubscription.objects.filter(address_hash=address_hash, kind__in=list(wanted)).delete()
        Unsubscription.objects.bulk_create(rows, ignore_conflicts=True)


def _check(kinds: Collection[str]) -> None:
    """What everybody gets, a receipt or an invitation, nobody can end."""
    optional = [name for name, kind in list_kinds().items() if kind.is_optional]
    for kind in kinds:
        if kind not in optional:
            raise UnknownKind(f"{kind!a:.40} is none of the optional kinds: {', '.join(optional)}.")
