"""Sessions that are agreed, moved, missed, called off and completed while the clock jumps and workers are away.

Whatever happens: each reminder of an appointment goes to the mail at most once, inside its moment, and none for what no
longer stands.
"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from referrals.courses.models import Session
from referrals.courses.services import closing, sessions
from referrals.reminders.models import ReminderNotice
from referrals.reminders.queries import get_reminders, window_of
from referrals.reminders.rules import Appointment, moments
from tests.conftest import NOW
from tests.referrals.reminders.test_services import dosing_of, run
from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.outbox.models import Job
from workers.timers.models import Timer

NEW_YORK = ZoneInfo("America/New_York")
TICK = timedelta(hours=1)
HALF_A_DAY = timedelta(hours=12)


class Reminding(RuleBasedStateMachine):
    """One dosing and everything that can become of it; each run ends in a rollback."""

    def __init__(self) -> None:
        super().__init__()
        clock.freeze(NOW)
        self.scope = transaction.atomic()
        self.scope.__enter__()
        self.role = acting_as(WORKER)
        self.role.__enter__()
        self.session = dosing_of()
        self.appointments: dict[int, tuple[datetime, datetime]] = {}
        self.ended_at: datetime | None = None
        self.seen: set[str] = set()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.role.__exit__(None, None, None)
        self.scope.__exit__(None, None, None)
        clock.freeze(None)

    @property
    def now(self) -> datetime:
        return clock.now()

    def fresh(self) -> Session:
        return Session.objects.select_related("course").get(pk=self.session.pk)

    @precondition(lambda self: self.ended_at is None)
    @rule(hours=st.integers(-48, 400))
    def appoint(self, hours: int) -> None:
        """Agree on a time, or move it; also to one that is nearly or quite over."""
        self._try(sessions.reschedule, starts_at=self.now + timedelta(hours=hours), reported_at=self.now)

    @precondition(lambda self: self.ended_at is None)
    @rule(way=st.sampled_from(["complete", "miss", "cancel", "withdraw"]))
    def end(self, way: str) -> None:
        """The session ends one way or another; only the last says that nothing more is wanted."""
        if way == "complete":
            self._try(sessions.complete, completed_at=self.now)
        elif way == "miss":
            self._try(sessions.mark_no_show)
        elif way == "cancel":
            self._try(sessions.cancel)
        else:
            closing.cancel_course(request_id=self.session.course.request_id, now=self.now)
        self.ended_at = self.now
        self._look()

    @rule(hours=st.integers(1, 24))
    def work(self, hours: int) -> None:
        """Time passes, and workers do at each full hour what is due; they are not asked where nothing is."""
        due_at = self._next_due()
        for _ in range(hours):
            clock.freeze(self.now + TICK)
            if due_at is not None and due_at <= self.now:
                run()
                self._look()
                due_at = self._next_due()

    @rule(hours=st.integers(1, 200))
    def be_away(self, hours: int) -> None:
        """Nobody works for a while, and then everything that waited is done at once."""
        clock.freeze(self.now + timedelta(hours=hours))
        run()
        self._look()

    def _next_due(self) -> datetime | None:
        """When there is something to do again: at once for a job that waits."""
        if Job.objects.exists():
            return self.now
        return Timer.objects.order_by("due_at").values_list("due_at", flat=True).first()

    def _try(self, change: Any, **about: Any) -> None:
        change(session_id=self.session.pk, clinic_id=self.session.clinic_id, now=self.now, **about)
        session = self.fresh()
        off = session.completed_at - session.ends_at if session.completed_at else timedelta()
        off = off if abs(off) > HALF_A_DAY else timedelta()  # it took place on another day
        self.appointments[session.generation] = (session.starts_at + off, session.ends_at + off)

    def _look(self) -> None:
        """Judge what was mailed just now."""
        session = self.session
        for email in Email.objects.filter(key__startswith=f"session:{session.pk}:").exclude(key__in=self.seen):
            self.seen.add(email.key)
            self._judge(self.fresh(), email)
        assert Timer.objects.filter(subject_id=session.pk, due_at__lte=self.now).count() == 0

    def _judge(self, session: Session, email: Email) -> None:
        _, _, name, generation = email.key.split(":")
        assert int(generation) == session.generation, "it reminds of an appointment that was moved"
        starts_at, ends_at = self.appointments[session.generation]
        about = Appointment(
            kind="dosing", starts_at=starts_at, ends_at=ends_at, zone=NEW_YORK, window=window_of(session.course)
        )
        [moment] = [one for one in moments(get_reminders(), about) if one.reminder.rule == name]
        assert moment.due_at <= email.due_at <= moment.drop_after == email.drop_after
        assert session.status in moment.reminder.statuses
        assert ReminderNotice.objects.filter(session=session, rule=name, appointment=generation).count() == 1


@pytest.mark.django_db
def test_each_reminder_at_most_once_inside_its_moment_and_none_for_what_no_longer_stands() -> None:
    run_state_machine_as_test(
        Reminding,
        settings=settings(max_examples=25, stateful_step_count=12, suppress_health_check=list(HealthCheck)),
    )
