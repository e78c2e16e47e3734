"""Taking a change-set back, and who may no more."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection

from benefits.eligibility import services
from benefits.eligibility.models import ChangeSet, StagedRow, Status
from benefits.eligibility.services.undoing import ChangedSince, NotApplied
from benefits.enrollment.models import Door, Member, MemberChange, MemberContact
from benefits.events import EnrollmentEnded, EnrollmentsStarted, MemberTimeZoneChanged
from tests.conftest import NOW
from tests.factories.benefits import hr_of, make_employer, make_person, make_plan
from tests.factories.change_sets import (
    BOB,
    ENDED,
    applied,
    child,
    cover,
    events,
    numbers,
    roster,
    staged,
    undone,
)
from tests.racing import at_once
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.many import MANY
from workers.outbox.draining import drain


def test_undoing_brings_the_roster_back(employer):
    applied(employer, make_person("E1"), make_person("E2"), make_person("E3"), child("D1", "E1"))
    applied(employer, make_person("E3", end_date=ENDED))
    before = roster(employer)
    change_set = applied(
        employer,
        make_person("E1", end_date=ENDED),
        make_person("E2", last_name="Soto", personal_email="other@home.example"),
        make_person("E3"),
        make_person("E4"),
    )
    assert roster(employer) != before
    gone = undone(employer, change_set)
    assert (gone.status, gone.undone_by) == (Status.UNDONE, BOB)
    assert roster(employer) == before
    with pytest.raises(NotApplied):
        undone(employer, change_set)


@pytest.mark.parametrize(("people", "others"), [(3, "on on"), (MANY + 1, "off off")])
def test_many_people_are_joined_by_hash(employer, people, others):
    """Nested loops would read the roster once for each of them, and scans every tenant's: workers/kernel/many.py."""
    crowd = [make_person(f"E{number}") for number in range(people)]
    assert how_joined(lambda: applied(employer, *crowd)) == others
    with acting_as(WORKER):
        change_set = ChangeSet.objects.get()
    assert how_joined(lambda: undone(employer, change_set)) == others


def how_joined(act):
    """What the transaction of `act` leaves said of nested loops and of scans of whole tables."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('enable_nestloop', 'on', true), set_config('enable_seqscan', 'on', true)")
        act()
        cursor.execute("SELECT concat_ws(' ', current_setting('enable_nestloop'), current_setting('enable_seqscan'))")
        return cursor.fetchone()[0]


def test_who_was_removed_comes_back_as_the_same_member(employer):
    change_set = applied(employer, make_person("E1"))
    with acting_as(WORKER):
        first = Member.objects.get(employee_number="E1").pk
    undone(employer, change_set)
    assert numbers(employer) == []
    again = applied(employer, make_person("E1"))
    assert again.diff["added"] == 1
    with acting_as(WORKER):
        assert Member.objects.get(employee_number="E1", removed_at=None).pk == first
    assert cover(employer, "E1") == [(date(2026, 1, 1), None)]


def test_whose_number_names_somebody_else_after_undoing_keeps_what_is_theirs(employer):
    """A census whose names slipped by a row: who had set up an account meanwhile would be the next person's member."""
    ana, bob = make_person("E1"), make_person("E1", first_name="Bob", last_name="Li", date_of_birth=date(1970, 1, 1))
    undone(employer, applied(employer, ana, child("D1", "E1")))
    with acting_as(WORKER):
        first = Member.objects.get(employee_number="E1").pk
    done = applied(employer, bob, child("D1", "E1"))
    assert (done.error_count, done.diff["added"]) == (0, 2)
    with acting_as(WORKER):
        former, now = Member.objects.get(pk=first), Member.objects.get(employee_number="E1")
        assert (former.first_name, former.employee_number, former.removed_at is None) == ("Ana", str(first), False)
        assert (now.first_name, now.pk == first) == ("Bob", False)
        assert Member.objects.get(employee_number="D1").subscriber == now
        assert list(MemberContact.objects.filter(member=now).values_list("created_at", flat=True)) == [NOW]
    undone(employer, done, now=NOW + timedelta(hours=2))
    assert numbers(employer) == []


def test_nobody_else_gives_a_number_up(employer):
    applied(employer, make_person("E1"))
    with acting_as(hr_of(employer.pk)), pytest.raises(IntegrityError, match="member_number_stays"):
        Member.objects.update(employee_number="E2")


def test_what_later_changes_touched_is_not_undone_until_they_are(employer):
    first = applied(employer, make_person("E1"), make_person("E2"))
    before = roster(employer)
    later = applied(employer, make_person("E2", last_name="Soto"))
    with pytest.raises(ChangedSince) as refused:
        undone(employer, first)
    assert refused.value.extra == {"people": 1, "employee_numbers": ["E2"]}
    undone(employer, later)
    assert roster(employer) == before
    undone(employer, first)
    assert numbers(employer) == []


def test_former_addresses_count_again_after_undoing(committed_db, now):
    employer = make_employer()
    make_plan(employer.pk)
    applied(employer, make_person("E1", personal_email="first@home.example"))
    change_set = applied(
        employer, make_person("E1", personal_email="second@home.example"), now=NOW + timedelta(minutes=1)
    )
    undone(employer, change_set)
    clock.freeze(NOW + timedelta(hours=2))
    drain("domain")
    with acting_as(WORKER):
        emails = list(MemberContact.objects.order_by("id").values_list("email", flat=True))
    assert emails == ["first@home.example", "second@home.example", "first@home.example"]


def test_history_tells_the_door_the_change_set_and_that_it_was_undone(employer):
    change_set = applied(employer, make_person("E1"), door=Door.SCIM)
    undone(employer, change_set)
    with acting_as(WORKER):
        changes = MemberChange.objects.filter(change_set_id=change_set.pk, subject="member").order_by("number")
        assert [(change.door, change.reason) for change in changes] == [("scim", ""), ("scim", "undone")]


def test_cover_that_ends_is_announced_and_so_is_cover_that_goes_on(employer):
    applied(employer, make_person("E1"))
    ended = applied(employer, make_person("E1", end_date=ENDED))
    undone(employer, ended)
    assert [event["ends_on"] for event in events(EnrollmentEnded)] == ["2026-02-15"]
    assert [len(event["member_ids"]) for event in events(EnrollmentsStarted)] == [1, 1]


def test_a_time_zone_that_comes_back_is_told_of_those_alone_whose_it_was(employer):
    applied(employer, make_person("E1"), make_person("E2"))
    moved = applied(employer, make_person("E1", timezone="America/Denver"), make_person("E2", city="Reno"))
    undone(employer, moved)
    assert len({each["member_id"] for each in events(MemberTimeZoneChanged)}) == 1
    assert len(events(MemberTimeZoneChanged)) == 2


def test_a_discarded_file_may_come_again(employer):
    change_set = staged(employer, make_person("E1"), sha256="a" * 64)
    with acting_as(hr_of(employer.pk)):
        services.discard(change_set_id=change_set.pk)
        assert not StagedRow.objects.exists()
    assert staged(employer, make_person("E1"), sha256="a" * 64).pk != change_set.pk


def test_of_two_undos_at_once_one_is_told(committed_db, now):
    employer = make_employer()
    make_plan(employer.pk)
    change_set = applied(employer, *(make_person(f"E{i}") for i in range(30)))
    results = at_once(*[lambda: undone(employer, change_set)] * 4, expected=NotApplied)
    assert [result.status for result in results if not isinstance(result, NotApplied)] == ["undone"]
