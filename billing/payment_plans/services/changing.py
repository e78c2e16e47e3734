"""What payers change of a plan under way: written down as they ask, applied by a worker under locks.

What is in flight at Stripe is left alone: of an instalment that is being charged nothing can be changed any more.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from benefits import facade as benefits
from billing.events import AuthenticationRequested, PlanChangeRequested
from billing.payment_plans.models import ChangeStatus, Instalment, PaymentPlan, PlanChange
from billing.payment_plans.queries import find_attempt_to_authenticate, get_instalment, get_plan
from billing.payment_plans.rules import ChangeImpossible, ChangeKind
from billing.payment_plans.services.change_kinds import KINDS, Case, go_on
from workers.kernel.errors import DomainError, NotFound
from workers.kernel.words import gettext_noop as _
from workers.outbox.publishing import publish


class ChangeRefused(DomainError):
    """The plan cannot be changed like that; the message says why and what is possible."""

    code = "change_refused"
    status = 422


def request(
    *,
    plan_id: UUID,
    kind: ChangeKind,
    wish: dict[str, Any],
    instalment_id: UUID | None,
    requested_by: UUID,
    now: datetime,
) -> PlanChange:
    """Write down what somebody who may see the plan asks for. Raises NotFound, and ChangeRefused for what cannot be.

    It is applied a moment later, and refused then if it has become impossible.
    """
    plan = get_plan(plan_id)
    change = PlanChange(
        member_id=plan.member_id,
        plan=plan,
        instalment_id=instalment_id,
        kind=kind,
        wish=wish,
        requested_by=requested_by,
        requested_at=now,
    )
    case = _case(change, plan, sorted(plan.instalments.all(), key=lambda each: each.number), now)
    if instalment_id is not None and case.instalment is None:
        raise NotFound("There is no such instalment.")
    try:
        KINDS[kind].check(case)
    except ChangeImpossible as error:
        raise ChangeRefused(str(error)) from None
    with transaction.atomic():
        change.save(force_insert=True)
        publish(PlanChangeRequested(change_id=change.pk), about=change, now=now)
    return change


def ask_authentication(*, instalment_id: UUID, now: datetime) -> None:
    """Have Stripe asked for the page on which one's bank wants a payment confirmed. Raises NotFound, ChangeRefused."""
    instalment = get_instalment(instalment_id)
    attempt = find_attempt_to_authenticate(instalment_id)
    if attempt is None:
        raise ChangeRefused(_("There is nothing to confirm with your bank any more."))
    with transaction.atomic():
        publish(AuthenticationRequested(attempt_id=attempt.pk), about=get_plan(instalment.plan_id), now=now)


def apply(*, change_id: UUID, now: datetime) -> None:
    """Do what was asked for, once; acts as a worker."""
    with transaction.atomic():
        change = PlanChange.locked(pk=change_id)
        if change.status != ChangeStatus.REQUESTED:
            return
        mine = Instalment.objects.filter(plan_id=change.plan_id).order_by("pk")
        instalments = sorted(mine.select_for_update(of=("self",)), key=lambda each: each.number)
        plan = PaymentPlan.locked(pk=change.plan_id)
        for each in instalments:
            each.plan = plan
        case, kind = _case(change, plan, instalments, now), KINDS[ChangeKind(change.kind)]
        change.status, change.decided_at = ChangeStatus.APPLIED, now
        try:
            kind.check(case)
        except ChangeImpossible as error:
            change.status, change.refusal = ChangeStatus.REFUSED, str(error)[:300]
        else:
            kind.act(case)
        change.save(update_fields=["status", "refusal", "decided_at"])


def _case(change: PlanChange, plan: PaymentPlan, instalments: Sequence[Instalment], now: datetime) -> Case:
    named = next((each for each in instalments if each.pk == change.instalment_id), None)
    zone = benefits.get_member(plan.member_id).timezone
    return Case(
        plan=plan,
        instalments=instalments,
        instalment=named,
        wish=change.wish,
        zone=zone,
        now=now,
        asked_by=change.requested_by,
    )


def end_pause(*, plan_id: UUID, now: datetime) -> None:
    """Go on with a plan whose pause is over; acts as a worker."""
    with transaction.atomic():
        list(Instalment.objects.filter(plan_id=plan_id).order_by("pk").select_for_update(of=("self",)))
        plan = PaymentPlan.locked(pk=plan_id)
        if plan.paused_until is not None and not plan.is_paused_at(now):
            go_on(plan, now)
