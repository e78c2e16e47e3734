"""Everything that moved at Stripe is in the ledger, and what is not becomes work."""

import json

import pytest

from billing.ledger.queries import balance
from billing.ledger.rules import Account, credit, debit
from billing.ledger.services import Signature, post, reverse
from billing.reconciliation import queries
from billing.reconciliation.models import Difference, ReconciliationRun, StripeMovement, StripePayout
from billing.reconciliation.services.resolving import DifferenceResolved, resolve
from billing.reconciliation.services.running import reconcile
from tests.factories.billing import signed_in
from tests.factories.books import APRIL_3, FINANCE, SIGNED, account_of, employer_with, issued
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.errors import Invalid
from workers.timers.models import Timer


def _reconcile(world, hours=3):
    world.advance(hours=hours)
    return reconcile(on=clock.now().date(), now=clock.now())


def _differences():
    with acting_as(WORKER):
        rows = Difference.objects.order_by("id")
        return [(row.kind, row.expected_cents, row.found_cents, row.status) for row in rows]


def _ours_and_stripes(world):
    """What the ledger and the simulator say that Stripe holds for us, in cents."""
    theirs = sum(one.net for one in world.bench.stripe.v1.balance_transactions.list({"limit": 100}).data)
    with acting_as(WORKER):
        return balance(Account.STRIPE_BALANCE), theirs


def _pay_a_plan(world):
    world.store_card()
    world.agree(10_000)
    world.run()


def _charge_in_dashboard(world, cents=5_000):
    saved = world.bench.saved()
    return world.bench.pay(saved, cents)


def test_a_days_payments_match_to_the_cent(world):
    _pay_a_plan(world)
    run = _reconcile(world)
    assert (run.imported, run.matched, run.open_differences) == (1, 1, 0)
    ours, theirs = _ours_and_stripes(world)
    assert ours == theirs == 10_000 - 320


def test_reconciling_again_imports_and_posts_nothing(world):
    _pay_a_plan(world)
    _reconcile(world)
    run = _reconcile(world, hours=24)
    assert (run.imported, run.matched) == (0, 0)
    ours, theirs = _ours_and_stripes(world)
    assert ours == theirs


def test_an_employers_payment_and_its_fee_match(world):
    employer = employer_with(30)
    account_of(employer)
    world.advance(seconds=(APRIL_3 - clock.now()).total_seconds())
    issued(employer)
    world.run()
    [there] = world.bench.stripe.v1.invoices.list().data
    world.bench.order("invoices/pay", invoice=there.id)
    world.deafen()  # the notice is lost, the daily comparison asks
    run = _reconcile(world)
    assert (run.matched, run.open_differences) == (1, 0)
    ours, theirs = _ours_and_stripes(world)
    assert ours == theirs > 0


def test_a_charge_made_in_the_dashboard_is_work_and_resolved_by_a_signed_journal(world):
    _charge_in_dashboard(world)
    _reconcile(world)
    fee = 175
    assert _differences() == [("missing_in_ledger", -fee, 5_000 - fee, "open")]
    with acting_as(FINANCE):
        [difference] = queries.open_differences()
        done = resolve(difference_id=difference.pk, account=Account.CUSTOMER_CREDIT, signature=SIGNED, now=clock.now())
    assert done.journal_id
    ours, theirs = _ours_and_stripes(world)
    assert ours == theirs
    run = _reconcile(world, hours=24 * 3)
    assert run.open_differences == 0
    assert len(_differences()) == 1


def test_a_young_movement_is_given_time(world):
    _charge_in_dashboard(world)
    assert _reconcile(world, hours=1).open_differences == 0
    assert _reconcile(world, hours=2).open_differences == 1


def test_what_matches_after_all_resolves_itself(world):
    intent = _charge_in_dashboard(world)
    _reconcile(world)
    with acting_as(WORKER):
        legs = [debit(Account.STRIPE_BALANCE, 5_000), credit(Account.SUSPENSE, 5_000)]
        post(business_key=f"pi:{intent.id}:succeeded", kind="payment", legs=legs, at=clock.now())
    _reconcile(world)
    assert [row[3] for row in _differences()] == ["resolved"]


def test_a_ledger_that_is_a_cent_off_is_work(world):
    intent = _charge_in_dashboard(world)
    with acting_as(WORKER):
        legs = [debit(Account.STRIPE_BALANCE, 4_999), credit(Account.SUSPENSE, 4_999)]
        post(business_key=f"pi:{intent.id}:succeeded", kind="payment", legs=legs, at=clock.now())
    _reconcile(world)
    assert _differences() == [("amount_differs", 4_999 - 175, 5_000 - 175, "open")]
    with acting_as(FINANCE):
        [difference] = queries.open_differences()
        resolve(difference_id=difference.pk, account=Account.SUSPENSE, signature=SIGNED, now=clock.now())
    ours, theirs = _ours_and_stripes(world)
    assert ours == theirs


def _post_alone(key="pi:pi_ghost:succeeded"):
    with acting_as(WORKER):
        legs = [debit(Account.STRIPE_BALANCE, 700), credit(Account.SUSPENSE, 700)]
        return post(business_key=key, kind="payment", legs=legs, at=clock.now())


def test_what_only_the_ledger_has_is_work_after_two_days(world):
    _post_alone()
    assert _reconcile(world, hours=24).open_differences == 0
    _reconcile(world, hours=25)
    assert _differences() == [("missing_at_stripe", 700, 0, "open")]
    with acting_as(FINANCE):
        [difference] = queries.open_differences()
        resolve(difference_id=difference.pk, account=Account.BAD_DEBT, signature=SIGNED, now=clock.now())
    assert _ours_and_stripes(world) == (0, 0)
    assert _reconcile(world, hours=72).open_differences == 0


def test_a_journal_that_was_taken_back_is_nobodys_work(world):
    journal = _post_alone()
    with acting_as(WORKER):
        reverse(journal=journal, business_key="r", kind="reversed", at=clock.now())
    assert _reconcile(world, hours=72).open_differences == 0


def _pay_out(world, off=0):
    _pay_a_plan(world)
    world.advance(days=3)
    return world.bench.order("payouts", off=off)


def test_a_payout_is_booked_and_explained_by_its_movements(world):
    payout = _pay_out(world)
    run = _reconcile(world)
    assert run.open_differences == 0
    with acting_as(WORKER):
        stored = StripePayout.objects.get(pk=payout["id"])
        assert stored.explained_at
        assert stored.movements_cents == stored.cents == 10_000 - 320
        assert balance(Account.BANK) == 10_000 - 320
        assert set(StripeMovement.objects.values_list("payout_id", flat=True)) == {payout["id"]}
    assert _ours_and_stripes(world) == (0, 0)


@pytest.mark.parametrize("off", [-1, 1])
def test_case_34_a_payout_off_by_one_cent_alarms(world, off):
    _pay_out(world, off=off)
    _reconcile(world)
    assert _differences() == [("payout_unexplained", 9_680, 9_680 + off, "open")]
    with acting_as(FINANCE):
        [difference] = queries.open_differences()
        done = resolve(difference_id=difference.pk, account=None, signature=SIGNED, now=clock.now())
    assert done.journal_id is None
    assert done.reason == SIGNED.reason


def test_the_first_payout_begins_the_daily_comparison(world):
    _pay_out(world)
    world.run()
    with acting_as(WORKER):
        assert Timer.objects.filter(kind="billing.reconciliation.due.v1").count() == 1
        assert StripePayout.objects.filter(explained_at__isnull=False).count() == 1
    _charge_in_dashboard(world)
    world.run_for(days=2)
    with acting_as(WORKER):
        assert queries.open_differences().count() == 1
        last = ReconciliationRun.objects.exclude(finished_at=None).latest("on")
    assert last.open_differences == 1


def test_resolving_needs_a_reason_an_account_and_something_open(world):
    _charge_in_dashboard(world)
    _reconcile(world)
    with acting_as(FINANCE):
        [difference] = queries.open_differences()
    for account in (None, Account.STRIPE_BALANCE):
        with pytest.raises(Invalid), acting_as(FINANCE):
            resolve(difference_id=difference.pk, account=account, signature=SIGNED, now=clock.now())
    silent = Signature(user_id=FINANCE.user, reason=" ")
    with pytest.raises(Invalid), acting_as(FINANCE):
        resolve(difference_id=difference.pk, account=Account.SUSPENSE, signature=silent, now=clock.now())
    with acting_as(FINANCE):
        resolve(difference_id=difference.pk, account=Account.SUSPENSE, signature=SIGNED, now=clock.now())
    with pytest.raises(DifferenceResolved), acting_as(FINANCE):
        resolve(difference_id=difference.pk, account=Account.SUSPENSE, signature=SIGNED, now=clock.now())


def test_finance_sees_and_resolves_differences_over_http(world):
    _charge_in_dashboard(world)
    _reconcile(world)
    finance = signed_in("operator", permissions=["finance"])
    [listed] = finance.get("/api/v1/operator/differences/?status=open").json()["results"]
    assert listed["off_cents"] == 5_000
    assert "dashboard" in listed["remedy"]
    body = json.dumps({"account": "suspense", "reason": "a test of the terminal"})
    url = f"/api/v1/operator/differences/{listed['id']}/resolve/"
    answer = finance.post(url, body, content_type="application/json")
    assert answer.status_code == 200
    assert answer.json()["status"] == "resolved"
    assert finance.post(url, body, content_type="application/json").status_code == 409
    assert finance.get("/api/v1/operator/differences/?status=open").json()["results"] == []
    assert finance.get("/api/v1/operator/differences/?status=lost").status_code in (400, 422)
