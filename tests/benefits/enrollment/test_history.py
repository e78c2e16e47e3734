"""No statement changes a member or their cover without a line of history, and no line is written by hand."""

import json
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from benefits.enrollment import queries
from benefits.enrollment.models import (
    TOLD_OF_COVER,
    TOLD_OF_MEMBER,
    Door,
    Enrollment,
    Member,
    MemberChange,
    MemberContact,
)
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


def rows_of(member):
    """A member and their cover as the tables have them, by the id of the row."""
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute(
            "SELECT id::text, to_jsonb(member) FROM benefits_member AS member WHERE id = %(id)s UNION ALL "
            "SELECT id::text, to_jsonb(cover) FROM benefits_enrollment AS cover WHERE member_id = %(id)s",
            {"id": member.pk},
        )
        return {subject: json.loads(row) for subject, row in cursor.fetchall()}


def told(employer, member):
    """Their history as HR reads it, first changes first."""
    with acting_as(hr_of(employer.pk)):
        return list(queries.list_changes(member).order_by("number"))


def change_again_and_again(member):
    for number in range(3):
        Member.objects.filter(pk=member.pk).update(city=f"City {number}", hire_date=date(2020, 1, 1 + number))
    Member.objects.filter(pk=member.pk).update(leave_starts_on=date(2026, 2, 1))
    Member.objects.filter(pk=member.pk).update(leave_starts_on=None, removed_at=NOW)
    Enrollment.objects.filter(member=member).update(ends_on=date(2026, 12, 31))
    Enrollment.objects.filter(member=member).update(ends_on=date(2026, 6, 30))


def test_the_present_row_is_what_its_history_adds_up_to(employer):
    """Replaying every change of a member and their cover gives the rows as they stand."""
    member = make_member(employer.pk, "E1")
    with changing_roster(employer.pk):
        change_again_and_again(member)
    replayed: dict[str, dict[str, Any]] = {}
    for change in told(employer, member):
        facts = replayed.setdefault(str(change.subject_id), change.began_as)
        assert all(facts[name] == value for name, value in (change.before or {}).items())
        facts |= change.after or {}
    present = rows_of(member)
    assert len(present) == 2
    assert {subject: row | replayed[subject] for subject, row in present.items()} == present


def test_what_a_row_began_as_is_told_whatever_it_has_become(employer):
    """It is not kept: the row as it stands and what it was before each change lead back to it."""
    member = make_member(employer.pk, "E1", city="Boise")
    make_member(employer.pk, "E2")
    first = rows_of(member)
    with changing_roster(employer.pk):
        change_again_and_again(member)
    added = {str(one.subject_id): one.began_as for one in told(employer, member) if one.before is None}
    assert {len(facts) for facts in added.values()} == {len(TOLD_OF_MEMBER), len(TOLD_OF_COVER)}
    assert {subject: row | added[subject] for subject, row in first.items()} == first


def test_only_the_line_of_a_new_row_keeps_no_images(employer):
    member = make_member(employer.pk)
    with changing_roster(employer.pk):
        change_again_and_again(member)
    kept = changes(member_id=member.pk)
    assert [one.subject for one in kept if one.before is None] == ["member", "cover"]
    assert all((one.before is None) == (one.after is None) for one in kept)
