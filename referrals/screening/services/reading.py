"""Reading answers, by somebody who is not the member: each read is recorded first, or nothing is read."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from referrals.screening.models import AnswerRead, Screening
from referrals.screening.queries import DisclosedAnswers, disclosed_answers, get_screening
from referrals.screening.rules.reads import ReadReason
from referrals.screening.services.consents import require_screening_consent


def read_by_operator(*, screening_id: UUID, reader_id: UUID, reason: ReadReason, now: datetime) -> Screening:
    """Return a screening for an operator who gave a reason.

    Raises NotFound, and ConsentMissing when the member took the consent to the screening back.
    """
    with transaction.atomic():
        screening = get_screening(screening_id)
        require_screening_consent(member_id=screening.member_id, now=now)
        AnswerRead.objects.create(
            screening=screening,
            member_id=screening.member_id,
            reader_id=reader_id,
            reason=reason,
            with_substance_use=True,
            at=now,
        )
    return screening


def read_by_clinic(
    *, screening_id: UUID, clinic_id: UUID, reader_id: UUID | None, now: datetime
) -> DisclosedAnswers | None:
    """Return what the member's consents let the clinic that accepted read, None for nothing. Raises NotFound.

    The caller acts as a worker and has made sure that this clinic accepted a request with this screening.
    `reader_id` is None when the clinic's system asks.
    """
    with transaction.atomic():
        screening = get_screening(screening_id)
        disclosed = disclosed_answers(screening, now=now)
        if disclosed is not None:
            AnswerRead.objects.create(
                screening=screening,
                member_id=screening.member_id,
                reader_id=reader_id,
                clinic_id=clinic_id,
                reason=ReadReason.TREATMENT,
                with_substance_use=disclosed.disclosure.holds_substance_use,
                at=now,
            )
    return disclosed
