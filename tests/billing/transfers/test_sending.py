"""Clinics are paid what the ledger owes them, once a month and once only."""

import csv
import io
from datetime import date, datetime, timedelta

import pytest

from billing.ledger.queries import balance, trial_balance
from billing.ledger.rules import Account, month_after
from billing.ledger.services import reverse
from billing.transfers.models import TransferBatch, TransferLine
from billing.transfers.services import batching, sending
from tests.factories.billing import signed_in
from tests.factories.books import FINANCE, MARCH, deliver
from tests.factories.referrals import make_clinic
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.errors import NotFound
from workers.kernel.ids import new_id

APRIL, MAY, JUNE = date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)


@pytest.fixture
def clinic(world):
    """A clinic with an account at Stripe, and money that is available to us."""
    account = world.bench.stripe.v1.accounts.create({"type": "express"}).id
    clinic = make_clinic()
    with acting_as(FINANCE):
        batching.set_account(clinic_id=clinic.pk, stripe_account=account, now=clock.now())
    return clinic


def _fund(world, cents=500_000):
    """A charge that is available after some days."""
    saved = world.bench.saved()
    world.bench.pay(saved, cents)
    world.advance(days=3)


def _end_of(world, month):
    """Live on until a month is made up and sent."""
    due = datetime.combine(month_after(month), clock.now().timetz()) + timedelta(days=6)
    world.advance(seconds=(due - clock.now()).total_seconds())
    world.run()


def _batches():
    with acting_as(WORKER):
        rows = TransferBatch.objects.order_by("month")
        return [(row.month, row.status, row.cents, row.carry_cents) for row in rows]


def _held(world):
    """What connected accounts hold at Stripe."""
    return sum(world.bench.read("accounts").values())


def _owed(clinic):
    with acting_as(WORKER):
        assert sum(total.balance_cents for total in trial_balance()) == 0
        return -balance(Account.CLINIC_PAYABLE, clinic_id=clinic.pk)


def test_a_month_of_sessions_is_one_transfer(world, clinic):
    _fund(world)
    for _ in range(3):
        deliver(clinic.pk, 17_500, at=clock.now())
    _end_of(world, MARCH)
    assert _batches() == [(MARCH, "sent", 52_500, 0)]
    assert _held(world) == 52_500
    assert _owed(clinic) == 0
    [transfer] = world.bench.stripe.v1.transfers.list().data
    assert transfer.description == "Monthly statement"


def test_no_sessions_no_transfer(world, clinic):
    _end_of(world, MARCH)
    assert _batches() == []


def test_what_is_delivered_later_is_in_the_next_month(world, clinic):
    _fund(world)
    deliver(clinic.pk, 10_000, at=clock.now())
    _end_of(world, MARCH)
    deliver(clinic.pk, 20_000, at=clock.now())
    _end_of(world, APRIL)
    assert [(month, cents) for month, _, cents, _ in _batches()] == [(MARCH, 10_000), (APRIL, 20_000)]
    assert _held(world) == 30_000


@pytest.mark.parametrize("fault", [("drop", "before"), ("drop", "after"), ("error", "after"), ("error", "before")])
def test_whatever_is_lost_a_month_is_transferred_once(world, clinic, fault):
    _fund(world)
    deliver(clinic.pk, 17_500, at=clock.now())
    world.bench.order("faults", kind=fault[0], stage=fault[1], method="POST", path="/v1/transfers")
    _end_of(world, MARCH)
    for _ in range(12):
        world.advance(minutes=20)
        world.run()
    assert _batches() == [(MARCH, "sent", 17_500, 0)]
    assert _held(world) == 17_500
    assert _owed(clinic) == 0
    assert world.open_jobs() == 0


def test_sending_again_sends_nothing(world, clinic):
    _fund(world)
    deliver(clinic.pk, 17_500, at=clock.now())
    _end_of(world, MARCH)
    with acting_as(WORKER):
        batch = TransferBatch.objects.get()
    sending.send(batch_id=batch.pk, now=clock.now())
    assert _held(world) == 17_500


def test_without_funds_it_waits_and_is_sent_a_day_after_there_are(world, clinic):
    deliver(clinic.pk, 17_500, at=clock.now())
    _end_of(world, MARCH)
    assert _batches() == [(MARCH, "waiting_funds", 17_500, 0)]
    _fund(world)
    world.run_for(days=3)
    assert _batches() == [(MARCH, "sent", 17_500, 0)]
    assert _held(world) == 17_500


def test_a_refused_account_is_mended_by_an_operator(world, clinic):
    with acting_as(FINANCE):
        good = batching.set_account(clinic_id=clinic.pk, stripe_account="acct_closed", now=clock.now())
    _fund(world)
    deliver(clinic.pk, 17_500, at=clock.now())
    _end_of(world, MARCH)
    assert _batches()[0][1] == "refused"
    account = world.bench.stripe.v1.accounts.create({"type": "express"}).id
    with acting_as(FINANCE):
        batching.set_account(clinic_id=good.clinic_id, stripe_account=account, now=clock.now())
    world.run()
    assert _batches()[0][1] == "sent"
    assert world.bench.read("accounts")[account] == 17_500


def _deliver_and_take_back(world, clinic, cents):
    """A session that is transferred, and found not to have taken place in the month after."""
    journal = deliver(clinic.pk, cents, at=clock.now())
    _end_of(world, MARCH)
    _undo(journal)


def _undo(journal):
    with acting_as(WORKER):
        reverse(journal=journal, business_key=f"{journal.business_key}:undone", kind="undone", at=clock.now())


def test_case_33_a_session_that_did_not_take_place_is_taken_back_from_the_last_transfer(world, clinic):
    _fund(world)
    _deliver_and_take_back(world, clinic, 17_500)
    _end_of(world, APRIL)
    assert _batches() == [(MARCH, "sent", 17_500, 0), (APRIL, "taken_back", -17_500, 0)]
    assert _held(world) == 0
    assert _owed(clinic) == 0


def test_what_a_transfer_has_given_back_already_is_taken_from_the_one_before(world, clinic):
    _fund(world)
    march = deliver(clinic.pk, 17_500, at=clock.now())
    _end_of(world, MARCH)
    april = deliver(clinic.pk, 20_000, at=clock.now())
    _end_of(world, APRIL)
    for journal, month in ((april, MAY), (march, JUNE)):
        _undo(journal)
        _end_of(world, month)
    assert _batches()[2:] == [(MAY, "taken_back", -20_000, 0), (JUNE, "taken_back", -17_500, 0)]
    assert (_held(world), _owed(clinic)) == (0, 0)


def test_it_is_set_off_against_the_sessions_of_its_month(world, clinic):
    _fund(world)
    _deliver_and_take_back(world, clinic, 17_500)
    deliver(clinic.pk, 30_000, at=clock.now())
    _end_of(world, APRIL)
    assert _batches()[1] == (APRIL, "sent", 12_500, 0)
    assert _held(world) == 30_000


def test_case_33_what_a_clinic_has_spent_is_carried_into_the_next_month(world, clinic):
    _fund(world)
    _deliver_and_take_back(world, clinic, 17_500)
    world.bench.order("accounts/empty", account=next(iter(world.bench.read("accounts"))))
    _end_of(world, APRIL)
    assert _batches()[1] == (APRIL, "carried", -17_500, -17_500)
    deliver(clinic.pk, 30_000, at=clock.now())
    _end_of(world, MAY)
    assert _batches()[2] == (MAY, "sent", 12_500, 0)
    assert _owed(clinic) == 0


def test_a_little_is_carried_and_not_asked_back(world, clinic):
    _fund(world)
    _deliver_and_take_back(world, clinic, 4_000)
    _end_of(world, APRIL)
    assert _batches()[1] == (APRIL, "carried", -4_000, -4_000)


def test_a_statement_tells_sessions_and_no_member(world, clinic):
    _fund(world)
    session = new_id()
    deliver(clinic.pk, 17_500, session_id=session, at=clock.now())
    _end_of(world, MARCH)
    staff = signed_in("clinic_staff", clinic_id=clinic.pk)
    [listed] = staff.get("/api/v1/clinic-statements/").json()["results"]
    assert (listed["month"], listed["status"], listed["cents"]) == ("2026-03", "sent", 17_500)
    detail = staff.get(f"/api/v1/clinic-statements/{listed['id']}/")
    [line] = detail.json()["lines"]
    assert set(line) == {"session_id", "kind", "occurred_at", "cents"}
    assert line["session_id"] == str(session)
    assert "member" not in detail.content.decode()
    file = staff.get(f"/api/v1/clinic-statements/{listed['id']}/csv/")
    [row] = csv.DictReader(io.StringIO(file.content.decode()))
    assert (row["session_id"], row["cents"]) == (str(session), "17500")
    stranger = signed_in("clinic_staff")
    assert stranger.get("/api/v1/clinic-statements/").json()["results"] == []
    for suffix in ("", "csv/"):
        assert stranger.get(f"/api/v1/clinic-statements/{listed['id']}/{suffix}").status_code == 404


def test_a_clinic_reads_its_own_lines_in_the_database_only(world, clinic):
    deliver(clinic.pk, 17_500, at=clock.now())
    _end_of(world, MARCH)
    with acting_as(Actor(role=Role.CLINIC, clinic=clinic.pk)):
        assert TransferLine.objects.count() == 1
    with acting_as(Actor(role=Role.CLINIC, clinic=new_id())):
        assert TransferLine.objects.count() == 0


def test_only_clinics_that_there_are_get_accounts(world):
    with pytest.raises(NotFound), acting_as(FINANCE):
        batching.set_account(clinic_id=new_id(), stripe_account="acct_1", now=clock.now())
