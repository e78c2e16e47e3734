"""Calling those whose answer was urgent: a work item, a mail that says no word of health, and who took it up."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from benefits import facade as benefits
from referrals.events import AttentionNeeded
from referrals.screening.models import UrgentCase
from workers.emails.queueing import queue_email
from workers.kernel.errors import NotFound
from workers.outbox.publishing import publish


def raise_case(*, case_id: UUID, member_id: UUID, now: datetime) -> None:
    """Put a member on the operators' list, in the caller's transaction; again for the same id does nothing."""
    case = UrgentCase(pk=case_id, member_id=member_id, raised_at=now)
    try:
        with transaction.atomic():
            case.save(force_insert=True)
    except IntegrityError:
        return
    publish(AttentionNeeded(case_id=case.pk, member_id=member_id), about=case, now=now)


def alert_operators(*, case_id: UUID, now: datetime, alarm: int = 0) -> UrgentCase | None:
    """Mail every operator who holds `care`, naming nobody, once per case, alarm and operator; return the case.

    None, and no mail, when somebody took it up. Raises NotFound.
    """
    case = UrgentCase.objects.filter(pk=case_id).first()
    if case is None:
        raise NotFound("There is no such case.")
    if case.acknowledged_at is not None:
        return None
    for email in benefits.list_operator_emails("care"):
        queue_email(
            key=f"urgent-case/{case.pk}/{alarm}/{email}",
            to=email,
            template="referrals/operator_attention",
            context={},
            now=now,
        )
    return case


def acknowledge(*, case_id: UUID, operator_id: UUID, now: datetime) -> UrgentCase:
    """Record who took up a case; again changes nothing, whoever it is. Raises NotFound."""
    with transaction.atomic():
        case = UrgentCase.locked(pk=case_id)
        if case.acknowledged_at is None:
            case.acknowledged_at, case.acknowledged_by = now, operator_id
            case.save(update_fields=["acknowledged_at", "acknowledged_by"])
    return case


def acknowledge_all(*, member_id: UUID, operator_id: UUID, now: datetime) -> None:
    """Record that an operator reached a member: none of their cases waits for a call any more."""
    waiting = UrgentCase.objects.filter(member_id=member_id, acknowledged_at=None)
    waiting.update(acknowledged_at=now, acknowledged_by=operator_id)
