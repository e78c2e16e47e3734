"""What payers may change of a plan under way, over HTTP and in its effect."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from billing.payment_plans.models import Instalment, PaymentPlan, PlanChange
from billing.payment_plans.services import changing, charging, dunning, notices
from tests.factories import benefits
from tests.factories.payments import agree, browser_of, card_of, paying_member
from workers.emails.models import Email
from workers.kernel import bells
from workers.kernel.actor import WORKER, Actor, acting_as
from workers.kernel.ids import new_id
from workers.timers.models import Timer


@pytest.fixture
def member(db: None, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Actor:
    """Somebody with a card and an active plan of three monthly instalments, 100 dollars each."""
    monkeypatch.setattr(bells, "_strike", None)
    member = paying_member()
    card_of(member, now)
    agree(member, cents=30_000, count=3, now=now)
    return member


def plan() -> PaymentPlan:
    with acting_as(WORKER):
        return PaymentPlan.objects.get()


def instalments() -> list[Instalment]:
    with acting_as(WORKER):
        return list(Instalment.objects.order_by("number"))


def ask(client: Client, kind: str, number: int = 0, **wish: Any) -> Any:
    """Ask for a change; `number` names an instalment."""
    named = {"instalment_id": str(instalments()[number - 1].pk)} if number else {}
    body = {"kind": kind, **named, **wish}
    return client.post(f"/api/v1/payment-plans/{plan().pk}/changes/", body, content_type="application/json")


def apply(now: datetime) -> None:
    """What the worker does with everything that was asked."""
    with acting_as(WORKER):
        for change in PlanChange.objects.filter(status="requested").order_by("requested_at"):
            changing.apply(change_id=change.pk, now=now)


def shown() -> list[tuple[int, int, str, str]]:
    """(number, cents, due day and hour in New York, state) of every instalment."""
    zone = ZoneInfo("America/New_York")
    return [(i.number, i.amount_cents, f"{i.due_at.astimezone(zone):%m-%d %H}", i.status) for i in instalments()]


def test_one_instalment_is_moved_and_its_former_timer_does_nothing(member: Actor, now: datetime) -> None:
    answer = ask(browser_of(member), "move", 2, due_on="2026-04-20")
    assert (answer.status_code, answer.json()["status"]) == (202, "requested")
    apply(now)
    assert shown()[1] == (2, 10_000, "04-20 09", "scheduled")
    with acting_as(WORKER):
        charging.charge_due([charging.Due(instalment_id=instalments()[1].pk, generation=0)], now=now)
        moved = Timer.objects.filter(kind="billing.instalment.due.v1", subject_id=instalments()[1].pk)
        assert [timer.due_at for timer in moved] == [instalments()[1].due_at]
    assert shown()[1][3] == "scheduled"


@pytest.mark.parametrize("day", ["2026-03-02", "2026-05-04", "2020-01-01", "9999-12-31"])
def test_a_date_too_early_or_too_late_is_refused_with_what_is_possible(member: Actor, now: datetime, day: str) -> None:
    answer = ask(browser_of(member), "move", 2, due_on=day)
    assert (answer.status_code, answer.json()["code"]) == (422, "change_refused")
    assert "from 2026-03-03 to 2026-05-03" in answer.json()["detail"]


def test_a_pause_moves_every_later_date_by_its_length_and_keeps_the_hour(member: Actor, now: datetime) -> None:
    assert ask(browser_of(member), "pause", until="2026-03-12").status_code == 202
    apply(now)
    assert [due for _, _, due, _ in shown()[1:]] == ["04-12 09", "05-12 09"]
    assert plan().is_paused_at(now)
    with acting_as(WORKER):
        first = instalments()[0]
        charging.charge_due([charging.Due(instalment_id=first.pk, generation=first.generation)], now=now)
    assert instalments()[0].status == "scheduled", "nothing is debited while the plan pauses"

    later = now + timedelta(days=4)
    assert ask(browser_of(member), "pause", until="2026-03-20").status_code == 422
    assert ask(browser_of(member), "resume").status_code == 202
    apply(later)
    assert [due for _, _, due, _ in shown()[1:]] == ["04-06 09", "05-06 09"]
    assert not plan().is_paused_at(later)


def test_a_pause_ends_by_itself(member: Actor, now: datetime) -> None:
    ask(browser_of(member), "pause", until="2026-03-12")
    apply(now)
    ends = plan().paused_until
    assert ends is not None
    with acting_as(WORKER):
        changing.end_pause(plan_id=plan().pk, now=ends - timedelta(seconds=1))
        assert plan().paused_until == ends
        changing.end_pause(plan_id=plan().pk, now=ends)
    assert plan().paused_until is None


def test_what_is_left_is_spread_anew(member: Actor, now: datetime) -> None:
    assert ask(browser_of(member), "spread", instalments=2, interval="weekly").status_code == 202
    apply(now)
    assert shown() == [
        (1, 10_000, "03-02 10", "cancelled"),
        (2, 10_000, "04-02 09", "cancelled"),
        (3, 10_000, "05-02 09", "cancelled"),
        (4, 15_000, "03-02 10", "scheduled"),
        (5, 15_000, "03-09 09", "scheduled"),
    ]


def test_all_that_is_left_is_paid_off_in_one_charge(member: Actor, now: datetime) -> None:
    assert ask(browser_of(member), "pay_off").status_code == 202
    apply(now)
    assert shown()[3] == (4, 30_000, "03-02 10", "charging")
    assert [status for *_, status in shown()[:3]] == ["cancelled"] * 3


def test_without_autopay_an_instalment_waits_for_its_payer(member: Actor, now: datetime) -> None:
    browser = browser_of(member)
    ask(browser, "autopay_off")
    apply(now)
    first = instalments()[0]
    with acting_as(WORKER):
        charging.charge_due([charging.Due(instalment_id=first.pk, generation=first.generation)], now=now)
    assert instalments()[0].status == "due"
    assert ask(browser, "pay_now", 1).status_code == 202
    apply(now)
    assert instalments()[0].status == "charging"
    ask(browser, "autopay_on")
    apply(now)
    assert plan().autopay


def test_what_is_in_flight_cannot_be_changed(member: Actor, now: datetime) -> None:
    with acting_as(WORKER):
        charging.charge_due([charging.Due(instalment_id=instalments()[0].pk, generation=0)], now=now)
    browser = browser_of(member)
    assert (
        ask(browser, "pay_now", 1).json()["detail"]
        == "This instalment is not open, or is being charged: it cannot be charged now."
    )
    ask(browser, "spread", instalments=1, interval="weekly")
    apply(now)
    assert [(cents, status) for _, cents, _, status in shown()] == [
        (10_000, "charging"),
        (10_000, "cancelled"),
        (10_000, "cancelled"),
        (20_000, "scheduled"),
    ]


def test_what_has_become_impossible_is_refused_when_its_turn_comes(member: Actor, now: datetime) -> None:
    browser = browser_of(member)
    ask(browser, "pay_now", 2)
    ask(browser, "pay_now", 2)
    apply(now)
    told = browser.get(f"/api/v1/payment-plans/{plan().pk}/changes/").json()["results"]
    assert sorted(each["status"] for each in told) == ["applied", "refused"]
    assert [each["refusal"] for each in told if each["refusal"]] == [
        "This instalment is not open, or is being charged: it cannot be charged now."
    ]


def test_a_method_is_not_tried_oftener_than_its_network_allows(
    member: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charging, "count_tries", lambda *_, **__: 10)
    answer = ask(browser_of(member), "pay_now", 2)
    assert answer.json()["detail"] == "Store another payment method first: there is none that may be tried again."


@pytest.mark.parametrize(
    ("kind", "wish"),
    [
        ("move", {"due_on": "2026-04-20"}),
        ("pause", {}),
        ("spread", {"instalments": 5, "interval": "weekly"}),
        ("spread", {"instalments": 2, "interval": "daily"}),
        ("pay_off", {"until": "2026-04-20"}),
        ("fly", {}),
    ],
)
def test_a_malformed_wish_is_refused_by_field(member: Actor, kind: str, wish: dict[str, Any]) -> None:
    answer = ask(browser_of(member), kind, **wish)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    with acting_as(WORKER):
        assert not PlanChange.objects.exists()


def test_anothers_plan_answers_like_an_unknown_one(member: Actor, now: datetime) -> None:
    stranger = browser_of(paying_member())
    foreign = stranger.post(
        f"/api/v1/payment-plans/{plan().pk}/changes/", {"kind": "pay_off"}, content_type="application/json"
    )
    unknown = stranger.post(
        f"/api/v1/payment-plans/{new_id()}/changes/", {"kind": "pay_off"}, content_type="application/json"
    )
    assert (foreign.status_code, foreign.json()["code"]) == (unknown.status_code, "not_found")
    assert stranger.get(f"/api/v1/payment-plans/{plan().pk}/changes/").status_code == 404


@pytest.mark.parametrize(("permissions", "status"), [(["finance"], 202), (["care"], 403), ([], 403)])
def test_an_operator_of_finance_may_help(member: Actor, permissions: list[str], status: int) -> None:
    operator = benefits.signed_in(benefits.make_user("operator", permissions=permissions))
    assert ask(operator, "pause", until="2026-03-12").status_code == status


def test_a_reminder_of_a_plan_that_pauses_is_not_mailed(member: Actor, now: datetime) -> None:
    ask(browser_of(member), "pause", until="2026-03-12")
    apply(now)
    with acting_as(WORKER):
        Instalment.objects.filter(number=1).update(status="due", action_since=now, generation=5)
        dunning.remind_payer(instalment_id=instalments()[0].pk, generation=5, number=0, now=now)
        assert instalments()[0].generation == 6


@pytest.mark.parametrize(("generation", "mailed", "next_one"), [(5, 1, 6), (4, 0, 5)])
def test_a_reminder_that_was_set_before_something_changed_says_nothing(
    member: Actor, now: datetime, generation: int, mailed: int, next_one: int
) -> None:
    """And sets no other: each would have a chain of its own, and the payer two mails a time."""
    with acting_as(WORKER):
        Instalment.objects.filter(number=1).update(status="due", action_since=now, generation=5)
        before = Email.objects.count()
        dunning.remind_payer(instalment_id=instalments()[0].pk, generation=generation, number=0, now=now)
        assert (Email.objects.count() - before, instalments()[0].generation) == (mailed, next_one)


@pytest.mark.parametrize(("generation", "mailed"), [(5, 1), (4, 0)])
def test_a_debit_that_was_moved_is_announced_for_its_new_day_alone(
    member: Actor, now: datetime, generation: int, mailed: int
) -> None:
    with acting_as(WORKER):
        moved = {"status": "scheduled", "due_at": now + timedelta(days=3), "generation": 5}
        Instalment.objects.filter(number=2).update(**moved)
        before = Email.objects.count()
        notices.announce_debit(instalment_id=instalments()[1].pk, generation=generation, now=now)
        assert Email.objects.count() - before == mailed
