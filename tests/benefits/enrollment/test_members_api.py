"""HR's interface: edits with ETags, steps, filters, the roster of a day, history; two admins at once."""

import json
from datetime import date, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benefits.enrollment.models import Enrollment, Member, MemberContact
from benefits.enrollment.rules import covers, local_day, status_on
from tests.conftest import NOW
from tests.factories.benefits import (
    apply_people,
    hr_of,
    make_employer,
    make_hr,
    make_member,
    make_person,
    make_plan,
    signed_in,
)
from tests.racing import at_once
from workers.kernel.actor import WORKER, acting_as


@pytest.fixture
def employer(db, now):
    employer = make_employer()
    make_plan(employer.pk)
    return employer


@pytest.fixture
def hr(employer):
    return signed_in(make_hr(employer.pk))


def at(member, step=""):
    return f"/api/v1/members/{member.pk}/{step}"


def patch(client, member, facts, **headers):
    return client.patch(at(member), json.dumps(facts), content_type="application/json", headers=headers)


def post(client, path, facts=None, **headers):
    return client.post(path, json.dumps(facts or {}), content_type="application/json", headers=headers)


def test_a_member_is_described_anew(employer, hr):
    member = make_member(employer.pk)
    first = hr.get(at(member))
    facts = {"last_name": "Núñez", "address_line_1": "1 Main St", "city": "Reno", "state": "nv", "reason": "married"}
    answer = patch(hr, member, facts, **{"If-Match": first.headers["ETag"]})
    assert answer.status_code == 200, answer.content
    changed = answer.json()
    assert (changed["last_name"], changed["city"], changed["state"]) == ("Núñez", "Reno", "NV")
    assert {k: v for k, v in changed.items() if k not in ("last_name", "address_line_1", "city", "state")} == {
        k: v for k, v in first.json().items() if k not in ("last_name", "address_line_1", "city", "state")
    }
    assert answer.headers["ETag"] == hr.get(at(member)).headers["ETag"] != first.headers["ETag"]


def test_an_edit_without_or_with_an_old_etag_is_refused(employer, hr):
    member = make_member(employer.pk)
    tag = hr.get(at(member)).headers["ETag"]
    assert patch(hr, member, {"city": "Reno"}).status_code == 428
    assert patch(hr, member, {"city": "Reno"}, **{"If-Match": tag}).status_code == 200
    late = patch(hr, member, {"city": "Ely"}, **{"If-Match": tag})
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    assert hr.get(at(member)).json()["city"] == "Reno"


@pytest.mark.parametrize(
    "facts",
    [
        {"state": "XX"},
        {"timezone": "Mars/Base"},
        {"postal_code": "1234"},
        {"date_of_birth": "2026-02-30"},
        {"date_of_birth": "2090-01-01"},
        {"end_date": "2026-01-01"},
        {"employee_number": "other"},
        {"first_name": ""},
        {"personal_email": "nobody"},
        {"language": "english"},
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(employer, hr, facts):
    member = make_member(employer.pk)
    first = hr.get(at(member))
    answer = patch(hr, member, facts, **{"If-Match": first.headers["ETag"]})
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == list(facts)
    assert hr.get(at(member)).headers["ETag"] == first.headers["ETag"]


def test_addresses_are_written_and_never_read_back(employer, hr):
    member = make_member(employer.pk)
    tag = hr.get(at(member)).headers["ETag"]
    answer = patch(hr, member, {"personal_email": "New@Home.example"}, **{"If-Match": tag})
    assert answer.headers["ETag"] != tag
    assert b"home.example" not in answer.content + hr.get(at(member, "history/")).content
    with acting_as(WORKER):
        emails = MemberContact.objects.filter(member=member).order_by("-id").values_list("email", flat=True)
        assert emails.first() == "new@home.example"


def test_the_steps_of_a_life_by_the_interface(employer, hr):
    member = make_member(employer.pk)
    for step, facts, status in (
        ("leave", {"starts_on": "2026-02-01"}, "on_leave"),
        ("return", {}, "active"),
        ("terminate", {"end_date": "2026-02-28", "reason": "left"}, "terminated"),
        ("reinstate", {}, "active"),
        ("terminate", {"end_date": "2026-02-28"}, "terminated"),
        ("rehire", {"hire_date": "2026-06-01"}, "pending"),
        ("death", {"date_of_death": "2026-03-01"}, "deceased"),
    ):
        answer = post(hr, at(member, f"{step}/"), facts)
        assert (answer.status_code, answer.json().get("status")) == (200, status), (step, answer.content)
    assert hr.delete(at(member, "death/")).json()["employment_status"] == "ended"
    refused = post(hr, at(member, "return/"))
    assert (refused.status_code, refused.json()["code"], refused.json()["state"]) == (409, "not_possible_now", "ended")
    wrong = post(hr, at(member, "reinstate/"), {"cover_from": "2025-01-01"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "cover_from")


def test_who_only_reads_changes_nothing(employer, db):
    member = make_member(employer.pk)
    reader = signed_in(make_hr(employer.pk, "billing"))
    assert reader.get(at(member)).status_code == 200
    assert patch(reader, member, {"city": "Reno"}, **{"If-Match": '"x"'}).status_code == 403
    assert post(reader, at(member, "terminate/"), {"end_date": "2026-03-01"}).status_code == 403


def test_of_two_admins_with_one_etag_one_is_told(committed_db, now):
    employer = make_employer()
    make_plan(employer.pk)
    member = make_member(employer.pk)
    clients = [signed_in(make_hr(employer.pk)) for _ in range(4)]
    tag = clients[0].get(at(member)).headers["ETag"]

    def edit(number):
        return patch(clients[number], member, {"city": f"City {number}"}, **{"If-Match": tag}).status_code

    assert sorted(at_once(*[partial(edit, number) for number in range(4)])) == [200, 412, 412, 412]


def test_a_termination_and_a_re_hire_at_once_end_in_one_of_two_orders(committed_db, now):
    employer = make_employer()
    make_plan(employer.pk)
    clients = [signed_in(make_hr(employer.pk)) for _ in range(2)]
    for number in range(6):
        member = make_member(employer.pk, f"E{number}")
        post(clients[0], at(member, "terminate/"), {"end_date": "2026-02-10"})
        answers = at_once(
            partial(post, clients[0], at(member, "terminate/"), {"end_date": "2026-02-20"}),
            partial(post, clients[1], at(member, "rehire/"), {"hire_date": "2026-02-15"}),
        )
        statuses = [answer.status_code for answer in answers]
        with acting_as(WORKER):
            stands = Member.objects.get(pk=member.pk)
            spans = list(
                Enrollment.objects.filter(member=member).order_by("starts_on").values_list("starts_on", "ends_on")
            )
        if statuses == [200, 200]:  # re-hired, then ended five days later
            assert stands.end_date == date(2026, 2, 20)
            assert spans[-1] == (date(2026, 2, 15), date(2026, 2, 20))
        else:  # corrected first: a re-hire before the last day is none
            assert statuses == [200, 422]
            assert spans == [(date(2026, 1, 1), date(2026, 2, 20))]


def numbers(answer):
    assert answer.status_code == 200, answer.content
    return [row["employee_number"] for row in answer.json()["results"]]


def test_filters(employer, hr):
    make_member(employer.pk, "1", last_name="García", first_name="Ana", employee_class="nurse", work_location="Reno")
    make_member(employer.pk, "2", last_name="GARCÍA LÓPEZ", employee_class="nurse")
    make_member(employer.pk, "3", last_name="Smith")
    apply_people(employer.pk, make_person("3", last_name="Smith", end_date=date(2026, 1, 31)))
    listed = {
        "": ["3", "2", "1"],
        "employee_number=2": ["2"],
        "name=garc": ["2", "1"],
        "name=García a": ["1"],
        "name=%25": [],
        "status=active": ["2", "1"],
        "status=terminated": ["3"],
        "employment_status=ended": ["3"],
        "employee_class=nurse&work_location=Reno": ["1"],
        "covered_on=2026-01-31": ["3", "2", "1"],
        "covered_on=2026-02-01": ["2", "1"],
        "covered_on=2025-12-31": [],
        "status=active&page_size=1": ["2"],
    }
    assert {query: numbers(hr.get(f"/api/v1/members/?{query}")) for query in listed} == listed
    page = hr.get("/api/v1/members/?page_size=2").json()
    assert numbers(hr.get(page["next"])) == ["1"]


@pytest.mark.parametrize("query", ["status=sleeping", "covered_on=2026-02-30", "plan_id=x", "covered_on=yesterday"])
def test_a_filter_that_means_nothing_is_refused_by_name(hr, query):
    answer = hr.get(f"/api/v1/members/?{query}")
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [query.partition("=")[0]]


def test_the_plan_filter_follows_whom_it_covered(employer, hr):
    plan = make_plan(employer.pk, priority=1, employee_classes=["nurse"], name="Nurses", starts_on=date(2026, 2, 1))
    make_member(employer.pk, "1", employee_class="nurse", hire_date=date(2026, 2, 1))
    make_member(employer.pk, "2")
    assert numbers(hr.get(f"/api/v1/members/?plan_id={plan.pk}")) == ["1"]
    assert numbers(hr.get(f"/api/v1/members/?plan_id={plan.pk}&covered_on=2026-01-31")) == []


moments = st.integers(-200, 200)
lives = st.lists(
    st.tuples(
        moments, st.none() | moments, st.sampled_from(("America/Los_Angeles", "America/New_York", "Pacific/Guam"))
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(lives, moments)
def test_the_database_filters_as_the_rules_say(db, now, people, day):
    """Point-in-time roster and status, against the same rules in plain Python over everybody."""
    employer = make_employer()
    make_plan(employer.pk, starts_on=date(2025, 6, 1))
    hr = signed_in(make_hr(employer.pk))
    for number, (hired, ended, zone) in enumerate(people):
        hire_date = NOW.date() + timedelta(days=hired)
        make_member(employer.pk, f"E{number}", hire_date=hire_date, timezone=zone)
        if ended is not None and ended >= hired:
            end_date = NOW.date() + timedelta(days=ended)
            apply_people(employer.pk, make_person(f"E{number}", hire_date=hire_date, timezone=zone, end_date=end_date))
    on = NOW.date() + timedelta(days=day)
    with acting_as(WORKER):
        members = list(Member.objects.filter(employer_id=employer.pk).order_by("-id"))
        spans = list(Enrollment.objects.filter(employer_id=employer.pk))
    covered = {
        one.member_id
        for one in spans
        if on >= date(2025, 6, 1) and covers(starts_on=one.starts_on, ends_on=one.ends_on, on=on)
    }
    assert numbers(hr.get(f"/api/v1/members/?covered_on={on}")) == [
        m.employee_number for m in members if m.pk in covered
    ]
    for status in ("pending", "active", "terminated", "on_leave", "deceased"):
        expected = [m.employee_number for m in members if status_on(m, on=local_day(NOW, m.timezone)) == status]
        assert numbers(hr.get(f"/api/v1/members/?status={status}")) == expected


def test_the_history_says_who_by_which_door_when_before_and_after(employer, now):
    user = make_hr(employer.pk)
    hr = signed_in(user)
    member = make_member(employer.pk, first_name="Ana")
    tag = hr.get(at(member)).headers["ETag"]
    patch(hr, member, {"first_name": "Anna", "reason": "spelling"}, **{"If-Match": tag})
    post(hr, at(member, "terminate/"), {"end_date": "2026-03-31"})
    changes = hr.get(at(member, "history/")).json()["results"]
    assert [(one["subject"], one["door"], one["by_role"]) for one in changes] == [
        ("cover", "api", "hr_admin"),
        ("member", "api", "hr_admin"),
        ("member", "api", "hr_admin"),
        ("cover", "file", "hr_admin"),
        ("member", "file", "hr_admin"),
    ]
    ended, left, named, covered, added = changes
    assert (ended["before"], ended["after"]) == ({"ends_on": None}, {"ends_on": "2026-03-31"})
    assert (left["before"], left["after"]) == ({"end_date": None}, {"end_date": "2026-03-31"})
    assert (named["before"], named["after"]) == ({"first_name": "Ana"}, {"first_name": "Anna"})
    assert (named["by"], named["reason"], named["changed_at"]) == (str(user.pk), "spelling", "2026-03-02T15:00:00Z")
    assert covered["after"]["starts_on"] == "2026-01-01"
    assert (added["before"], added["after"]["first_name"], added["after"]["has_address"]) == (None, "Ana", True)


def test_another_employers_members_are_not_there(employer, hr, db):
    other = make_employer()
    make_plan(other.pk)
    member = make_member(other.pk)
    assert numbers(hr.get("/api/v1/members/")) == []
    for answer in (
        hr.get(at(member)),
        hr.get(at(member, "history/")),
        patch(hr, member, {"city": "x"}, **{"If-Match": '"x"'}),
        post(hr, at(member, "terminate/"), {"end_date": "2026-03-01"}),
        post(hr, at(member, "invitations/"), {"by": "letter"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_the_actor_of_hr_cannot_reach_further(employer):
    with acting_as(hr_of(make_employer().pk)):
        assert not Member.objects.exists()
