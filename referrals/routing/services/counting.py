"""Keeping count of what clinics are offered and answer."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import connection

from referrals.routing.models import ClinicRecord

_COUNT = """
INSERT INTO referrals_clinicrecord AS record
    (clinic_id, open_offers, offers, acceptances, declines, silences, answer_seconds, last_offered_at)
SELECT clinic_id, number, number, 0, 0, 0, 0, %s::timestamptz
FROM unnest(%s::uuid[], %s::int[]) AS new (clinic_id, number) ORDER BY clinic_id
ON CONFLICT (clinic_id) DO UPDATE SET open_offers = record.open_offers + excluded.open_offers,
    offers = record.offers + excluded.offers, last_offered_at = excluded.last_offered_at
RETURNING clinic_id, open_offers - (SELECT open_slots FROM referrals_clinic WHERE id = clinic_id)
"""
_ANSWERED = """
UPDATE referrals_clinicrecord SET open_offers = open_offers + %s, acceptances = acceptances + %s,
    declines = declines + %s, silences = silences + %s, answer_seconds = answer_seconds + %s
WHERE clinic_id = %s
"""


def count_offers(clinic_ids: Collection[UUID], *, now: datetime) -> dict[UUID, int]:
    """Count offers to clinics, one that is named twice twice, in the order of their ids; the first makes the row.

    Returns how many more than it has places now wait at a clinic, where that is so: others were faster.
    """
    counted = sorted(Counter(clinic_ids).items())
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [now, [one for one, _ in counted], [number for _, number in counted]])
        return {clinic_id: over for clinic_id, over in cursor.fetchall() if over > 0}


def lock_records(clinic_ids: Collection[UUID]) -> None:
    """Lock several clinics' records in the order of their ids, before they are counted on in another order."""
    list(ClinicRecord.objects.select_for_update().filter(pk__in=clinic_ids).order_by("pk").values_list("pk"))


def count_answer(clinic_id: UUID, *, outcome: str, seconds: int, was_silence: bool = False) -> None:
    """Count how an offer that waited ended: acceptances, declines or silences, or "" for one that was taken back.

    `was_silence`: it was counted as silence before, and the answer had come in time.
    """
    is_open, took = 0 if was_silence else -1, seconds if outcome in ("acceptances", "declines") else 0
    accepted, declined, silent = (int(outcome == one) for one in ("acceptances", "declines", "silences"))
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERED, [is_open, accepted, declined, silent - was_silence, took, clinic_id])
