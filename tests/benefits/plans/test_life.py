"""A plan's life: drafts change, agreed plans are superseded from a day, renewed and ended, and nothing else."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from benefits import facade
from benefits.employers.models import EmployerChange
from benefits.plans.models import Plan, PlanContribution
from benefits.plans.rules import Contribution
from tests.conftest import NOW
from tests.factories.benefits import (
    OPERATOR,
    make_draft,
    make_employer,
    make_hr,
    make_member,
    make_plan,
    make_user,
    signed_in,
)
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.errors import NotFound
from workers.kernel.ids import new_id

YEAR: dict[str, Any] = {"ends_on": date(2026, 12, 31)}
DOSING = {"session_kind": "dosing", "percent": 80}


@pytest.fixture
def operator(db, now):
    return signed_in(make_user())


@pytest.fixture
def employer(db, now):
    return make_employer()


def tag(client, plan_id):
    return client.get(f"/api/v1/plans/{plan_id}/").headers["ETag"]


def send(client, plan_id, action="", *, method="post", match="", **body):
    headers = {"If-Match": match} if match else {}
    path = f"/api/v1/plans/{plan_id}/{action and action + '/'}"
    return getattr(client, method)(path, body, content_type="application/json", headers=headers)


def coverage(member, on):
    """What covers a member on a day, and whether anything does at noon of it, where they live."""
    noon = datetime.combine(on, time(12), ZoneInfo(member.timezone))
    with acting_as(WORKER):
        found = facade.coverage_of(member.pk, on=on)
        assert facade.is_covered(member.pk, now=noon) == (found is not None)
        return found


def test_a_draft_covers_nobody_until_it_is_agreed(operator, employer):
    draft = make_draft(employer.pk)
    make_plan(employer.pk, priority=200)
    member = make_member(employer.pk)
    assert coverage(member, date(2026, 3, 2)).plan_id != draft.pk
    agreed = send(operator, draft.pk, "agree", match=tag(operator, draft.pk))
    assert (agreed.status_code, agreed.json()["status"]) == (200, "agreed")
    newcomer = make_member(employer.pk)
    assert coverage(newcomer, date(2026, 3, 2)).plan_id == draft.pk


def test_cover_begins_and_ends_at_midnight_where_the_member_lives(employer):
    make_plan(employer.pk, starts_on=date(2026, 4, 1), ends_on=date(2026, 4, 30))
    member = make_member(employer.pk, timezone="America/Los_Angeles")
    at = {"April": datetime(2026, 4, 1, 7, tzinfo=UTC), "May": datetime(2026, 5, 1, 7, tzinfo=UTC)}
    with acting_as(WORKER):
        assert not facade.is_covered(member.pk, now=at["April"] - timedelta(seconds=1))
        assert facade.is_covered(member.pk, now=at["April"])
        assert facade.is_covered(member.pk, now=at["May"] - timedelta(seconds=1))
        assert not facade.is_covered(member.pk, now=at["May"])
        with pytest.raises(NotFound):
            facade.is_covered(new_id(), now=at["April"])


def test_a_draft_is_changed_by_whoever_read_it_last(operator, employer):
    draft = make_draft(employer.pk)
    first = tag(operator, draft.pk)
    changed = send(operator, draft.pk, method="patch", match=first, waiting_days=30, contributions=[DOSING])
    assert changed.status_code == 200, changed.content
    assert (changed.json()["waiting_days"], changed.json()["contributions"][0]["percent"]) == (30, 80)
    assert changed.json()["annual_cap_cents"] == 500_000
    late = send(operator, draft.pk, method="patch", match=first, waiting_days=60)
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    assert late.json()["current"] == changed.headers["ETag"]
    blind = send(operator, draft.pk, method="patch", waiting_days=60)
    assert (blind.status_code, blind.json()["code"]) == (428, "precondition_required")


def test_contributions_of_a_change_lack_nothing(operator, employer):
    draft = make_draft(employer.pk)
    answer = send(operator, draft.pk, method="patch", match=tag(operator, draft.pk), contributions=[{"percent": 80}])
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["contributions"])


def test_a_discarded_draft_comes_never_into_force(operator, employer):
    draft = make_draft(employer.pk)
    assert send(operator, draft.pk, method="delete", match=tag(operator, draft.pk)).status_code == 204
    again = send(operator, draft.pk, "agree", match=tag(operator, draft.pk))
    assert (again.status_code, again.json()["code"]) == (409, "not_a_draft")


def test_an_agreed_plan_is_not_edited_by_anybody(operator, employer):
    plan = make_plan(employer.pk)
    refused = send(operator, plan.pk, method="patch", match=tag(operator, plan.pk), waiting_days=1)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_a_draft")
    with acting_as(OPERATOR):
        for change in ({"annual_cap_cents": 1}, {"priority": 7}, {"status": "draft"}, {"employee_classes": ["x"]}):
            with pytest.raises(IntegrityError, match=r"plan_terms_stay|plan does not move"), transaction.atomic():
                Plan.objects.filter(pk=plan.pk).update(**change)
        row = PlanContribution(plan=plan, employer_id=plan.employer_id, session_kind="dosing", percent=1)
        with pytest.raises(IntegrityError, match="contribution_of_draft"), transaction.atomic():
            row.save(force_insert=True)


def test_an_agreed_plan_lasts_no_longer_than_agreed(employer):
    plan = make_plan(employer.pk, **YEAR)
    with acting_as(OPERATOR), pytest.raises(IntegrityError, match="plan_terms_stay"), transaction.atomic():
        Plan.objects.filter(pk=plan.pk).update(ends_on=date(2027, 1, 1))


def test_its_contributions_cannot_be_deleted(employer):
    plan = make_plan(employer.pk, contributions=[Contribution(session_kind="dosing", percent=1)])
    with acting_as(OPERATOR), pytest.raises(IntegrityError, match="contribution_of_draft"), transaction.atomic():
        plan.contributions.all().delete()


def test_other_terms_hold_from_a_day_and_members_stay(operator, employer):
    plan = make_plan(employer.pk)
    member = make_member(employer.pk)
    answer = send(
        operator,
        plan.pk,
        "supersede",
        match=tag(operator, plan.pk),
        from_day="2026-07-01",
        employer_share_percent=75,
        contributions=[DOSING],
    )
    assert answer.status_code == 201, answer.content
    before, after = coverage(member, date(2026, 6, 30)), coverage(member, date(2026, 7, 1))
    assert (before.employer_share_percent, before.contributions) == (50, ())
    assert (after.employer_share_percent, after.contributions[0].percent) == (75, 80)
    assert before.plan_id == after.plan_id == plan.pk
    assert (before.version_id, str(after.version_id)) == (plan.pk, answer.json()["id"])
    assert before.year_starts_on == after.year_starts_on == date(2026, 1, 1)


def test_what_was_agreed_wrongly_is_superseded_before_it_begins(operator, employer):
    plan = make_plan(employer.pk, starts_on=date(2026, 4, 1))
    member = make_member(employer.pk)
    answer = send(
        operator, plan.pk, "supersede", match=tag(operator, plan.pk), from_day="2026-04-01", employer_share_percent=1
    )
    assert answer.status_code == 201, answer.content
    assert coverage(member, date(2026, 4, 1)).employer_share_percent == 1


@pytest.mark.parametrize("from_day", ["2026-03-01", "2027-01-01"])
def test_terms_change_from_today_on_while_the_plan_lasts(operator, employer, from_day):
    plan = make_plan(employer.pk, **YEAR)
    answer = send(operator, plan.pk, "supersede", match=tag(operator, plan.pk), from_day=from_day)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["from_day"])


def test_a_renewal_is_a_draft_that_keeps_the_members(operator, employer):
    plan = make_plan(employer.pk, **YEAR)
    member = make_member(employer.pk)
    renewal = send(operator, plan.pk, "renew", annual_cap_cents=600_000)
    assert renewal.status_code == 201, renewal.content
    told = renewal.json()
    assert (told["status"], told["starts_on"], told["ends_on"]) == ("draft", "2027-01-01", "2027-12-31")
    assert told["lineage_id"] == str(plan.pk)
    assert coverage(member, date(2027, 1, 1)) is None
    assert send(operator, told["id"], "agree", match=renewal.headers["ETag"]).status_code == 200
    assert coverage(member, date(2026, 12, 31)).annual_cap_cents == 500_000
    renewed = coverage(member, date(2027, 1, 1))
    assert (renewed.annual_cap_cents, renewed.plan_id) == (600_000, plan.pk)
    assert renewed.year_starts_on == date(2027, 1, 1)


def test_limits_of_a_lifetime_do_not_begin_anew_with_a_renewal(operator, employer):
    plan = make_plan(employer.pk, reset="lifetime", **YEAR)
    member = make_member(employer.pk)
    renewal = send(operator, plan.pk, "renew")
    send(operator, renewal.json()["id"], "agree", match=renewal.headers["ETag"])
    assert coverage(member, date(2027, 5, 1)).year_starts_on == date(2026, 1, 1)


def test_a_plan_without_end_is_not_renewed(operator, employer):
    answer = send(operator, make_plan(employer.pk).pk, "renew")
    assert (answer.status_code, answer.json()["code"]) == (409, "plan_final")


def test_a_renewal_does_not_begin_before_the_plan_is_over(operator, employer):
    answer = send(operator, make_plan(employer.pk, **YEAR).pk, "renew", starts_on="2026-12-31")
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["starts_on"])


def test_a_plan_that_ended_covers_only_what_runs_out(operator, employer):
    plan = make_plan(employer.pk, run_out_days=30)
    member = make_member(employer.pk)
    assert send(operator, plan.pk, "end", match=tag(operator, plan.pk), ends_on="2026-03-31").status_code == 200
    assert coverage(member, date(2026, 3, 31)) is not None
    assert coverage(member, date(2026, 4, 1)) is None
    with acting_as(WORKER):
        since = date(2026, 3, 1)
        assert facade.coverage_of(member.pk, on=date(2026, 4, 30), under_way_since=since) is not None
        assert facade.coverage_of(member.pk, on=date(2026, 5, 1), under_way_since=since) is None


@pytest.mark.parametrize("ends_on", ["2026-02-28", "2027-01-01"])
def test_a_plan_ends_neither_in_the_past_nor_after_its_own_end(operator, employer, ends_on):
    plan = make_plan(employer.pk, **YEAR)
    answer = send(operator, plan.pk, "end", match=tag(operator, plan.pk), ends_on=ends_on)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["ends_on"])


def test_several_plans_are_in_force_at_once_by_their_priority(operator, employer):
    make_plan(employer.pk)
    executives = make_plan(employer.pk, name="Executives", priority=1, employee_classes=["executive"])
    plans = operator.get(f"/api/v1/employers/{employer.pk}/plans/").json()["results"]
    assert [one["name"] for one in plans] == ["Executives", "Standard"]
    again = make_draft(employer.pk, priority=1)
    refused = send(operator, again.pk, "agree", match=tag(operator, again.pk))
    assert (refused.status_code, refused.json()["code"]) == (409, "plans_overlap")
    with acting_as(WORKER):
        assert Plan.objects.get(pk=executives.pk).status == "agreed"


def test_hr_reads_its_own_agreed_plans(employer):
    hr = signed_in(make_hr(employer.pk))
    plan, draft, foreign = make_plan(employer.pk), make_draft(employer.pk), make_plan(make_employer().pk)
    assert [one["id"] for one in hr.get("/api/v1/plans/").json()["results"]] == [str(plan.pk)]
    assert hr.get(f"/api/v1/plans/{plan.pk}/").status_code == 200
    assert {hr.get(f"/api/v1/plans/{one.pk}/").status_code for one in (draft, foreign)} == {404}
    assert send(hr, plan.pk, "end", match=tag(hr, plan.pk), ends_on="2026-12-31").status_code == 403


def test_every_change_is_in_the_employers_history(operator, employer):
    plan = make_plan(employer.pk)
    send(operator, plan.pk, "end", match=tag(operator, plan.pk), ends_on="2026-12-31")
    [ended, agreed, drafted] = operator.get(f"/api/v1/employers/{employer.pk}/changes/").json()["results"]
    assert [one["change"] for one in (drafted, agreed, ended)] == ["plan_drafted", "plan_agreed", "plan_ended"]
    assert (ended["before"], ended["after"]) == ({"ends_on": None}, {"ends_on": "2026-12-31"})
    assert ended["by_role"] == "act_operator"
    assert agreed["after"]["annual_cap_cents"] == 500_000
    with acting_as(OPERATOR), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        EmployerChange.objects.update(change="other")


def test_a_headcount_follows_the_version_that_is_in_force(operator, employer):
    plan = make_plan(employer.pk)
    make_member(employer.pk)
    answer = send(operator, plan.pk, "supersede", match=tag(operator, plan.pk), from_day="2026-07-01", name="Better")
    assert answer.status_code == 201
    with acting_as(WORKER):
        heads = [
            [(head.plan_name, head.enrolled) for head in facade.list_headcounts(employer.pk, on=NOW.date() + later)]
            for later in (timedelta(), timedelta(days=200))
        ]
    assert heads == [[("Standard", 1)], [("Better", 1)]]
