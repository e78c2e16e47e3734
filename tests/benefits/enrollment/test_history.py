"""No statement changes a member or their cover without a line of history, and no line is written by hand."""

import json
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from benefits.enrollment.models import Door, Enrollment, Member, MemberChange, MemberContact
from benefits.enrollment.services import recorded
from tests.conftest import NOW
from tests.factories.benefits import changing_roster, hr_of, make_employer, make_member, make_plan
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id


@pytest.fixture
def employer(db, now):
    employer = make_employer()
    make_plan(employer.pk)
    return employer


def changes(**where):
    with acting_as(WORKER):
        return list(MemberChange.objects.filter(**where).order_by("number"))


def test_a_statement_over_the_whole_roster_is_recorded_row_by_row(employer):
    members = [make_member(employer.pk) for _ in range(20)]
    before = len(changes())
    change_set = new_id()
    with acting_as(hr_of(employer.pk)), recorded(door=Door.SCIM, now=NOW, reason="moved", change_set_id=change_set):
        assert Member.objects.filter(employer=employer).update(city="Reno") == 20
        Enrollment.objects.filter(employer_id=employer.pk).update(ends_on=date(2026, 12, 31))
    found = changes(change_set_id=change_set)
    assert len(changes()) == before + 40
    assert {one.member_id for one in found} == {member.pk for member in members}
    assert {(one.subject, str(one.before), str(one.after)) for one in found} == {
        ("member", "{'city': ''}", "{'city': 'Reno'}"),
        ("cover", "{'ends_on': None}", "{'ends_on': '2026-12-31'}"),
    }
    assert {(one.door, one.role, one.changed_at, one.reason) for one in found} == {("scim", "act_hr", NOW, "moved")}


def test_raw_sql_is_recorded_too(employer):
    member = make_member(employer.pk)
    with changing_roster(employer.pk), connection.cursor() as cursor:
        cursor.execute("UPDATE benefits_member SET city = 'Ely' WHERE id = %s", [member.pk])
    assert changes(member_id=member.pk)[-1].after == {"city": "Ely"}


def test_what_changes_nothing_is_no_change(employer):
    member = make_member(employer.pk)
    before = len(changes())
    with changing_roster(employer.pk):
        Member.objects.filter(pk=member.pk).update(first_name=member.first_name)
    with acting_as(WORKER):
        Member.objects.filter(pk=member.pk).update(version=99)  # as every event does, through no door
    assert len(changes()) == before


@pytest.mark.parametrize(
    "statement", ["UPDATE benefits_member SET city = 'x'", "UPDATE benefits_enrollment SET ends_on = '2026-12-31'"]
)
def test_a_change_through_no_door_fails(employer, statement):
    make_member(employer.pk)
    with acting_as(hr_of(employer.pk)), pytest.raises(IntegrityError, match="door"), transaction.atomic():
        connection.cursor().execute(statement)


def test_what_was_said_of_one_change_does_not_stick_to_the_next(employer):
    member = make_member(employer.pk)
    with acting_as(hr_of(employer.pk)):
        with recorded(door=Door.API, now=NOW):
            Member.objects.filter(pk=member.pk).update(city="Reno")
        with pytest.raises(IntegrityError, match="door"), transaction.atomic():
            Member.objects.filter(pk=member.pk).update(city="Ely")


def test_the_database_lets_only_who_keeps_people_change_the_roster(employer):
    """A view that forgot to ask would not get further than this."""
    member = make_member(employer.pk)
    reader = Actor(role=Role.HR, employer=employer.pk, user=new_id(), permissions=("owner", "billing"))
    with acting_as(reader), recorded(door=Door.API, now=NOW):
        assert Member.objects.filter(pk=member.pk).exists()
        assert not Member.objects.filter(pk=member.pk).update(city="Reno")
        assert not Enrollment.objects.filter(member=member).update(ends_on=NOW.date())
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            MemberContact.objects.bulk_create(
                [MemberContact(employer_id=employer.pk, member=member, email="a@b.example", created_at=NOW)]
            )


@pytest.mark.parametrize("role", [Role.HR, Role.OPERATOR])
def test_nobody_writes_history_by_hand(employer, role):
    line = MemberChange(
        employer_id=employer.pk,
        member_id=new_id(),
        subject="member",
        subject_id=new_id(),
        door="api",
        role="act_hr",
        changed_at=NOW,
        after={},
    )
    actor = hr_of(employer.pk) if role == Role.HR else Actor(role=role)
    with acting_as(actor), pytest.raises(IntegrityError, match="by triggers alone"), transaction.atomic():
        MemberChange.objects.bulk_create([line])


@pytest.mark.parametrize(
    "statement", ["UPDATE benefits_memberchange SET door = 'x'", "DELETE FROM benefits_memberchange"]
)
def test_history_is_not_edited(employer, statement):
    make_member(employer.pk)
    with (
        acting_as(hr_of(employer.pk)),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        connection.cursor().execute(statement)
    assert changes()


def test_the_present_row_is_what_its_history_adds_up_to(employer):
    """Replaying every change of a member gives the row as it stands."""
    member = make_member(employer.pk, "E1")
    with changing_roster(employer.pk):
        for number in range(5):
            Member.objects.filter(pk=member.pk).update(
                city=f"City {number}", hire_date=date(2020, 1, 1) + timedelta(number)
            )
    replayed: dict[str, object] = {}
    for change in changes(member_id=member.pk, subject="member"):
        assert all(replayed.get(name) == value for name, value in (change.before or {}).items())
        replayed |= change.after
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(member) FROM benefits_member AS member WHERE id = %s", [member.pk])
        row = cursor.fetchone()[0]
    row = json.loads(row) if isinstance(row, str) else row
    assert {name: row[name] for name in replayed} == replayed
