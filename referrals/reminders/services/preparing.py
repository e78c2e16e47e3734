"""What a clinic asks for before a dosing, and what the member ticks and writes down for themselves."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from referrals.clinics.queries import get_clinic
from referrals.reminders.models import ClinicPreparation, PreparationList
from referrals.reminders.queries import get_dosing_ahead
from referrals.reminders.rules import MOST_LETTERS, PREPARATION
from workers.kernel.errors import Invalid


def set_fasting(
    *, clinic_id: UUID, food_hours: int | None, drink_hours: int | None, now: datetime
) -> ClinicPreparation:
    """Store how many hours (0 to 24) before a dosing nothing is eaten or drunk; None: the clinic tells it by itself.

    Raises NotFound, also for a clinic that the actor may not see.
    """
    get_clinic(clinic_id)
    row = ClinicPreparation(
        clinic_id=clinic_id, fasting_food_hours=food_hours, fasting_drink_hours=drink_hours, changed_at=now
    )
    ClinicPreparation.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["clinic_id"],
        update_fields=["fasting_food_hours", "fasting_drink_hours", "changed_at"],
    )
    return row


def keep_list(*, session_id: UUID, ticks: Collection[str], intentions: str, now: datetime) -> PreparationList:
    """Keep what the acting member ticked and wrote down before a dosing that has not begun, in place of what was there.

    Raises NotFound, and Invalid for what is no item of the list, or too long.
    """
    if not set(ticks) <= set(PREPARATION) or len(intentions) > MOST_LETTERS:
        raise Invalid(f"Ticks are some of {', '.join(PREPARATION)}; intentions have {MOST_LETTERS} letters at most.")
    session = get_dosing_ahead(session_id, now=now)
    row = PreparationList(
        session_id=session.pk,
        member_id=session.member_id,
        clinic_id=session.clinic_id,
        kept={"ticks": [item for item in PREPARATION if item in ticks], "intentions": intentions},
        changed_at=now,
    )
    PreparationList.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["session_id"], update_fields=["kept", "changed_at"]
    )
    return row


def forget_lists(*, member_id: UUID) -> None:
    """Delete every list of the acting member's, who closes their account."""
    PreparationList.objects.filter(member_id=member_id).delete()
