"""The roster follows the employer, cover follows the plan, and invitations follow cover."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connections, transaction

from benefits import facade
from benefits.accounts.models import Invitation
from benefits.enrollment import services
from benefits.enrollment.models import Enrollment, Member
from benefits.enrollment.services.inviting import CONTACT_HOLD
from benefits.enrollment.services.telling import BLOCK
from benefits.events import EnrollmentEnded, EnrollmentsStarted, MemberDied, MemberTimeZoneChanged
from tests.factories.benefits import (
    activate,
    apply_people,
    changing_roster,
    hr_of,
    make_employer,
    make_member,
    make_person,
    make_plan,
)
from workers.emails.models import READER_GONE, Email
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.errors import NotFound
from workers.kernel.ids import new_id
from workers.outbox.draining import drain
from workers.outbox.models import EventRecord
from workers.timers.firing import fire_due


def periods(member):
    with acting_as(WORKER):
        return list(Enrollment.objects.filter(member=member).order_by("starts_on").values_list("starts_on", "ends_on"))


def events(kind):
    with acting_as(WORKER):
        return [record.data for record in EventRecord.objects.filter(type=kind.wire_name).order_by("id")]


@pytest.fixture
def employer(db, now):
    return make_employer()


def test_cover_begins_with_the_plan_or_after_the_waiting_time(employer):
    make_plan(employer.pk, waiting_days=30)
    old = make_member(employer.pk, hire_date=date(2019, 1, 1))
    new = make_member(employer.pk, hire_date=date(2026, 2, 20))
    assert periods(old) == [(date(2026, 1, 1), None)]
    assert periods(new) == [(date(2026, 3, 22), None)]
    assert [event["member_ids"] for event in events(EnrollmentsStarted)] == [[str(old.pk)], [str(new.pk)]]


def test_many_who_begin_together_are_told_a_hundred_at_a_time(employer):
    make_plan(employer.pk)
    apply_people(employer.pk, *(make_person(f"E{number}") for number in range(BLOCK + 1)))
    told = [list(zip(one["enrollment_ids"], one["member_ids"], strict=True)) for one in events(EnrollmentsStarted)]
    assert sorted(map(len, told)) == [1, BLOCK]
    with acting_as(WORKER):
        rows = Enrollment.objects.values_list("pk", "member_id")
        assert {(str(one), str(member)) for one, member in rows} == {pair for block in told for pair in block}


def test_cover_ends_with_employment_and_begins_again_with_it(employer):
    make_plan(employer.pk)
    member = make_member(employer.pk, "E1")
    apply_people(employer.pk, make_person("E1", end_date=date(2026, 2, 28)))
    assert periods(member) == [(date(2026, 1, 1), date(2026, 2, 28))]
    assert [event["ends_on"] for event in events(EnrollmentEnded)] == ["2026-02-28"]
    apply_people(employer.pk, make_person("E1"))
    assert periods(member) == [(date(2026, 1, 1), date(2026, 2, 28)), (date(2026, 3, 1), None)]
    with acting_as(WORKER):
        assert Member.objects.get().pk == member.pk


def test_cover_that_never_began_is_empty(employer):
    make_plan(employer.pk, waiting_days=30)
    member = make_member(employer.pk, "E1", hire_date=date(2026, 2, 20))
    apply_people(employer.pk, make_person("E1", hire_date=date(2026, 2, 20), end_date=date(2026, 3, 1)))
    assert periods(member) == [(date(2026, 3, 22), date(2026, 3, 21))]
    with acting_as(WORKER):
        assert facade.coverage_of(member.pk, on=date(2026, 3, 22)) is None


def test_a_person_who_was_never_a_member_and_left_is_nobody(employer):
    make_plan(employer.pk)
    apply_people(employer.pk, make_person("E9", end_date=date(2026, 2, 28)))
    with acting_as(WORKER):
        assert not Member.objects.exists()


def test_the_database_refuses_two_covers_at_once(employer):
    plan = make_plan(employer.pk)
    member = make_member(employer.pk)
    with pytest.raises(IntegrityError, match="one_at_a_time"), changing_roster(employer.pk):
        Enrollment.objects.create(
            employer_id=employer.pk, member=member, plan=plan, starts_on=date(2026, 6, 1), ends_on=None
        )


def test_hr_cannot_write_for_another_employer(employer):
    plan = make_plan(employer.pk)
    member = make_member(employer.pk, end_date=None)
    row = Enrollment(employer_id=employer.pk, member=member, plan=plan, starts_on=date(2030, 1, 1))
    with acting_as(hr_of(new_id())), pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Enrollment.objects.bulk_create([row])


def test_a_row_cannot_name_another_employers_member(committed_db, now):
    mine, other = make_employer(), make_employer()
    plan = make_plan(mine.pk)
    make_plan(other.pk)
    row = Enrollment(employer_id=mine.pk, member=make_member(other.pk), plan=plan, starts_on=date(2030, 1, 1))
    with pytest.raises(IntegrityError, match="enrollment_of_member"), changing_roster(mine.pk):
        Enrollment.objects.bulk_create([row])


@pytest.mark.parametrize("column", ["member_id", "plan_id"])
def test_of_many_rows_one_that_names_nothing_refuses_them_all(employer, column):
    plan, member = make_plan(employer.pk), make_member(employer.pk)
    rows = [
        Enrollment(
            employer_id=employer.pk, member=member, plan=plan, starts_on=date(2020, n, 1), ends_on=date(2020, n, 9)
        )
        for n in range(1, 4)
    ]
    setattr(rows[1], column, new_id())
    with pytest.raises(IntegrityError, match="there is no such row"), changing_roster(employer.pk):
        Enrollment.objects.bulk_create(rows)


@pytest.mark.parametrize("table", ["member", "enrollment", "plan", "employer", "changeset"])
def test_what_keys_and_history_rely_on_is_never_deleted_by_its_owner_either(committed_db, table):
    with connections["owner"].cursor() as owner, pytest.raises(IntegrityError, match="is never deleted"):
        owner.execute(f"DELETE FROM benefits_{table}")  # noqa: S608 - one of five names
    connections["owner"].close()


def test_coverage_ends_and_runs_out_for_a_course_under_way(employer):
    plan = make_plan(employer.pk, run_out_days=60)
    member = make_member(employer.pk, "E1")
    apply_people(employer.pk, make_person("E1", end_date=date(2026, 2, 28)))
    with acting_as(WORKER):
        coverage = facade.coverage_of(member.pk, on=date(2026, 2, 28))
        assert coverage is not None
        assert (coverage.plan_id, coverage.employer_share_percent) == (plan.pk, 50)
        last = date(2026, 2, 28) + timedelta(days=60)
        began = date(2026, 2, 1)
        assert facade.coverage_of(member.pk, on=date(2026, 3, 1)) is None
        assert facade.coverage_of(member.pk, on=date(2025, 12, 31)) is None
        assert facade.coverage_of(member.pk, on=last, under_way_since=began) is not None
        assert facade.coverage_of(member.pk, on=last + timedelta(days=1), under_way_since=began) is None
        assert facade.coverage_of(member.pk, on=last, under_way_since=date(2026, 3, 1)) is None


def test_coverage_ends_with_the_plan(employer):
    make_plan(employer.pk, ends_on=date(2026, 6, 30))
    member = make_member(employer.pk)
    with acting_as(WORKER):
        assert facade.coverage_of(member.pk, on=date(2026, 6, 30)) is not None
        assert facade.coverage_of(member.pk, on=date(2026, 7, 1)) is None


def test_a_member_reads_themself_and_nobody_else(employer):
    make_plan(employer.pk)
    mine, other = make_member(employer.pk), make_member(employer.pk)
    user = activate(mine, email="ana@home.example")
    me = Actor(role=Role.EMPLOYEE, user=user.pk, member=mine.pk, employer=employer.pk)
    with acting_as(me):
        assert facade.get_member(mine.pk).email == "ana@home.example"
        assert facade.coverage_of(mine.pk, on=date(2026, 3, 2)) is not None
        assert facade.coverage_of(other.pk, on=date(2026, 3, 2)) is None
        with pytest.raises(NotFound):
            facade.get_member(other.pk)


def test_a_member_without_an_account_has_no_address(employer):
    make_plan(employer.pk)
    member = make_member(employer.pk)
    with acting_as(WORKER):
        assert facade.get_member(member.pk).email == ""


def invitations():
    with acting_as(WORKER):
        return list(Invitation.objects.order_by("id").values_list("email", "superseded_at", "claimed_at"))


def mails():
    with acting_as(WORKER):
        return [(email.message["to"], email.template.partition("/")[2]) for email in Email.objects.order_by("id")]


def later(now):
    """Three days on, when what was on hold is settled."""
    clock.freeze(now + CONTACT_HOLD)
    fire_due()
    drain("domain")


def test_a_new_address_replaces_the_open_invitation_once_the_former_reader_had_time_to_object(committed_db, now):
    employer = make_employer()
    make_plan(employer.pk)
    make_member(employer.pk, "E1", personal_email="old@home.example")
    drain("domain")
    apply_people(employer.pk, make_person("E1", personal_email="new@home.example"))
    drain("domain")
    assert invitations() == [("old@home.example", None, None)]
    assert mails() == [("old@home.example", "invitation"), ("old@home.example", "address_changed")]
    later(now)
    assert invitations() == [("old@home.example", now + CONTACT_HOLD, None), ("new@home.example", None, None)]


@pytest.mark.parametrize("is_activated", [True, False])
def test_an_employers_own_address_hears_the_same_whether_or_not_there_is_an_account(committed_db, now, is_activated):
    employer = make_employer()
    make_plan(employer.pk)
    member = make_member(employer.pk, "E1", personal_email="mine@home.example")
    drain("domain")
    if is_activated:
        activate(member, email="mine@home.example")
    apply_people(employer.pk, make_person("E1", personal_email="trap@employer.example"))
    drain("domain")
    assert mails()[1:] == [("mine@home.example", "address_changed")]
    later(now)
    assert mails()[2:] == [("trap@employer.example", "invitation")]


def test_no_other_way_leads_an_invitation_to_an_address_on_hold(committed_db, now):
    """Not asking for another one, nor a termination taken back, nor a second change that restarts the wait."""
    employer = make_employer()
    make_plan(employer.pk)
    member = make_member(employer.pk, "E1", personal_email="mine@home.example")
    drain("domain")
    apply_people(employer.pk, make_person("E1", personal_email="trap@employer.example"))
    with acting_as(hr_of(employer.pk)):
        services.ask_to_invite(member_id=member.pk, now=now)
        services.terminate(member_id=member.pk, end_date=date(2026, 2, 28), now=now)
        services.reinstate(member_id=member.pk, now=now)
    drain("domain")
    apply_people(employer.pk, make_person("E1", personal_email="trap2@employer.example"), now=now + timedelta(days=2))
    clock.freeze(now + timedelta(days=2))
    drain("domain")
    later(now)
    assert {to for to, template in mails() if template == "invitation"} == {"mine@home.example"}
    later(now + timedelta(days=2))
    assert mails()[-1] == ("trap2@employer.example", "invitation")


def test_a_lost_invitation_is_sent_again(committed_db, now):
    employer = make_employer()
    make_plan(employer.pk)
    member = make_member(employer.pk, "E1", personal_email="mine@home.example")
    drain("domain")
    with acting_as(hr_of(employer.pk)):
        services.ask_to_invite(member_id=member.pk, now=now)
    drain("domain")
    assert mails() == [("mine@home.example", "invitation")] * 2
    assert [superseded for _, superseded, _ in invitations()] == [now, None]


def test_nothing_is_mailed_after_a_death(committed_db, now):
    employer = make_employer()
    make_plan(employer.pk)
    member = make_member(employer.pk, "E1", personal_email="mine@home.example")
    other = make_member(employer.pk, "E2", personal_email="hers@home.example")
    activate(other)
    drain("domain")
    before = len(mails())
    with acting_as(hr_of(employer.pk)):
        for one in (member, other):
            services.record_death(member_id=one.pk, date_of_death=date(2026, 3, 1), now=now)
        services.ask_to_invite(member_id=member.pk, now=now)
    drain("domain")
    assert len(mails()) == before
    with acting_as(WORKER):
        assert facade.get_member(other.pk).email == ""
        assert facade.coverage_of(other.pk, on=date(2026, 3, 2)) is None
        assert not Invitation.objects.filter(member_id=member.pk, superseded_at=None).exists()


@pytest.mark.parametrize("by_file", [False, True])
def test_a_death_takes_back_what_was_not_sent_through_whatever_door_it_comes(employer, now, by_file):
    make_plan(employer.pk)
    member, other = make_member(employer.pk, "E1"), make_member(employer.pk, "E2")
    drain("domain")
    day = date(2026, 3, 1)
    if by_file:
        apply_people(employer.pk, make_person("E1", date_of_death=day), make_person("E2", last_name="Soto"))
        apply_people(employer.pk, make_person("E1", date_of_death=date(2026, 2, 28)))
    else:
        with acting_as(hr_of(employer.pk)):
            services.record_death(member_id=member.pk, date_of_death=day, now=now)
    drain("domain")
    assert events(MemberDied) == [{"member_id": str(member.pk), "employer_id": str(employer.pk)}]
    with acting_as(WORKER):
        assert Email.objects.get(reader_id=member.pk).last_error == READER_GONE
        assert Email.objects.get(reader_id=other.pk).last_error == ""
        open_ones = Invitation.objects.filter(superseded_at=None).values_list("member_id", flat=True)
        assert list(open_ones) == [other.pk]


@pytest.mark.parametrize("by_file", [False, True])
def test_a_move_to_another_time_zone_is_told_once_and_no_other_change_is(employer, now, by_file):
    make_plan(employer.pk)
    member = make_member(employer.pk, "E1", timezone="America/New_York")
    make_member(employer.pk, "E2")
    for facts in ({"timezone": "America/Denver", "city": "Moab"}, {"timezone": "America/Denver", "city": "Lamar"}):
        if by_file:
            apply_people(employer.pk, make_person("E1", **facts), make_person("E2", city="Reno"))
        else:
            with acting_as(hr_of(employer.pk)):
                services.describe(member_id=member.pk, facts=facts, now=now)
    assert events(MemberTimeZoneChanged) == [{"member_id": str(member.pk), "employer_id": str(employer.pk)}]


@pytest.mark.parametrize("name", ["first_name", "last_name"])
def test_a_record_is_not_given_to_another_person(employer, now, name):
    make_plan(employer.pk)
    member = make_member(employer.pk, "E1")
    other = {name: "Zorn", "date_of_birth": date(1990, 1, 1)}
    with acting_as(hr_of(employer.pk)):
        with pytest.raises(services.OtherPerson):
            services.describe(member_id=member.pk, facts=other, now=now)
        assert Member.objects.filter(pk=member.pk, date_of_birth=member.date_of_birth).exists()
        for part in other:
            services.describe(member_id=member.pk, facts={part: other[part]}, now=now)
        services.describe(member_id=member.pk, facts={name: "ZORN", "date_of_birth": date(1990, 1, 2)}, now=now)


def test_a_death_that_was_taken_back_meanwhile_takes_nothing_back(employer, now):
    make_plan(employer.pk)
    member = make_member(employer.pk)
    drain("domain")
    with acting_as(hr_of(employer.pk)):
        services.record_death(member_id=member.pk, date_of_death=date(2026, 3, 1), now=now)
        services.undo_death(member_id=member.pk, now=now)
    drain("domain")
    with acting_as(WORKER):
        assert Email.objects.get(reader_id=member.pk).last_error == ""


def test_the_work_address_serves_where_there_is_no_other(committed_db, now):
    employer = make_employer()
    make_plan(employer.pk)
    make_member(employer.pk, personal_email="", work_email="ana@work.example")
    make_member(employer.pk, personal_email="")
    drain("domain")
    assert [email for email, *_ in invitations()] == ["ana@work.example"]
