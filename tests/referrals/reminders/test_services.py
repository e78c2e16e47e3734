"""Each reminder of an appointment is mailed once, in its moment, and never for what no longer stands."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db.models import QuerySet

from benefits.enrollment import services as enrollment
from benefits.enrollment.models import Member
from referrals.courses.models import Session
from referrals.courses.services import closing, sessions
from referrals.events.courses import SessionReminderDue
from referrals.reminders.models import ClinicPreparation, ReminderNotice
from referrals.reminders.queries import get_reminders
from referrals.reminders.services import reminding
from referrals.reminders.services.noting import note
from referrals.requests.models import Request
from tests.conftest import NOW
from tests.factories.benefits import changing_roster, hr_of, make_user
from tests.factories.courses import make_course, sessions_of
from tests.factories.referrals import OPERATOR, make_member
from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.actor import acting_as
from workers.kernel.leases import Status
from workers.outbox.draining import drain
from workers.timers.firing import fire_due
from workers.timers.models import Timer

pytestmark = pytest.mark.usefixtures("as_worker")


@pytest.fixture
def dosing(db: None, now: datetime) -> Iterator[Session]:
    """Saturday 14 March 2026, 11:00 in New York, twelve days from now."""
    yield dosing_of()
    clock.freeze(None)


def dosing_of(**about: Any) -> Session:
    """The dosing of a member with an account."""
    member = make_member(first_name="Ada", **about)
    make_user("employee", email="ada@home.example", employer_id=member.employer, member_id=member.member)
    return sessions_of(make_course(member=member))[1]


def schedule(session: Session, *, starts_at: datetime | None = None, at: datetime = NOW) -> None:
    sessions.schedule(
        session_id=session.pk,
        course_id=session.course_id,
        clinic_id=session.clinic_id,
        starts_at=starts_at or session.starts_at,
        reported_at=at,
        now=at,
    )
    run()


def run() -> None:
    """Let the engine do what is due now."""
    while fire_due() + drain("domain") + drain("mail"):
        pass


def waiting() -> QuerySet[Timer]:
    """The timers of reminders."""
    return Timer.objects.filter(kind=SessionReminderDue.wire_name)


def pass_time(*, until: datetime) -> None:
    """Stop at each timer on the way."""
    due = Timer.objects.filter(due_at__lte=until).order_by("due_at").values_list("due_at", flat=True)
    while (due_at := due.first()) is not None:
        clock.freeze(max(clock.now(), due_at))
        run()
    clock.freeze(until)


def mailed(session: Session) -> list[str]:
    keys = Email.objects.order_by("due_at", "id").values_list("key", flat=True)
    return [key.split(":")[2] for key in keys if key.startswith(f"session:{session.pk}:")]


ALL = [
    "week_before",
    "evening_before",
    "morning_of",
    "after_dosing",
    "integration_opens",
    "integration_middle",
    "follow_up",
]


def test_a_dosing_is_accompanied_from_the_week_before_to_days_after(dosing: Session) -> None:
    schedule(dosing)
    assert waiting().count() == 1
    pass_time(until=dosing.starts_at + timedelta(days=5))
    assert mailed(dosing) == ALL
    evening = Email.objects.get(key=f"session:{dosing.pk}:evening_before:1")
    assert evening.due_at == datetime(2026, 3, 13, 22, 0, tzinfo=UTC)
    assert evening.drop_after == datetime(2026, 3, 14, 3, 0, tzinfo=UTC)
    assert evening.message["to"] == "ada@home.example"
    assert "tomorrow, Saturday, March 14, at 11 a.m. (your time)." in evening.message["text"]
    assert not waiting().exists()


def test_a_moved_session_is_reminded_of_at_its_new_time_only(dosing: Session) -> None:
    schedule(dosing)
    pass_time(until=dosing.starts_at - timedelta(days=2))
    schedule(dosing, starts_at=dosing.starts_at + timedelta(days=14), at=clock.now())
    pass_time(until=dosing.starts_at + timedelta(days=20))
    assert mailed(dosing) == ["week_before", *ALL]
    keys = Email.objects.values_list("key", flat=True)
    assert sorted(key.split(":")[3] for key in keys if key.startswith("session:")) == ["1", *["2"] * len(ALL)]


def test_a_proposed_session_is_not_reminded_of(dosing: Session) -> None:
    reminding.begin(session_id=dosing.pk, now=NOW)
    assert not waiting().exists()


def test_nothing_is_said_after_a_withdrawal(dosing: Session) -> None:
    schedule(dosing)
    closing.cancel_course(request_id=dosing.course.request_id, now=NOW)
    pass_time(until=dosing.starts_at + timedelta(days=5))
    assert mailed(dosing) == []
    assert not waiting().exists()


def test_after_a_withdrawal_not_even_what_took_place_is_followed_up(dosing: Session) -> None:
    schedule(dosing)
    clock.freeze(dosing.ends_at)
    run()
    sessions.complete(session_id=dosing.pk, clinic_id=dosing.clinic_id, completed_at=dosing.ends_at, now=dosing.ends_at)
    Request.objects.filter(pk=dosing.course.request_id).update(status="withdrawn")
    pass_time(until=dosing.starts_at + timedelta(days=5))
    assert mailed(dosing) == []


def test_after_the_session_was_missed_nothing_more_is_said(dosing: Session) -> None:
    schedule(dosing)
    pass_time(until=dosing.ends_at)
    sessions.mark_no_show(session_id=dosing.pk, clinic_id=dosing.clinic_id, now=clock.now())
    pass_time(until=dosing.starts_at + timedelta(days=5))
    assert mailed(dosing) == [*ALL[:3], "missed"]


def test_what_took_place_early_is_not_announced_any_more_and_followed_up_from_then(dosing: Session) -> None:
    schedule(dosing)
    pass_time(until=dosing.ends_at - timedelta(days=2))
    took_place = clock.now()
    sessions.complete(session_id=dosing.pk, clinic_id=dosing.clinic_id, completed_at=took_place, now=took_place)
    run()
    pass_time(until=dosing.ends_at + timedelta(days=5))
    assert mailed(dosing) == ["week_before", *ALL[3:]]
    opens = Email.objects.get(key__contains=":integration_opens:")
    assert opens.due_at == took_place + timedelta(hours=24)


def test_a_report_that_comes_later_the_same_day_moves_nothing(dosing: Session) -> None:
    schedule(dosing)
    late = dosing.ends_at + timedelta(hours=5)
    pass_time(until=late)
    sessions.complete(session_id=dosing.pk, clinic_id=dosing.clinic_id, completed_at=late, now=late)
    run()
    pass_time(until=dosing.ends_at + timedelta(days=5))
    assert Email.objects.get(key__contains=":integration_opens:").due_at == dosing.ends_at + timedelta(hours=24)
    assert mailed(dosing) == ALL


def test_a_completed_session_is_followed_up_though_it_was_never_scheduled(dosing: Session) -> None:
    clock.freeze(dosing.ends_at)
    sessions.complete(session_id=dosing.pk, clinic_id=dosing.clinic_id, completed_at=dosing.ends_at, now=dosing.ends_at)
    run()
    pass_time(until=dosing.starts_at + timedelta(days=5))
    assert mailed(dosing) == ALL[3:]


def test_a_reminder_whose_moment_has_passed_is_dropped(dosing: Session) -> None:
    schedule(dosing)
    clock.freeze(dosing.starts_at + timedelta(minutes=1))
    run()
    assert mailed(dosing) == []
    pass_time(until=dosing.starts_at + timedelta(days=5))
    assert mailed(dosing) == ALL[3:]


def test_a_reminder_a_little_late_is_sent(dosing: Session) -> None:
    schedule(dosing)
    clock.freeze(datetime(2026, 3, 13, 23, 30, tzinfo=UTC))
    run()
    assert mailed(dosing) == ["evening_before"]


def test_a_timer_that_fires_twice_mails_once(dosing: Session) -> None:
    schedule(dosing)
    due_at = datetime(2026, 3, 7, 15, 0, tzinfo=UTC)
    for _ in range(2):
        reminding.send(session_id=dosing.pk, rule="week_before", generation=1, now=due_at)
    assert mailed(dosing) == ["week_before"]


def test_a_superseded_generation_says_nothing(dosing: Session) -> None:
    schedule(dosing)
    due_at = datetime(2026, 3, 7, 15, 0, tzinfo=UTC)
    reminding.send(session_id=dosing.pk, rule="week_before", generation=0, now=due_at)
    assert mailed(dosing) == []


def test_the_mail_is_in_the_members_language_and_zone(now: datetime) -> None:
    schedule(dosing_of(language="es", timezone="America/Los_Angeles"))
    pass_time(until=datetime(2026, 3, 7, 18, 0, tzinfo=UTC))
    message = Email.objects.get(template="referrals/session_week_before").message
    assert message["subject"] == "Su cita de la próxima semana"
    assert "sábado 14 de marzo a las 8 a.m." in message["text"]


def test_the_evening_before_tells_until_when_to_eat_and_drink_as_the_clinic_says(dosing: Session) -> None:
    schedule(dosing)
    with acting_as(OPERATOR):
        ClinicPreparation.objects.create(
            clinic_id=dosing.clinic_id, fasting_food_hours=8, fasting_drink_hours=2, changed_at=NOW
        )
    pass_time(until=dosing.starts_at)
    text = Email.objects.get(template="referrals/session_evening_before").message["text"]
    assert "- Eat until 3 a.m., Saturday, and nothing after that." in text
    assert "- Drink until 9 a.m., Saturday, and nothing after that." in text


def test_a_member_gets_so_many_a_day_and_what_matters_most_besides(dosing: Session) -> None:
    """Of five capped reminders that are due on one morning three are sent; each of them is once."""
    most = get_reminders().most_a_day
    capped = [reminder for reminder in get_reminders().reminders if reminder.is_capped][: most + 1]
    free = [reminder for reminder in get_reminders().reminders if not reminder.is_capped]
    zone = ZoneInfo("America/New_York")
    told = [note(dosing, reminder, zone=zone, now=NOW) for reminder in [*capped, *free]]
    assert told == [True] * most + [False] + [True] * len(free)
    assert not any(note(dosing, reminder, zone=zone, now=NOW) for reminder in [*capped[:most], *free])
    assert note(dosing, capped[most], zone=zone, now=NOW + timedelta(days=1))
    assert sorted(slot or 0 for slot in ReminderNotice.objects.exclude(slot=None).values_list("slot", flat=True)) == [
        1,
        1,
        2,
        3,
    ]


def test_the_window_for_integration_is_announced_however_much_else_came_that_day(dosing: Session) -> None:
    by_rule = {reminder.rule: reminder for reminder in get_reminders().reminders}
    zone = ZoneInfo("America/New_York")
    others = [one for one in by_rule.values() if one.is_capped][: get_reminders().most_a_day]
    assert all(note(dosing, one, zone=zone, now=NOW) for one in others)
    assert note(dosing, by_rule["integration_opens"], zone=zone, now=NOW)


def test_a_prompt_comes_once_a_day_however_many_sessions_there_are(dosing: Session) -> None:
    [prompt] = [reminder for reminder in get_reminders().reminders if reminder.rule == "practice_two_days"]
    other = sessions_of(dosing.course)[2]
    zone = ZoneInfo("America/New_York")
    assert [note(session, prompt, zone=zone, now=NOW) for session in (dosing, other)] == [True, False]
    assert note(other, prompt, zone=zone, now=NOW + timedelta(days=1))


def test_who_moved_west_is_told_when_their_own_clocks_say_so(dosing: Session) -> None:
    schedule(dosing)
    employer_id = Member.objects.get(pk=dosing.member_id).employer_id
    with changing_roster(employer_id):
        Member.objects.filter(pk=dosing.member_id).update(timezone="America/Los_Angeles")
    pass_time(until=dosing.starts_at)
    evening = Email.objects.get(key=f"session:{dosing.pk}:evening_before:1")
    assert evening.due_at == datetime(2026, 3, 14, 1, 0, tzinfo=UTC)  # 18:00 PDT
    assert mailed(dosing) == ALL[:3]


@pytest.mark.parametrize("leaves_at_once", [True, False])
def test_who_moved_east_is_told_when_their_own_clocks_say_so(db: None, now: datetime, leaves_at_once: bool) -> None:
    dosing = dosing_of(timezone="Pacific/Honolulu", state="HI")
    schedule(dosing)
    if not leaves_at_once:
        pass_time(until=dosing.starts_at - timedelta(days=2))
    move(dosing, "America/New_York")
    pass_time(until=dosing.starts_at + timedelta(days=5))
    evening = Email.objects.get(key=f"session:{dosing.pk}:evening_before:1")
    assert evening.due_at == datetime(2026, 3, 13, 22, 0, tzinfo=UTC)  # 18:00 EDT, noon in Honolulu
    assert mailed(dosing) == ALL


def test_who_moves_after_a_reminder_of_the_day_does_not_get_it_again(dosing: Session) -> None:
    schedule(dosing)
    evening = datetime(2026, 3, 13, 22, 0, tzinfo=UTC)
    pass_time(until=evening)
    move(dosing, "America/Los_Angeles")
    pass_time(until=dosing.starts_at)
    assert mailed(dosing) == ALL[:3]
    assert Email.objects.get(key=f"session:{dosing.pk}:evening_before:1").due_at == evening


def move(session: Session, zone: str) -> None:
    """As HR's page does."""
    with acting_as(hr_of(Member.objects.get(pk=session.member_id).employer_id)):
        enrollment.describe(member_id=session.member_id, facts={"timezone": zone}, now=clock.now())
    run()


def test_a_bare_repetition_of_what_is_known_reminds_of_nothing_twice(dosing: Session) -> None:
    schedule(dosing)
    pass_time(until=dosing.starts_at - timedelta(days=2))
    for _ in range(3):
        reminding.begin(session_id=dosing.pk, now=clock.now())
    pass_time(until=dosing.starts_at + timedelta(days=5))
    assert mailed(dosing) == ALL


def unsent() -> list[str]:
    """The rules of reminders that the mail server is still to get."""
    keys = Email.objects.filter(status=Status.READY, key__startswith="session:").order_by("due_at", "id")
    return [key.split(":")[2] for key in keys.values_list("key", flat=True)]


def test_what_waits_for_a_mail_server_that_is_away_is_taken_back_when_the_session_moves(dosing: Session) -> None:
    schedule(dosing)
    pass_time(until=dosing.starts_at - timedelta(hours=10))
    assert unsent() == ["week_before", "evening_before"]
    reminding.begin(session_id=dosing.pk, now=clock.now())
    assert unsent() == ["week_before", "evening_before"], "a bare repetition takes nothing back"
    Email.objects.filter(key__contains="week_before").update(lease_until=clock.now())
    schedule(dosing, starts_at=dosing.starts_at + timedelta(days=14), at=clock.now())
    assert unsent() == ["week_before"], "one that is on its way is on its way"
    taken = Email.objects.get(key=f"session:{dosing.pk}:evening_before:1")
    assert (taken.status, taken.sent_at, taken.last_error) == (Status.DONE, None, "dropped: it stands no more")


def test_of_a_session_that_was_called_off_nothing_unsent_is_left(dosing: Session) -> None:
    schedule(dosing)
    pass_time(until=dosing.starts_at - timedelta(hours=10))
    closing.cancel_course(request_id=dosing.course.request_id, now=clock.now())
    run()
    assert unsent() == []


def test_after_a_withdrawal_not_even_what_waits_about_the_past_is_sent(dosing: Session) -> None:
    schedule(dosing)
    pass_time(until=dosing.ends_at + timedelta(hours=2))
    over: dict[str, Any] = {"session_id": dosing.pk, "clinic_id": dosing.clinic_id, "now": clock.now()}
    sessions.complete(**over, completed_at=dosing.ends_at)
    run()
    assert unsent() == ["after_dosing"]
    Request.objects.filter(pk=dosing.course.request_id).update(status="withdrawn")
    closing.cancel_course(request_id=dosing.course.request_id, now=clock.now())
    run()
    assert unsent() == []


def test_after_a_death_nothing_unsent_is_left_and_nothing_more_is_said(dosing: Session) -> None:
    schedule(dosing)
    pass_time(until=dosing.starts_at - timedelta(hours=10))
    assert unsent() == ["week_before", "evening_before"]
    member = Member.objects.get(pk=dosing.member_id)
    with acting_as(hr_of(member.employer_id)):
        day = clock.now().date() - timedelta(days=1)
        enrollment.record_death(member_id=member.pk, date_of_death=day, now=clock.now())
    run()
    pass_time(until=dosing.starts_at + timedelta(days=60))
    assert mailed(dosing) == ["week_before", "evening_before"]
    assert unsent() == []
