"""Two rows of one person become one; nothing that hangs on either is lost, and HR learns no more than that."""

import json
from datetime import date
from functools import partial

import pytest

from benefits.accounts import services as accounts
from benefits.accounts.models import Invitation, User, UserRole
from benefits.eligibility.models import Kind
from benefits.eligibility.rules.rows import Row
from benefits.eligibility.services import stage
from benefits.enrollment import services
from benefits.enrollment.models import Door, Enrollment, Member
from benefits.facade import coverage_of
from tests.conftest import NOW
from tests.factories.benefits import (
    OPERATOR,
    PASSWORD,
    activate,
    hr_of,
    make_employer,
    make_hr,
    make_member,
    make_person,
    make_plan,
    make_user,
    signed_in,
)
from tests.racing import at_once
from workers.kernel.actor import AUTH, WORKER, acting_as
from workers.kernel.errors import NotFound
from workers.kernel.ids import new_id


@pytest.fixture
def employer(db, now):
    employer = make_employer()
    make_plan(employer.pk, covers_dependants=True)
    return employer


def merge(goes, stays):
    with acting_as(OPERATOR):
        return services.merge(member_id=goes.pk, into_id=stays.pk, reason="One person, says HR.", now=NOW)


def periods(member):
    with acting_as(WORKER):
        spans = Enrollment.objects.filter(member=member).order_by("starts_on", "id").values_list("starts_on", "ends_on")
        return [(first, last) for first, last in spans if last is None or last >= first]


def test_cover_that_only_one_of_them_had_is_the_others(employer):
    stays = make_member(employer.pk, "1", hire_date=date(2026, 2, 1))
    goes = make_member(employer.pk, "2", hire_date=date(2026, 1, 5))
    merge(goes, stays)
    assert periods(goes) == []
    assert periods(stays) == [(date(2026, 1, 5), date(2026, 1, 31)), (date(2026, 2, 1), None)]
    with acting_as(WORKER):
        assert coverage_of(stays.pk, on=date(2026, 1, 10)) is not None
        gone = Member.objects.get(pk=goes.pk)
    assert (gone.merged_into_id, gone.removed_at) == (stays.pk, NOW)


def test_the_one_with_the_account_stays(employer):
    with_account, without = make_member(employer.pk), make_member(employer.pk)
    user = activate(with_account)
    with pytest.raises(services.CannotMerge) as refusal:
        merge(with_account, without)
    assert refusal.value.extra == {"why": "has_account"}
    assert periods(with_account)
    merge(without, with_account)
    with acting_as(AUTH):
        assert User.objects.get(pk=user.pk).member_id == with_account.pk


def test_two_with_accounts_are_never_merged(employer):
    one, other = make_member(employer.pk), make_member(employer.pk)
    activate(one)
    activate(other)
    for goes, stays in ((one, other), (other, one)):
        with pytest.raises(services.CannotMerge):
            merge(goes, stays)


def test_two_employers_two_records(employer):
    other = make_employer()
    make_plan(other.pk)
    with pytest.raises(services.CannotMerge):
        merge(make_member(employer.pk), make_member(other.pk))
    member = make_member(employer.pk)
    with pytest.raises(services.CannotMerge):
        merge(member, member)


def test_dependants_follow_and_family_is_not_merged(employer):
    stays, goes = make_member(employer.pk, "1"), make_member(employer.pk, "2")
    child = make_member(employer.pk, "2-1", relationship="child", subscriber_number="2")
    with pytest.raises(services.CannotMerge):
        merge(child, goes)
    merge(goes, stays)
    with acting_as(WORKER):
        assert Member.objects.get(pk=child.pk).subscriber_id == stays.pk
    with pytest.raises(NotFound):
        merge(goes, stays)


def test_an_acceptance_at_the_same_time_wins_or_finds_its_link_worthless(committed_db, now):
    """Never is there an account of somebody who has left the roster."""
    employer = make_employer()
    make_plan(employer.pk)
    for _ in range(8):
        goes, stays = make_member(employer.pk), make_member(employer.pk)
        with acting_as(WORKER):
            Invitation.objects.filter(member_id=goes.pk).update(superseded_at=NOW)
            _, token = accounts.issue(
                role=UserRole.EMPLOYEE,
                email=f"{goes.pk}@home.example",
                employer_id=employer.pk,
                member_id=goes.pk,
                now=NOW,
            )

        def accept(token=token):
            with acting_as(AUTH):
                return accounts.accept(token=token, password=PASSWORD, now=NOW)

        refusals = services.CannotMerge, accounts.InvitationNotValid
        accepted, merged = at_once(accept, partial(merge, goes, stays), expected=refusals)
        assert isinstance(accepted, User) == isinstance(merged, services.CannotMerge)
        with acting_as(WORKER):
            assert User.objects.filter(member_id=goes.pk).exists() == isinstance(accepted, User)


def test_hr_sees_one_of_two_rows_leave_and_no_more(employer):
    hr, operator = signed_in(make_hr(employer.pk)), signed_in(make_user())
    stays, goes = make_member(employer.pk, "1"), make_member(employer.pk, "2", hire_date=date(2026, 1, 5))
    found = operator.get(f"/api/v1/operator/members/?employer_id={employer.pk}&name=garc").json()["results"]
    assert {row["employee_number"] for row in found} == {"1", "2"}
    body = json.dumps({"into_id": str(stays.pk), "reason": "2 has no account"})
    answer = operator.post(f"/api/v1/operator/members/{goes.pk}/merge/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["id"]) == (200, str(stays.pk))
    assert [row["employee_number"] for row in hr.get("/api/v1/members/").json()["results"]] == ["1"]
    assert hr.get(f"/api/v1/members/{goes.pk}/").status_code == 404
    assert hr.get(f"/api/v1/members/{goes.pk}/history/").status_code == 404
    history = hr.get(f"/api/v1/members/{stays.pk}/history/")
    assert b"no account" not in history.content
    again = operator.post(f"/api/v1/operator/members/{goes.pk}/merge/", body, content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("role", ["hr_admin", "employee"])
def test_only_operators_merge(employer, role):
    member = make_member(employer.pk)
    client = signed_in(make_hr(employer.pk) if role == "hr_admin" else activate(member))
    assert client.post(f"/api/v1/operator/members/{member.pk}/merge/", {}, "application/json").status_code == 403


def test_the_number_of_the_one_who_left_is_nobodys(employer):
    stays, goes = make_member(employer.pk, "1"), make_member(employer.pk, "2")
    merge(goes, stays)
    with acting_as(hr_of(employer.pk)):
        named, _ = stage(
            employer_id=employer.pk,
            door=Door.FILE,
            kind=Kind.CHANGES,
            rows=[Row(2, make_person("2"))],
            by=new_id(),
            now=NOW,
        )
    assert [error["code"] for error in named.errors] == ["merged"]
