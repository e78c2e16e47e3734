"""The chart of accounts, and what a journal must satisfy. Debits are positive cents, credits negative."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from workers.kernel.money import CURRENCY


class AccountType(StrEnum):
    """The five kinds of account; assets and expenses normally hold debits, the others credits."""

    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"
    EXPENSE = "expense"


class Account(StrEnum):
    """The chart of accounts. The codes are stored: add new ones, never rename."""

    RECEIVABLE_EMPLOYEE = "receivable_employee"
    RECEIVABLE_EMPLOYER_UNBILLED = "receivable_employer_unbilled"
    RECEIVABLE_EMPLOYER = "receivable_employer"
    STRIPE_BALANCE = "stripe_balance"
    BANK = "bank"
    DISPUTES_HELD = "disputes_held"
    DEFERRED_REVENUE = "deferred_revenue"
    CLINIC_PAYABLE = "clinic_payable"
    REFUNDS_PAYABLE = "refunds_payable"
    CUSTOMER_CREDIT = "customer_credit"
    REVENUE = "revenue"
    CLINIC_COST = "clinic_cost"
    STRIPE_FEES = "stripe_fees"
    CHARITY_CARE = "charity_care"
    BAD_DEBT = "bad_debt"

    @property
    def type(self) -> AccountType:
        """What kind of account it is."""
        return _TYPES[self]


_TYPES = {
    Account.RECEIVABLE_EMPLOYEE: AccountType.ASSET,
    Account.RECEIVABLE_EMPLOYER_UNBILLED: AccountType.ASSET,
    Account.RECEIVABLE_EMPLOYER: AccountType.ASSET,
    Account.STRIPE_BALANCE: AccountType.ASSET,
    Account.BANK: AccountType.ASSET,
    Account.DISPUTES_HELD: AccountType.ASSET,
    Account.DEFERRED_REVENUE: AccountType.LIABILITY,
    Account.CLINIC_PAYABLE: AccountType.LIABILITY,
    Account.REFUNDS_PAYABLE: AccountType.LIABILITY,
    Account.CUSTOMER_CREDIT: AccountType.LIABILITY,
    Account.REVENUE: AccountType.INCOME,
    Account.CLINIC_COST: AccountType.EXPENSE,
    Account.STRIPE_FEES: AccountType.EXPENSE,
    Account.CHARITY_CARE: AccountType.EXPENSE,
    Account.BAD_DEBT: AccountType.EXPENSE,
}


class BadJournal(ValueError):
    """These legs are no journal: fewer than two, one of no cents, or not in balance. The caller's defect."""


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One side of a journal: signed cents on an account, and whom a statement may show it to."""

    account: Account
    amount_cents: int
    currency: str = CURRENCY
    member_id: UUID | None = None
    clinic_id: UUID | None = None
    employer_id: UUID | None = None

    def mirrored(self) -> "Leg":
        """The same leg on the other side."""
        return replace(self, amount_cents=-self.amount_cents)


@dataclass(frozen=True, kw_only=True)
class AccountTotal:
    """An account in the trial balance: its debits and credits (both not negative), and their difference."""

    account: Account
    debit_cents: int
    credit_cents: int

    @property
    def balance_cents(self) -> int:
        """Debits less credits: positive is a debit balance."""
        return self.debit_cents - self.credit_cents


def debit(
    account: Account,
    cents: int,
    *,
    member_id: UUID | None = None,
    clinic_id: UUID | None = None,
    employer_id: UUID | None = None,
) -> Leg:
    """Return a leg that debits `account` by `cents`."""
    return Leg(account=account, amount_cents=cents, member_id=member_id, clinic_id=clinic_id, employer_id=employer_id)


def credit(
    account: Account,
    cents: int,
    *,
    member_id: UUID | None = None,
    clinic_id: UUID | None = None,
    employer_id: UUID | None = None,
) -> Leg:
    """Return a leg that credits `account` by `cents`."""
    return debit(account, -cents, member_id=member_id, clinic_id=clinic_id, employer_id=employer_id)


def without_zeros(legs: Sequence[Leg]) -> list[Leg]:
    """Leave out legs of no cents, as when one of two payers owes nothing."""
    return [leg for leg in legs if leg.amount_cents]


def check(legs: Sequence[Leg]) -> None:
    """Raise BadJournal unless there are two legs or more, none of zero cents, and currencies sum to zero."""
    if len(legs) < 2:
        raise BadJournal(f"A journal has at least two legs, not {len(legs)}.")
    if any(leg.amount_cents == 0 for leg in legs):
        raise BadJournal("A leg of a journal is not of zero cents.")
    sums: dict[str, int] = defaultdict(int)
    for leg in legs:
        sums[leg.currency] += leg.amount_cents
    off = {currency: cents for currency, cents in sums.items() if cents}
    if off:
        raise BadJournal(f"The legs of a journal sum to zero, not to {off} cents.")
