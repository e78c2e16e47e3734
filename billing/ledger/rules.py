"""The chart of accounts, what a journal must satisfy, and months of the books. Debits are positive, credits negative.

The chart is data of this slice, read at import: `data/chart_of_accounts.csv`.
"""

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from workers.kernel.money import CURRENCY


class AccountType(StrEnum):
    """The kinds of account; assets and expenses normally hold debits, the others credits."""

    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"
    EXPENSE = "expense"


class Account(StrEnum):
    """The codes of the chart of accounts. They are stored: add new ones, here and in the chart, and never rename."""

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
    PREPAID_EMPLOYER = "prepaid_employer"
    SUSPENSE = "suspense"
    REVENUE = "revenue"
    FEE_REVENUE = "fee_revenue"
    CLINIC_COST = "clinic_cost"
    STRIPE_FEES = "stripe_fees"
    CHARITY_CARE = "charity_care"
    BAD_DEBT = "bad_debt"
    POOLED_CONTRIBUTIONS = "pooled_contributions"

    @property
    def entry(self) -> "ChartEntry":
        """What the chart says of it."""
        return CHART[self]

    @property
    def type(self) -> AccountType:
        """What kind of account it is."""
        return self.entry.type


@dataclass(frozen=True, kw_only=True)
class ChartEntry:
    """A line of the chart: the accountants' number, the kind of account, and what it holds."""

    number: int
    type: AccountType
    meaning: str


def _read_chart() -> dict[Account, ChartEntry]:
    path = Path(__file__).parent / "data" / "chart_of_accounts.csv"
    with path.open(newline="", encoding="utf-8") as file:
        return {
            Account(row["code"]): ChartEntry(
                number=int(row["number"]), type=AccountType(row["type"]), meaning=row["meaning"]
            )
            for row in csv.DictReader(file)
        }


CHART = _read_chart()


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


def first_of_month(day: date) -> date:
    """Return the first day of a day's month, which is how a month of the books is written."""
    return day.replace(day=1)


def month_after(month: date) -> date:
    """Return the first day of the next month."""
    return first_of_month(month + timedelta(days=31))


def month_before(month: date) -> date:
    """Return the first day of the month before."""
    return first_of_month(month - timedelta(days=1))


def start_of(day: date) -> datetime:
    """Return the instant at which a day of the books begins: they are kept in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula (OWASP ASVS 1.2.10)."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
