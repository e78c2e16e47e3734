"""What an employer signed: agreed once, then only superseded from a day, renewed, or ended."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from benefits.plans.models import Plan
from benefits.plans.rules import PlanStatus, Reset, Terms, following
from benefits.plans.services.drafting import check, draft, in_turn, locked, locked_draft
from benefits.plans.services.noting import PlanChange, described, note
from workers.kernel.errors import DomainError, Invalid
from workers.kernel.words import gettext_noop as _

_DAY = timedelta(days=1)


class PlansOverlap(DomainError):
    """Another plan of this priority, or another version of this plan, is in force in that period."""

    code = "plans_overlap"


class PlanFinal(DomainError):
    """The plan is no agreed one, or it is over, or ends before that day: nothing can follow from it."""

    code = "plan_final"


def create(*, employer_id: UUID, terms: Terms, now: datetime, by: UUID | None = None) -> Plan:
    """Agree on a plan at once. Raises NotFound (employer), Invalid, PlansOverlap."""
    with transaction.atomic():
        return _agree(draft(employer_id=employer_id, terms=terms, now=now, by=by), by=by, now=now)


def agree(*, plan_id: UUID, expected: str, by: UUID, now: datetime) -> Plan:
    """Put a draft in force; its terms never change any more.

    Raises NotFound, ChangedMeanwhile, NotADraft, PlansOverlap, and Invalid for a draft that went by meanwhile.
    """
    with transaction.atomic():
        plan = locked_draft(plan_id, expected)
        check(plan.terms(), now=now)
        return _agree(plan, by=by, now=now)


def _agree(plan: Plan, *, by: UUID | None, now: datetime) -> Plan:
    """The draft is locked, or new. The database judges overlaps, whoever else agrees at this moment."""
    plan.status, plan.agreed_at, plan.agreed_by = PlanStatus.AGREED, now, by
    try:
        with transaction.atomic():
            plan.save(update_fields=["status", "agreed_at", "agreed_by"])
    except IntegrityError as error:
        raise PlansOverlap(
            "Another plan of this priority is in force in that period: choose dates outside it, or another priority."
        ) from error
    note(plan, PlanChange.AGREED, after=described(plan), by=by, now=now)
    return plan


def supersede(
    *, plan_id: UUID, from_day: date, changes: dict[str, Any], expected: str, by: UUID, now: datetime
) -> Plan:
    """Let other terms hold from a day on, today at the earliest; the plan keeps its members and the year of its limits.

    Returns the new version. Raises NotFound, ChangedMeanwhile, PlanFinal, PlansOverlap, Invalid.
    """
    with transaction.atomic():
        plan = _locked_agreed(plan_id, expected, now)
        if not max(now.date(), plan.starts_on) <= from_day <= (plan.ends_on or date.max):
            reason = "From today on, on a day of the plan."
            raise Invalid("Other terms cannot hold from that day.", errors={"from_day": [reason]})
        terms = replace(plan.terms(), **(changes | {"starts_on": from_day}))
        _end(plan, from_day - _DAY, by=by, now=now)
        follower = draft(
            employer_id=plan.employer_id, terms=terms, now=now, lineage_of=plan, years_from=plan.years_from, by=by
        )
        return _agree(follower, by=by, now=now)


def renew(*, plan_id: UUID, changes: dict[str, Any], by: UUID, now: datetime, is_proposal: bool = False) -> Plan:
    """Copy a plan forward as a draft from the day after its last, with `changes` to its terms; its members stay in it.

    Without another `ends_on` it lasts as long again. As a proposal it is the employer's own draft, one at a time.
    Raises NotFound, PlanFinal (it has no last day), AlreadyProposed, Invalid.
    """
    with transaction.atomic():
        plan = in_turn(plan_id)
        if plan.status != PlanStatus.AGREED or plan.ends_on is None:
            raise PlanFinal(_("Only an agreed plan with a last day is renewed: end it first, or supersede it."))
        terms = replace(following(plan.terms(), plan.years_from), **changes)
        if terms.starts_on <= plan.ends_on:
            raise Invalid("A renewal follows the plan.", errors={"starts_on": ["A day after the plan's last one."]})
        years_from = plan.years_from if terms.reset == Reset.LIFETIME else None
        about: dict[str, Any] = {"lineage_of": plan, "years_from": years_from, "is_proposal": is_proposal}
        return draft(employer_id=plan.employer_id, terms=terms, by=by, now=now, **about)


def end(*, plan_id: UUID, ends_on: date, expected: str, by: UUID, now: datetime) -> Plan:
    """Let a plan cover nobody after a day, yesterday at the earliest; courses under way have its run-out.

    Raises NotFound, ChangedMeanwhile, PlanFinal, Invalid.
    """
    with transaction.atomic():
        plan = _locked_agreed(plan_id, expected, now)
        latest = plan.ends_on or date.max
        if not max(now.date(), plan.starts_on) - _DAY <= ends_on <= latest:
            reason = "Yesterday at the earliest, and not after the plan's own last day."
            raise Invalid("A plan does not end on that day.", errors={"ends_on": [reason]})
        _end(plan, ends_on, by=by, now=now)
    return plan


def _end(plan: Plan, ends_on: date, *, by: UUID, now: datetime) -> None:
    former = plan.ends_on
    plan.ends_on = ends_on
    plan.save(update_fields=["ends_on"])
    note(plan, PlanChange.ENDED, before={"ends_on": former}, after={"ends_on": ends_on}, by=by, now=now)


def _locked_agreed(plan_id: UUID, expected: str, now: datetime) -> Plan:
    plan = locked(plan_id, expected)
    if plan.status != PlanStatus.AGREED or (plan.ends_on is not None and plan.ends_on < now.date()):
        raise PlanFinal(_("This plan is no agreed one, or is over: nothing can change in it any more."))
    return plan
