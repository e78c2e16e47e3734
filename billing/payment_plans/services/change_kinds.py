"""Each kind of change of a plan: whether it is possible now, and how it is done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.events import PlanResumeDue
from billing.ledger.services import Signature
from billing.payment_plans import rules
from billing.payment_plans.models import Instalment, InstalmentStatus, PaymentPlan, PlanStatus
from billing.payment_plans.rules import ChangeImpossible, ChangeKind
from billing.payment_plans.services import charging, dunning, replanning
from workers.kernel.money import dollars
from workers.kernel.words import Sentence
from workers.kernel.words import gettext_noop as _
from workers.timers.scheduling import schedule

_WHY_NOT: dict[str, str] = {
    PlanStatus.AWAITING_METHOD: _("This plan begins once a payment method is stored: store one first."),
    PlanStatus.COMPLETED: _("All of this plan is paid: there is nothing to change in it."),
    PlanStatus.CANCELLED: _("This plan was cancelled: there is nothing to change in it."),
}
_PAUSES_UNTIL = Sentence("This plan pauses until %(day)s already.")
_WAIVE_UP_TO = Sentence("Up to %(amount)s can be waived: that is left to pay and not being charged.")


@dataclass(frozen=True, kw_only=True)
class Case:
    """A wish, whose it is, and what it is about; `instalment` is the one that it names, if it does."""

    plan: PaymentPlan
    instalments: Sequence[Instalment]
    instalment: Instalment | None
    wish: dict[str, Any]
    zone: str
    now: datetime
    asked_by: UUID | None = None

    @property
    def movable(self) -> list[Instalment]:
        """Those of which nothing is in flight and something is owed."""
        return [each for each in self.instalments if each.status in replanning.MOVABLE]

    def day(self, name: str) -> date:
        """Return a date of the wish."""
        return date.fromisoformat(self.wish[name])

    def named(self) -> Instalment:
        """Return the instalment that is named. Raises ChangeImpossible."""
        if self.instalment is None:
            raise ChangeImpossible(_("Say which instalment of this plan."))
        return self.instalment


def _check_active(case: Case) -> None:
    if case.plan.status != PlanStatus.ACTIVE:
        raise ChangeImpossible(_WHY_NOT[case.plan.status])


def _check_pay_now(case: Case) -> None:
    _check_active(case)
    instalment = case.named()
    _check_open(instalment)
    _check_may_try(instalment, case.now)


def _check_open(instalment: Instalment) -> None:
    if instalment.status not in charging.PAYABLE_NOW:
        raise ChangeImpossible(_("This instalment is not open, or is being charged: it cannot be charged now."))


def _check_may_try(instalment: Instalment, now: datetime) -> None:
    if not charging.may_try(instalment, now):
        raise ChangeImpossible(_("Store another payment method first: there is none that may be tried again."))


def _pay_now(case: Case) -> None:
    charging.charge_now(instalment=case.named(), now=case.now)


def _check_rest(case: Case) -> int:
    _check_active(case)
    rest = sum(each.amount_cents for each in case.movable)
    if not rest:
        raise ChangeImpossible(_("Nothing is left to pay, or all of it is being charged already."))
    return rest


def _check_pay_off(case: Case) -> None:
    _check_rest(case)
    first, *others = case.movable
    if not others:  # it stays what it is: one that waits for its payer's bank is confirmed there
        _check_open(first)
    _check_may_try(first, case.now)


def _pay_off(case: Case) -> None:
    """One charge for all that is left; a single instalment stays what it is."""
    last = case.movable[0]
    if len(case.movable) > 1:
        [last] = replanning.replace(case.plan, case.movable, [_check_rest(case)], [case.now], case.now)
    charging.charge_now(instalment=last, now=case.now)


def _check_spread(case: Case) -> None:
    try:
        rules.amounts(_check_rest(case), case.wish["instalments"])
    except rules.CannotSplit as error:
        raise ChangeImpossible(str(error)) from None


def _spread(case: Case) -> None:
    parts = rules.amounts(_check_rest(case), case.wish["instalments"])
    first = max(min(each.due_at for each in case.movable), case.now)
    interval = rules.Interval(case.wish["interval"])
    case.plan.interval = interval
    case.plan.save(update_fields=["interval"])
    dates = rules.due_instants(first, len(parts), interval, case.zone)
    replanning.replace(case.plan, case.movable, parts, dates, case.now)


def _check_move(case: Case) -> None:
    _check_active(case)
    instalment = case.named()
    if instalment.status != InstalmentStatus.SCHEDULED:
        raise ChangeImpossible(_("Only an instalment that is not due yet can be moved."))
    rules.check_move(instalment.due_at, case.day("due_on"), case.now)


def _move(case: Case) -> None:
    _put(case.named(), rules.debit_at(case.day("due_on"), case.zone))


def _put(instalment: Instalment, due_at: datetime) -> None:
    dunning.reschedule(instalment, due_at)
    instalment.save(update_fields=["generation", "due_at"])
    dunning.announce(instalment)


def _check_pause(case: Case) -> None:
    _check_active(case)
    if case.plan.is_paused_at(case.now):
        raise ChangeImpossible(_PAUSES_UNTIL(day=f"{case.plan.paused_until:%Y-%m-%d}"))
    rules.check_pause(case.day("until"), case.now)


def _pause(case: Case) -> None:
    today, ends = _today(case), case.day("until")
    _shift(case, lambda day: rules.after_pause(day, today, ends))
    case.plan.paused_at, case.plan.paused_until = case.now, rules.debit_at(ends, case.zone)
    case.plan.save(update_fields=["paused_at", "paused_until"])
    number = case.plan.changes.count()
    schedule(PlanResumeDue(plan_id=case.plan.pk), about=case.plan, due_at=case.plan.paused_until, generation=number)


def _check_resume(case: Case) -> None:
    _check_active(case)
    if not case.plan.is_paused_at(case.now):
        raise ChangeImpossible(_("This plan does not pause."))


def _resume(case: Case) -> None:
    """End the pause today: the dates come as much nearer as the pause is shorter, none before today."""
    assert case.plan.paused_until is not None
    today, ended = _today(case), case.plan.paused_until.astimezone(ZoneInfo(case.zone)).date()
    _shift(case, lambda day: max(day - (ended - today), today) if day >= ended else day)
    go_on(case.plan, case.now)


def _shift(case: Case, moved: Callable[[date], date]) -> None:
    """Move what would be debited by itself; each stays at its time on the member's clocks."""
    for instalment in case.movable:
        if instalment.status in (InstalmentStatus.SCHEDULED, InstalmentStatus.RETRY_WAIT):
            day = instalment.due_at.astimezone(ZoneInfo(case.zone)).date()
            if (later := moved(day)) != day:
                _put(instalment, rules.debit_at(later, case.zone))


def _today(case: Case) -> date:
    return case.now.astimezone(ZoneInfo(case.zone)).date()


def go_on(plan: PaymentPlan, now: datetime) -> None:
    """End the pause of a locked plan; what waited for another method while one was stored is charged now."""
    plan.paused_at = plan.paused_until = None
    plan.save(update_fields=["paused_at", "paused_until"])
    charging.charge_with_new_method(member_id=plan.member_id, now=now, only_waiting=True)


def _check_autopay(case: Case) -> None:
    _check_active(case)


def _autopay_on(case: Case) -> None:
    _set_autopay(case, on=True)
    for instalment in case.instalments:
        if instalment.status == InstalmentStatus.DUE:
            charging.charge_now(instalment=instalment, now=case.now)


def _autopay_off(case: Case) -> None:
    _set_autopay(case, on=False)


def _set_autopay(case: Case, *, on: bool) -> None:
    case.plan.autopay = on
    case.plan.save(update_fields=["autopay"])


def _check_waive(case: Case) -> None:
    rest = _check_rest(case)
    if not 1 <= case.wish["amount_cents"] <= rest:
        raise ChangeImpossible(_WAIVE_UP_TO(amount=dollars(rest)))


def _waive(case: Case) -> None:
    signature = Signature(user_id=case.asked_by, reason=case.wish["reason"])
    replanning.waive(case.plan, case.instalments, case.wish["amount_cents"], signature=signature, now=case.now)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """`check` raises ChangeImpossible; `act` is called under the locks of `apply`."""

    check: Callable[[Case], Any]
    act: Callable[[Case], None]


KINDS = {
    ChangeKind.PAY_NOW: Kind(check=_check_pay_now, act=_pay_now),
    ChangeKind.PAY_OFF: Kind(check=_check_pay_off, act=_pay_off),
    ChangeKind.MOVE: Kind(check=_check_move, act=_move),
    ChangeKind.SPREAD: Kind(check=_check_spread, act=_spread),
    ChangeKind.PAUSE: Kind(check=_check_pause, act=_pause),
    ChangeKind.RESUME: Kind(check=_check_resume, act=_resume),
    ChangeKind.AUTOPAY_ON: Kind(check=_check_autopay, act=_autopay_on),
    ChangeKind.AUTOPAY_OFF: Kind(check=_check_autopay, act=_autopay_off),
    ChangeKind.WAIVE: Kind(check=_check_waive, act=_waive),
}
