"""One member's cover: begun, ended, moved. The caller has locked the employer and is inside `recorded`."""

from datetime import date, datetime
from uuid import UUID

from benefits.enrollment.models import Enrollment, Member
from benefits.enrollment.rules import DAY, Span, last_day, local_day
from benefits.enrollment.services.applying import NoPlan
from benefits.events import EnrollmentEnded, EnrollmentsStarted
from benefits.plans.queries import plans_from
from benefits.plans.rules import Employed, first_cover
from workers.kernel.words import gettext_noop as _
from workers.outbox.publishing import publish


def begin(member: Member, *, cover_from: date | None, now: datetime) -> None:
    """Enroll a member in what covers them first, from the day after an earlier cover on, or `cover_from` if later.

    A dependant belongs where the employee does. Whom no plan ever takes is left without. Raises NoPlan.
    """
    plans = list(plans_from(member.employer_id, on=now.date()))
    if not plans:
        raise NoPlan(_("This employer has no plan yet: ask the benefit's team to add one."))
    days = [member.hire_date, *([cover_from] if cover_from else []), *_free_from(member)]
    if cover := first_cover(plans, _employed(member), not_before=max(days)):
        plan, starts_on = cover
        _insert(member, Span(plan_id=plan.pk, starts_on=starts_on, ends_on=None), now)


def _employed(member: Member) -> Employed:
    employee = member.subscriber or member
    return Employed(
        hire_date=employee.hire_date,
        employee_class=employee.employee_class,
        work_location=employee.work_location,
        is_dependant=member.subscriber is not None,
    )


def end(member: Member, *, now: datetime) -> None:
    """End a member's cover with their employment, also where it had ended later or earlier than that.

    The latest period that was one ends on the last day of employment; a later one that had not begun becomes empty.
    """
    assert member.end_date is not None
    periods = list(Enrollment.objects.filter(member=member).order_by("-starts_on", "-id"))
    latest = next((one for one in periods if not span_of(one).is_empty), None)
    for enrollment in periods:
        lasts_longer = enrollment.ends_on is None or enrollment.ends_on > member.end_date
        if enrollment is latest or (lasts_longer and not span_of(enrollment).is_empty):
            _end_on(enrollment, last_day(starts_on=enrollment.starts_on, end_date=member.end_date), now)


def _end_on(enrollment: Enrollment, ends_on: date, now: datetime) -> None:
    if enrollment.ends_on == ends_on:
        return
    enrollment.ends_on = ends_on
    enrollment.save(update_fields=["ends_on"])
    publish(_ended(enrollment), about=enrollment, now=now)


def give(member: Member, spans: list[Span], *, now: datetime) -> None:
    """Give a member cover that another record of theirs had; what is over is no news. It overlaps none of their own."""
    today = local_day(now, member.timezone)
    for span in spans:
        _insert(member, span, now, is_news=span.ends_on is None or span.ends_on >= today)


def empty(member: Member) -> list[Span]:
    """Take all cover from a record that turned out to be somebody else's, and return it."""
    enrollments = [one for one in Enrollment.objects.filter(member=member) if not span_of(one).is_empty]
    taken = [span_of(enrollment) for enrollment in enrollments]
    for enrollment in enrollments:
        enrollment.ends_on = enrollment.starts_on - DAY
        enrollment.save(update_fields=["ends_on"])
    return taken


def spans_of(member_id: UUID) -> list[Span]:
    """Return a member's periods of cover, first ones first."""
    return [span_of(one) for one in Enrollment.objects.filter(member_id=member_id).order_by("starts_on", "id")]


def span_of(enrollment: Enrollment) -> Span:
    """Return a period of cover as rules see it."""
    return Span(plan_id=enrollment.plan_id, starts_on=enrollment.starts_on, ends_on=enrollment.ends_on)


def _insert(member: Member, span: Span, now: datetime, *, is_news: bool = True) -> None:
    enrollment = Enrollment.objects.create(
        employer_id=member.employer_id,
        member=member,
        plan_id=span.plan_id,
        starts_on=span.starts_on,
        ends_on=span.ends_on,
    )
    event = EnrollmentsStarted(employer_id=member.employer_id, enrollment_ids=[enrollment.pk], member_ids=[member.pk])
    if is_news:
        publish(event, about=enrollment, now=now)


def _free_from(member: Member) -> list[date]:
    """The day after the latest cover that lasted a day at least."""
    ended = [span.ends_on for span in spans_of(member.pk) if span.ends_on is not None and not span.is_empty]
    return [max(ended) + DAY] if ended else []


def _ended(enrollment: Enrollment) -> EnrollmentEnded:
    assert enrollment.ends_on is not None
    return EnrollmentEnded(
        enrollment_id=enrollment.pk,
        member_id=enrollment.member_id,
        employer_id=enrollment.employer_id,
        ends_on=enrollment.ends_on,
    )
