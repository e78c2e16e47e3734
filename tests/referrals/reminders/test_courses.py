"""Whole courses, accompanied over simulated months while people move, miss and cancel and workers are away.

Whatever happens: each reminder goes to the mail at most once and inside its moment, and none for what no longer stands;
what waits for a mail server does not say what is not so any more. Each whose moment found workers was sent, and so
every dosing has its integration reminder when one was possible; only what is capped may have given way to others.
"""

from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from benefits.enrollment import services as enrollment
from benefits.facade import get_member
from referrals.courses.models import Course, Session
from referrals.reminders.models import ReminderNotice
from referrals.reminders.queries import get_reminders, window_of
from referrals.reminders.rules import Appointment, Moment, moments
from referrals.requests.services import withdraw
from tests.factories.benefits import hr_of
from tests.referrals.courses.machine import CourseLife
from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.leases import Status
from workers.outbox.draining import drain
from workers.timers.firing import fire_due
from workers.timers.models import Timer

HALF_A_DAY = timedelta(hours=12)
LOOKS = timedelta(hours=12)  # where no timer is due, somebody looks all the same: one may be missing


class Accompanied(CourseLife):
    """A course, and what its member is mailed about its sessions."""

    def __init__(self) -> None:
        super().__init__()
        self.judged: set[str] = set()
        self.has_left = False

    @initialize(protocol=st.sampled_from(["separated", "concurrent", "sequential"]), weeks=st.integers(1, 7))
    def begin(self, protocol: str, weeks: int) -> None:
        """A course is planned, and goes its way for some weeks before anything else happens."""
        super().begin(protocol)
        for _ in range(weeks):
            self.live(days=7, is_confirmed=True, is_reported=True)

    # what may happen

    @rule()
    def work(self) -> None:
        """The workers catch up, and everything that is to be said now was said."""
        while fire_due() + drain("domain") + drain("mail"):
            pass
        self.is_settled = True
        if hasattr(self, "course_id"):
            self.judge_mail()
            self.nothing_is_owed(since=clock.now())

    @rule(days=st.integers(1, 21), is_confirmed=st.booleans(), is_reported=st.booleans())
    def live(self, days: int, is_confirmed: bool, is_reported: bool) -> None:
        """Days pass, and workers do each thing in its moment; the clinic may take its proposals, and say what was."""
        if is_reported:
            self.catch_up()
        if is_confirmed:
            self.confirm_all()
        self.work()
        since, until = clock.now(), clock.now() + timedelta(days=days)
        while clock.now() < until:
            clock.freeze(min(self.next_due(), clock.now() + LOOKS, until))
            self.work()
        self.nothing_is_owed(since=since)

    @rule(way=st.sampled_from(["withdraw", "die", *["stay"] * 10]))
    def leave(self, way: str) -> None:
        """The member ends their care, or dies; most stay."""
        if self.has_left or way == "stay":
            return
        with acting_as(WORKER):
            request_id = Course.objects.get(pk=self.course_id).request_id
            employer_id = get_member(self.member_id).employer_id
        if way == "withdraw":
            with acting_as(Actor(role=Role.EMPLOYEE, member=self.member_id)):
                withdraw(request_id=request_id, member_id=self.member_id, now=clock.now())
        else:
            yesterday = clock.now().date() - timedelta(days=1)
            with acting_as(hr_of(employer_id)):
                enrollment.record_death(member_id=self.member_id, date_of_death=yesterday, now=clock.now())
        self.has_left = True
        self.work()

    # the laws

    def judge_mail(self) -> None:
        """What was mailed just now is of what stands now, once, in its moment; what is not sent yet still stands."""
        with acting_as(WORKER):
            mails = Email.objects.filter(key__startswith="session:")
            new = list(mails.exclude(key__in=self.judged))
            waiting = list(mails.filter(status=Status.READY).values_list("key", flat=True))
        assert not (self.has_left and waiting)
        by_id = {str(one.pk): one for one in self.listed()}
        for email in new:
            self.judged.add(email.key)
            self.judge_one(by_id[email.key.split(":")[1]], email)
        for key in waiting:
            _, session_id, name, generation = key.split(":")
            [reminder] = [one for one in get_reminders().reminders if one.rule == name]
            session = by_id[session_id]
            assert (int(generation), session.status in reminder.statuses) == (session.generation, True), key

    def judge_one(self, session: Session, email: Email) -> None:
        """At most once is the database's to decide, for each appointment of a session; here is the rest."""
        assert not self.has_left
        _, _, name, generation = email.key.split(":")
        assert int(generation) == session.generation, "it reminds of an appointment that was moved"
        [moment] = [one for one in self.moments(session) if one.reminder.rule == name]
        assert moment.due_at <= email.due_at <= moment.drop_after == email.drop_after
        assert session.status in moment.reminder.statuses

    def nothing_is_owed(self, *, since: datetime) -> None:
        """Workers were there from `since` until now: what fell into that time was said."""
        if self.has_left:
            return
        with acting_as(WORKER):
            told = set(ReminderNotice.objects.values_list("session_id", "rule", "appointment"))
        for session in self.listed():
            for moment in self.moments(session):
                is_due = moment.due_at <= clock.now() and since <= moment.drop_after
                if is_due and session.status in moment.reminder.statuses and not moment.reminder.is_capped:
                    assert (session.pk, moment.reminder.rule, session.generation) in told, moment

    # how

    def moments(self, session: Session) -> list[Moment]:
        """When each of a session's reminders makes sense, by when it is, or when it took place on another day."""
        off = session.completed_at - session.ends_at if session.completed_at else timedelta()
        off = off if abs(off) > HALF_A_DAY else timedelta()
        times: dict[str, Any] = {"starts_at": session.starts_at + off, "ends_at": session.ends_at + off}
        return moments(get_reminders(), Appointment(kind=session.kind, **times, **self.setting))

    @cached_property
    def setting(self) -> dict[str, Any]:
        """Where the member lives, and the window that the course's protocol gives to integration."""
        with acting_as(WORKER):
            window = window_of(Course.objects.get(pk=self.course_id))
            return {"window": window, "zone": ZoneInfo(get_member(self.member_id).timezone)}

    def next_due(self) -> datetime:
        """When the next timer is due, or the end of all days."""
        with acting_as(WORKER):
            due_at = Timer.objects.filter(due_at__gt=clock.now()).order_by("due_at").values_list("due_at", flat=True)
            return due_at.first() or clock.now() + 2 * LOOKS


@pytest.mark.django_db
def test_whoever_accompanies_a_course_keeps_to_what_stands() -> None:
    run_state_machine_as_test(
        Accompanied,
        settings=settings(max_examples=5, stateful_step_count=10, suppress_health_check=list(HealthCheck)),
    )
