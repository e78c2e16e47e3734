"""Employers' accounts, contributions of members, clinics' accounts, for tests of the books."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from benefits.enrollment.models import Enrollment
from benefits.plans.models import Plan
from billing.invoices.models import EmployerAccount, Invoice, Method
from billing.invoices.services import accounts, drafting, issuing
from billing.ledger.models import Journal
from billing.ledger.rules import Account, credit, debit
from billing.ledger.services import Signature, post
from billing.transfers.models import TransferBatch
from billing.transfers.services import batching
from tests.conftest import NOW
from tests.factories import benefits
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id

FINANCE = Actor(role=Role.OPERATOR, user=new_id())
SIGNED = Signature(user_id=FINANCE.user, reason="for the test")
MARCH, APRIL_3 = date(2026, 3, 1), datetime.fromisoformat("2026-04-03T12:00:00+00:00")


def employer_with(heads: int) -> UUID:
    """Return an employer whose plan covers so many members since January; they have no other data."""
    employer = benefits.make_employer()
    plan = benefits.make_plan(employer.pk)
    enroll(employer.pk, plan, heads)
    return employer.pk


def enroll(employer_id: UUID, plan: Plan, heads: int) -> list[UUID]:
    """Cover so many more members, and return their ids."""
    people = [benefits.make_person() for _ in range(heads)]
    benefits.apply_people(employer_id, *people)
    with acting_as(WORKER):
        return list(Enrollment.objects.filter(employer_id=employer_id, plan=plan).values_list("member_id", flat=True))


def account_of(
    employer_id: UUID,
    *,
    fee_cents: int = 800,
    method: Method = Method.INVOICE,
    low_water_cents: int = 0,
    now: datetime = NOW,
) -> EmployerAccount:
    """Open an employer's account as finance does."""
    terms = accounts.Terms(
        billing_email="bills@employer.example",
        fee_cents=fee_cents,
        net_days=30,
        method=method,
        low_water_cents=low_water_cents,
    )
    with acting_as(FINANCE):
        return accounts.open_account(employer_id=employer_id, terms=terms, now=now)


def contribute(employer_id: UUID, cents: int, *, member_id: UUID | None = None, at: datetime = NOW) -> Journal:
    """Post what an agreed price makes an employer owe for a member; below nothing when a price was lowered."""
    member = member_id or new_id()
    legs = [
        debit(Account.RECEIVABLE_EMPLOYER_UNBILLED, cents, employer_id=employer_id, member_id=member),
        credit(Account.DEFERRED_REVENUE, cents, member_id=member),
    ]
    with acting_as(WORKER):
        return post(business_key=f"quote:{new_id()}:agreed", kind="price_agreed", legs=legs, at=at)


def contribute_all(employer_id: UUID, contributions: Iterable[int], *, at: datetime = NOW) -> None:
    """Post a contribution of each amount, each of another member."""
    for cents in contributions:
        contribute(employer_id, cents, at=at)


def find_drafted(employer_id: UUID, month: date = MARCH, now: datetime = APRIL_3) -> Invoice | None:
    """Draft a month's invoice as the timer does; None when there is nothing to bill."""
    with acting_as(WORKER):
        account = EmployerAccount.objects.get(employer_id=employer_id)
        drafting.draft_month(account_id=account.pk, month=month, now=now)
        return Invoice.objects.filter(employer_id=employer_id, month=month).exclude(status="void").first()


def drafted(employer_id: UUID, month: date = MARCH, now: datetime = APRIL_3) -> Invoice:
    """Draft a month's invoice for which there is something to bill."""
    draft = find_drafted(employer_id, month, now)
    assert draft is not None
    return draft


def issued(employer_id: UUID, month: date = MARCH, now: datetime = APRIL_3) -> Invoice:
    """Draft and issue a month's invoice."""
    draft = drafted(employer_id, month, now)
    with acting_as(WORKER):
        issuing.issue(invoice_id=draft.pk, now=now)
        return Invoice.objects.get(pk=draft.pk)


def deposit_of(employer_id: UUID, cents: int, reference: str = "wire-0") -> None:
    """Record money that an employer paid in advance."""
    with acting_as(FINANCE):
        accounts.deposit(employer_id=employer_id, cents=cents, reference=reference, signature=SIGNED, now=NOW)


def deliver(clinic_id: UUID, cents: int, *, session_id: UUID | None = None, at: datetime = NOW) -> Journal:
    """Post what a completed session makes us owe its clinic."""
    legs = [
        debit(Account.CLINIC_COST, cents, clinic_id=clinic_id),
        credit(Account.CLINIC_PAYABLE, cents, clinic_id=clinic_id),
    ]
    with acting_as(WORKER):
        key = f"session:{session_id or new_id()}:delivered"
        return post(business_key=key, kind="session_delivered", legs=legs, at=at)


def statement_of(clinic_id: UUID) -> UUID:
    """Make up a clinic's March as the timer does, and return its id; nobody has asked Stripe yet."""
    with acting_as(FINANCE):
        account = batching.set_account(clinic_id=clinic_id, stripe_account=f"acct_{clinic_id.hex}", now=NOW)
    with acting_as(WORKER):
        batching.make_up(account_id=account.pk, month=MARCH, now=APRIL_3)
        return TransferBatch.objects.get(clinic_id=clinic_id).pk
