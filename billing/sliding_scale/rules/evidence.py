"""How long a member's word counts, and when it has to be given anew.

    provisional ── evidence confirmed ──► documented ── a year since declared ──► expired
        │
        └── evidence_due_at passes, and nothing was sent in ──► lapsed

Nothing of this is stored: whoever reads compares times.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

TIME_TO_DOCUMENT = timedelta(days=30)  # docs/facts.md, Money: self-attestation with 30 days to document
RECERTIFY_AFTER = timedelta(days=365)  # an income is asked for anew each year, as the guidelines are
MOST_BYTES = 5 * 1024**2  # of an uploaded file: a photograph of a page, or a tax return as PDF
# How such files begin (ISO 32000-1 7.5.2, ITU-T T.81 annex B, ISO/IEC 15948 5.2); their names are not believed.
_BEGINNINGS = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


class Standing(StrEnum):
    """What a declaration is worth now; the first two give a discount."""

    PROVISIONAL = "provisional"
    DOCUMENTED = "documented"
    LAPSED = "lapsed"
    EXPIRED = "expired"


def standing_of(
    *,
    is_documented: bool,
    evidence_due_at: datetime,
    evidence_sent_at: datetime | None,
    valid_until: datetime,
    now: datetime,
) -> Standing:
    """Return what a declaration is worth at an instant.

    Evidence that was sent in time keeps the discount until somebody has looked at it: the member has done their part.
    """
    if valid_until <= now:
        return Standing.EXPIRED
    if is_documented:
        return Standing.DOCUMENTED
    is_due = evidence_due_at <= now and evidence_sent_at is None
    return Standing.LAPSED if is_due else Standing.PROVISIONAL


def media_type_of(content: bytes) -> str | None:
    """Return what a file is by how it begins, or None where it is none that is taken as evidence."""
    return next((kind for beginning, kind in _BEGINNINGS.items() if content.startswith(beginning)), None)


def evidence_due(undocumented: Iterable[datetime], now: datetime) -> datetime:
    """Return when evidence of a new declaration is due, given when it was due of the earlier ones.

    A member has one time to document and not one per declaration: to declare again does not begin it anew.
    """
    return min([*undocumented, now + TIME_TO_DOCUMENT])
