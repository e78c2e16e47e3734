"""Drafts: written down, changed and discarded before anybody is covered by them."""

from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from benefits.employers.models import Employer
from benefits.plans.models import Plan, PlanContribution
from benefits.plans.queries import get_plan
from benefits.plans.rules import COLUMNS, PlanStatus, Terms, wrong_terms
from benefits.plans.services.noting import PlanChange, described, note
from workers.kernel.errors import ChangedMeanwhile, DomainError, Invalid, NotFound
from workers.kernel.words import gettext_noop as _


class NotADraft(DomainError):
    """The plan was agreed or discarded: its terms stay. Supersede it from a day, or renew it."""

    code = "not_a_draft"


class AlreadyProposed(DomainError):
    """A proposal for this plan waits: there is one at a time."""

    code = "already_proposed"


def draft(
    *,
    employer_id: UUID,
    terms: Terms,
    by: UUID | None,
    now: datetime,
    lineage_of: Plan | None = None,
    years_from: date | None = None,
    is_proposal: bool = False,
) -> Plan:
    """Write a plan down that covers nobody yet. Raises NotFound (employer), Invalid, AlreadyProposed.

    `lineage_of` is the version that it would follow; `years_from` the day from which the years of its limits are
    counted where that is not its own first. A proposal is the employer's own, and seen by it.
    """
    check(terms, now=now)
    plan = Plan(status=PlanStatus.DRAFT, years_from=years_from or terms.starts_on, created_at=now, **_columns(terms))
    plan.lineage_id = lineage_of.lineage_id if lineage_of else plan.pk
    plan.proposed_at = now if is_proposal else None
    with transaction.atomic():
        plan.employer = Employer.locked(pk=employer_id)
        _insert(plan)
        _contribute(plan, terms)
        drafted = PlanChange.PROPOSED if is_proposal else PlanChange.DRAFTED
        note(plan, drafted, after=described(plan), by=by, now=now)
    return plan


def _insert(plan: Plan) -> None:
    try:
        with transaction.atomic():
            plan.save(force_insert=True)
    except IntegrityError as error:
        if "plan_proposed_once" not in str(error):
            raise
        raise AlreadyProposed("How this plan goes on was proposed already: change that, or withdraw it.") from error


def change(*, plan_id: UUID, changes: dict[str, Any], expected: str, by: UUID, now: datetime) -> Plan:
    """Change terms of a draft that `expected` names as it was read; terms that are not named stay.

    Raises NotFound, ChangedMeanwhile, NotADraft, Invalid.
    """
    with transaction.atomic():
        plan = locked_draft(plan_id, expected)
        before, keeps_years = described(plan), plan.years_from != plan.starts_on
        terms = replace(plan.terms(), **changes)
        check(terms, now=now)
        for name, value in _columns(terms).items():
            setattr(plan, name, value)
        plan.years_from = plan.years_from if keeps_years else terms.starts_on
        plan.revision += 1
        plan.save(update_fields=[*COLUMNS, "years_from", "revision"])
        plan.contributions.all().delete()
        _contribute(plan, terms)
        note(plan, PlanChange.CHANGED, before=before, after=described(plan), by=by, now=now)
    return plan


def discard(*, plan_id: UUID, expected: str, by: UUID, now: datetime) -> None:
    """Give a draft up; it stays, discarded. Raises NotFound, ChangedMeanwhile, NotADraft."""
    with transaction.atomic():
        plan = locked_draft(plan_id, expected)
        plan.status = PlanStatus.DISCARDED
        plan.save(update_fields=["status"])
        note(plan, PlanChange.DISCARDED, by=by, now=now)


def decline(*, plan_id: UUID, reason: str, expected: str, by: UUID, now: datetime) -> Plan:
    """Discard an employer's proposal for a reason, which its admins read.

    Raises NotFound (it is none), ChangedMeanwhile, NotADraft.
    """
    with transaction.atomic():
        plan = locked_draft(plan_id, expected)
        if plan.proposed_at is None:
            raise NotFound("There is no such proposal.")
        plan.status, plan.declined_because = PlanStatus.DISCARDED, reason
        plan.save(update_fields=["status", "declined_because"])
        note(plan, PlanChange.DECLINED, after={"reason": reason}, by=by, now=now)
    return plan


def in_turn(plan_id: UUID) -> Plan:
    """Return a plan as it is now, and let nobody else change a plan of its employer until the transaction ends.

    All who write plans take turns under the employer's row, which HR may lock; an agreed plan it may not. Raises
    NotFound.
    """
    Employer.locked(pk=get_plan(plan_id).employer_id)
    return Plan.objects.get(pk=plan_id)


def locked(plan_id: UUID, expected: str) -> Plan:
    """Return a plan, in turn, as `expected` names it. Raises NotFound, ChangedMeanwhile."""
    plan = in_turn(plan_id)
    if expected != plan.revision_tag:
        raise ChangedMeanwhile(
            "Somebody changed this plan since you read it: read it again.", current=f'"{plan.revision_tag}"'
        )
    return plan


def locked_draft(plan_id: UUID, expected: str) -> Plan:
    """Return a draft, locked, as `expected` names it. Raises NotFound, ChangedMeanwhile, NotADraft."""
    plan = locked(plan_id, expected)
    if plan.status != PlanStatus.DRAFT:
        raise NotADraft(_("This plan is no draft: its terms stay. Supersede it from a day, or renew it."))
    return plan


def check(terms: Terms, *, now: datetime) -> None:
    """Raise Invalid, with what is wrong by field, for terms that cannot hold."""
    if wrong := wrong_terms(terms, today=now.date()):
        raise Invalid("These terms cannot hold.", errors={field: [reason] for field, reason in wrong.items()})


def _columns(terms: Terms) -> dict[str, Any]:
    values = {name: getattr(terms, name) for name in COLUMNS}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _contribute(plan: Plan, terms: Terms) -> None:
    PlanContribution.objects.bulk_create(
        PlanContribution(plan=plan, employer_id=plan.employer_id, **asdict(one)) for one in terms.contributions
    )
