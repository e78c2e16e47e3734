"""Reading letters."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac

from benefits.letters.models import Letter, LetterOrder


def hash_of(code: str) -> str:
    """Return what is kept of a code: a keyed hash, for 54 bits could be tried out by whoever has a plain one."""
    return salted_hmac("benefits.letters.code", code, algorithm="sha256").hexdigest()


def open_letters(*, now: datetime) -> QuerySet[Letter]:
    """Return the letters whose codes still count."""
    return Letter.objects.filter(superseded_at=None, locked_at=None, expires_at__gt=now)


_STATES = {
    "open": lambda now: Q(superseded_at=None, locked_at=None, expires_at__gt=now),
    "locked": lambda now: Q(locked_at__isnull=False, superseded_at=None),
    "expired": lambda now: Q(superseded_at=None, locked_at=None, expires_at__lte=now),
    "superseded": lambda now: Q(superseded_at__isnull=False),
}
STATES = tuple(_STATES)


def list_letters(*, state: str, employer_id: UUID | None, now: datetime) -> QuerySet[Letter]:
    """Return letters of a state ("" for all), of one employer or all; operators only."""
    letters = Letter.objects.filter(_STATES[state](now)) if state else Letter.objects.all()
    return letters.filter(employer_id=employer_id) if employer_id else letters


def state_of(letter: Letter, *, now: datetime) -> str:
    """Return one of STATES."""
    if letter.superseded_at is not None:
        return "superseded"
    if letter.locked_at is not None:
        return "locked"
    return "open" if letter.expires_at > now else "expired"


def orders(*, employer_id: UUID | None) -> QuerySet[LetterOrder]:
    """Return what was ordered and not printed yet, in the order of asking."""
    waiting = LetterOrder.objects.filter(printed_at=None).order_by("ordered_at", "id")
    return waiting.filter(employer_id=employer_id) if employer_id else waiting
