"""An employer proposes how a plan goes on; it holds once an operator agreed, and never before."""

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import Error, transaction

from benefits.accounts.models import HrPermission
from benefits.employers.models import EmployerChange
from benefits.plans.models import Plan, PlanContribution
from benefits.plans.rules import Contribution
from tests.benefits.plans.test_life import coverage, send, tag
from tests.factories.benefits import (
    OPERATOR,
    hr_of,
    make_draft,
    make_employer,
    make_hr,
    make_member,
    make_plan,
    make_user,
    signed_in,
)
from workers.kernel.actor import WORKER, acting_as

pytestmark = pytest.mark.django_db
YEAR: dict[str, Any] = {"ends_on": date(2026, 12, 31)}
NEXT = ("2027-01-01", "2027-12-31")


@pytest.fixture
def employer(now):
    return make_employer()


@pytest.fixture
def hr(employer):
    return signed_in(make_hr(employer.pk))


@pytest.fixture
def operator(employer):
    return signed_in(make_user("operator", permissions=["finance"]))


@pytest.fixture
def plan(employer):
    return make_plan(employer.pk, **YEAR, contributions=[Contribution(session_kind="dosing", percent=80)])


def text(answer, status=200):
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def typed(page):
    """The fields of the form on a page, as a browser sends them unchanged."""
    form = page[page.index('<section class="card narrow">') :]
    told = dict(re.findall(r'<input type="\w+" name="(\w+)"(?: value="([^"]*)")?', form))
    routes = re.findall(r'name="covered_routes" value="(\w+)"[^>]* checked', form)
    formats = re.findall(r'name="covered_formats" value="(\w+)"[^>]* checked', form)
    del told["covers_dependants"]
    return told | {"covered_routes": routes, "covered_formats": formats}


def hidden(page, name):
    return re.findall(rf'name="{name}" value="([^"]*)"', page)[0]


def propose(hr, plan, **changes):
    return hr.post(path := f"/plans/{plan.pk}/renewal/", typed(text(hr.get(path))) | changes, follow=True)


def history(employer):
    with acting_as(OPERATOR):
        found = EmployerChange.objects.filter(employer=employer).order_by("id")
        return [(one.change, one.by_role) for one in found]


def test_a_proposal_is_this_year_s_terms_and_holds_once_it_was_agreed_to(hr, operator, employer, plan):
    member = make_member(employer.pk)
    page = text(propose(hr, plan, employer_share_percent="60", annual_cap_cents="6000.50"))
    assert "Its renewal is proposed, and waits for us." in page
    assert "<del>50 %</del> → <ins>60 %</ins>" in page
    assert "<del>$5,000.00</del> → <ins>$6,000.50</ins>" in page
    before = coverage(member, date(2027, 3, 1))
    assert before is None

    board = text(operator.get("/operator/plans/"))
    assert "<del>50 %</del> → <ins>60 %</ins>" in board
    told = {name: hidden(board, name) for name in ("plan_id", "seen")}
    assert "Decided." in text(operator.post("/operator/plans/", told | {"decision": "agree"}, follow=True))
    covered = coverage(member, date(2027, 3, 1))
    assert (covered.employer_share_percent, covered.annual_cap_cents) == (60, 600_050)
    assert covered.contributions[0].percent == 80
    assert covered.plan_id == plan.lineage_id
    assert coverage(member, date(2026, 3, 2)).employer_share_percent == 50
    assert "a later version follows" in text(hr.get("/plans/"))
    assert history(employer)[-2:] == [("plan_proposed", "act_hr"), ("plan_agreed", "act_operator")]


def test_it_is_changed_by_whoever_read_it_last_and_there_is_one_at_a_time(hr, employer, plan):
    first = typed(text(hr.get(f"/plans/{plan.pk}/renewal/")))
    assert hr.post(f"/plans/{plan.pk}/renewal/", first).status_code == 302
    assert "Another of you proposed" in text(hr.post(f"/plans/{plan.pk}/renewal/", first), 422)
    assert send(hr, plan.pk, "renew").json()["code"] == "already_proposed"
    with acting_as(WORKER):
        proposal = Plan.objects.get(status="draft")
    stale = typed(text(hr.get(path := f"/plans/{proposal.pk}/renewal/")))
    assert "<ins>30</ins>" in text(hr.post(path, stale | {"waiting_days": "30"}, follow=True))
    late = text(hr.post(path, stale | {"waiting_days": "60"}), 422)
    assert "Somebody changed it since" in late
    assert 'value="60"' in late
    assert history(employer)[-2:] == [("plan_proposed", "act_hr"), ("plan_changed", "act_hr")]


def test_nothing_typed_is_lost_and_what_is_wrong_stands_beside_it(hr, plan):
    wrong = {"lifetime_cap_cents": "10", "employee_classes": "Nurses\nNurses\n\nDrivers"}
    page = text(propose(hr, plan, **wrong), 422)
    assert "A lifetime’s limit" in page or "A lifetime&#x27;s limit" in page
    assert "Nurses\nNurses" in page
    assert "errorlist" in text(propose(hr, plan, ends_on="2026-01-01"), 422)
    assert "errorlist" in text(propose(hr, plan, employer_share_percent="101"), 422)
    assert "errorlist" in text(propose(hr, plan, employee_classes="x" * 61), 422)
    assert "errorlist" in text(propose(hr, plan, name="\x00"), 422)
    es = hr.post(f"/plans/{plan.pk}/renewal/", {"seen": "x"}, headers={"Accept-Language": "es"})
    assert es.status_code == 422
    propose(hr, plan, employee_classes="Nurses\nNurses\n\nDrivers")
    with acting_as(WORKER):
        assert Plan.objects.get(status="draft").employee_classes == ["Nurses", "Drivers"]


def test_it_is_withdrawn_or_declined_for_a_reason_that_hr_reads(hr, operator, plan):
    page = text(propose(hr, plan))
    told = {name: hidden(page, name) for name in ("plan_id", "seen")}
    assert "Withdrawn." in text(hr.post("/plans/", told, follow=True))
    assert "changed meanwhile" in text(hr.post("/plans/", told, follow=True))
    assert "No renewal waits" in text(operator.get("/operator/plans/"))

    propose(hr, plan, ends_on="")
    board = text(operator.get("/operator/plans/"))
    assert "no end agreed" in board
    told = {name: hidden(board, name) for name in ("plan_id", "seen")}
    assert "errorlist" in text(operator.post("/operator/plans/", told | {"decision": "decline"}), 422)
    operator.post("/operator/plans/", told | {"decision": "decline", "reason": "Give it a last day."})
    page = text(hr.get("/plans/"))
    assert "We did not agree to the renewal that you proposed" in page
    assert "Give it a last day." in page
    assert "Its renewal is proposed" in text(propose(hr, plan))
    assert "changed or decided on meanwhile" in text(
        operator.post("/operator/plans/", told | {"decision": "agree"}, follow=True)
    )
    assert operator.post("/operator/plans/", {"decision": "agree"}).status_code == 404


def test_only_owners_propose_and_only_operators_agree(hr, operator, employer, plan):
    people = signed_in(make_hr(employer.pk, HrPermission.PEOPLE, HrPermission.BILLING))
    assert "Propose its renewal" not in text(people.get("/plans/"))
    assert people.get(f"/plans/{plan.pk}/renewal/").status_code == 404
    assert send(people, plan.pk, "renew").status_code == 403
    others = signed_in(make_hr(make_employer().pk))
    assert [others.get(f"/plans/{plan.pk}/renewal/").status_code, send(others, plan.pk, "renew").status_code] == [
        404,
        404,
    ]
    made = send(hr, plan.pk, "renew", waiting_days=10)
    assert made.status_code == 201, made.content
    assert (made.json()["starts_on"], made.json()["ends_on"], made.json()["status"]) == (*NEXT, "draft")
    proposal = made.json()["id"]
    assert [send(hr, proposal, action, match=tag(hr, proposal)).status_code for action in ("agree", "decline")] == [
        403,
        403,
    ]
    assert text(people.get("/plans/")).count("Its renewal is proposed") == 1
    assert people.post("/plans/", {"plan_id": proposal, "seen": made.headers["ETag"]}).status_code == 404
    refused = send(hr, plan.pk, method="patch", match=tag(hr, plan.pk), name="Else")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_a_draft")
    assert send(hr, plan.pk, "end").status_code == 403
    assert send(hr, proposal, method="patch", match=tag(hr, proposal), name="Else").json()["name"] == "Else"
    care = signed_in(make_user("operator", permissions=["care"]))
    assert care.get("/operator/plans/").status_code == 404
    declined = send(operator, proposal, "decline", match=tag(operator, proposal), reason="No.")
    assert (declined.status_code, declined.json()["declined_because"]) == (200, "No.")
    draft = make_draft(employer.pk)
    assert send(operator, draft.pk, "decline", match=tag(operator, draft.pk), reason="No.").status_code == 404
    assert hr.get(f"/api/v1/plans/{draft.pk}/").status_code == 404


def test_the_database_lets_hr_write_nothing_but_its_proposals(employer, plan, now):
    draft = make_draft(employer.pk, contributions=[Contribution(session_kind="dosing", percent=80)])
    with acting_as(hr_of(employer.pk)):
        assert not Plan.objects.filter(pk=draft.pk).exists()
    new = {name: getattr(plan, name) for name in ("lineage_id", "name", "years_from", "employer_share_percent")}
    new |= {"annual_cap_cents": 1, "deductible_cents": 0, "covered_routes": ["im"], "covered_formats": ["group"]}
    new |= {"starts_on": date(2027, 1, 1), "waiting_days": 0, "run_out_days": 0, "created_at": now}

    def refused(actor, act):
        with pytest.raises(Error), acting_as(actor), transaction.atomic():
            assert act()

    owner, reader = hr_of(employer.pk), replace(hr_of(employer.pk), permissions=())
    refused(owner, lambda: Plan.objects.create(employer_id=employer.pk, **new))  # no proposal
    refused(reader, lambda: Plan.objects.create(employer_id=employer.pk, proposed_at=now, **new))
    with acting_as(owner):  # what belongs to a draft of the operators' is neither seen nor taken away
        assert not PlanContribution.objects.filter(plan_id=draft.pk).exists()
        assert PlanContribution.objects.filter(plan_id=draft.pk).delete()[0] == 0
    right = {"employer_id": employer.pk, "session_kind": "integration", "percent": 50}
    refused(owner, lambda: PlanContribution.objects.create(plan_id=draft.pk, **right))
    with acting_as(owner):
        proposal = Plan.objects.create(employer_id=employer.pk, proposed_at=now, **new)
        PlanContribution.objects.create(plan_id=proposal.pk, **right)
        assert not Plan.objects.filter(pk=plan.pk).update(ends_on=date(2026, 6, 1))
    refused(owner, lambda: Plan.objects.filter(pk=proposal.pk).update(status="agreed"))
    refused(owner, lambda: Plan.objects.filter(pk=proposal.pk).update(agreed_at=now))
    refused(owner, lambda: Plan.objects.filter(pk=proposal.pk).update(proposed_at=None))
    refused(owner, lambda: Plan.objects.create(employer_id=employer.pk, proposed_at=now, **new))  # a second one
