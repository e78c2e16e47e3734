"""Telling members and operators, and alarms that went off."""

from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from benefits import facade as benefits
from referrals.events import AttentionOverdue, RequestCoverCheckDue
from referrals.requests.models import Request
from referrals.requests.queries import get_promises, get_request, list_pending_of
from referrals.requests.rules import again_after
from referrals.requests.services.moving import set_alarm
from referrals.screening.services import urgent
from workers.emails.queueing import queue_email
from workers.timers.scheduling import schedule


def tell_member(*, request_id: UUID, event_id: UUID, now: datetime) -> None:
    """Mail the member that the portal has news, saying nothing of what; once per event."""
    request = get_request(request_id)
    member = benefits.get_member(request.member_id)
    if member.email:
        queue_email(
            key=f"request-news/{event_id}",
            to=member.email,
            template="referrals/news",
            context={"first_name": member.first_name},
            language=member.language,
            now=now,
            reader_id=member.id,
        )


def tell_operators(*, request_id: UUID, event_id: UUID, now: datetime) -> None:
    """Mail every operator who holds `care` that their list has grown; once per event and operator."""
    get_request(request_id)
    for email in benefits.list_operator_emails("care"):
        queue_email(
            key=f"operator-list/{event_id}/{email}",
            to=email,
            template="referrals/operator_list",
            context={},
            now=now,
        )


def escalate(*, request_id: UUID, alarm: int, event_id: UUID, now: datetime) -> None:
    """Tell operators again that a request waits, and set the next alarm; a superseded alarm does nothing."""
    with transaction.atomic():
        request = Request.locked(pk=request_id)
        if request.alarm != alarm:
            return
        request.escalation += 1
        request.due_by = now + again_after(get_promises().of(request.urgency), request.escalation)
        set_alarm(request)
        request.save(update_fields=["escalation", "due_by", "alarm"])
        tell_operators(request_id=request_id, event_id=event_id, now=now)


def alert_operators(*, case_id: UUID, alarm: int, now: datetime) -> None:
    """Tell operators of an urgent case, and when to be told again unless somebody takes it up by then.

    `alarm` is how often they should have done so: 0 is the first they hear of it. Raises NotFound.
    """
    with transaction.atomic():
        case = urgent.alert_operators(case_id=case_id, now=now, alarm=alarm)
        if case is not None:
            promise, following = get_promises().urgent, alarm + 1
            after = again_after(promise, alarm) if alarm else timedelta(hours=promise.person_acts_within_hours)
            overdue = AttentionOverdue(case_id=case.pk, alarm=following)
            schedule(overdue, about=case, due_at=now + after, generation=following)


def watch_cover(*, member_id: UUID, ends_on: date, now: datetime) -> None:
    """See to it that what no clinic has accepted ends with the member's cover, where the member lives."""
    zone = ZoneInfo(benefits.get_member(member_id).timezone)
    over = datetime.combine(ends_on + timedelta(days=1), time(0), tzinfo=zone)
    for request in list_pending_of(member_id):
        check = RequestCoverCheckDue(request_id=request.pk)
        schedule(check, about=request, due_at=max(over, now), generation=ends_on.toordinal())
