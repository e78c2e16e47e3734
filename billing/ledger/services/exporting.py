"""The books of a month as files: CSV for spreadsheets, and Beancount, with which accountants can check us.

No member is named in either.
"""

import csv
import io
from collections.abc import Iterator
from datetime import date
from itertools import chain

from billing.ledger import queries
from billing.ledger.models import Journal
from billing.ledger.rules import CHART, Account, AccountType, first_of_month, month_after, safe_cell
from workers.kernel.money import CURRENCY

_ROOTS = {
    AccountType.ASSET: "Assets",
    AccountType.LIABILITY: "Liabilities",
    AccountType.INCOME: "Income",
    AccountType.EXPENSE: "Expenses",
}
_OPENING = "Equity:OpeningBalances"
_COLUMNS = (
    "journal",
    "booked_at",
    "occurred_at",
    "kind",
    "business_key",
    "reason",
    "number",
    "account",
    "debit_cents",
    "credit_cents",
    "currency",
)


def to_csv(month: date) -> str:
    """Return the journals of the month of a day as CSV with a header, a line per leg; amounts in cents."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(_COLUMNS)
    for journal in queries.in_month(month):
        writer.writerows(_csv_rows(journal))
    return file.getvalue()


def _csv_rows(journal: Journal) -> Iterator[list[object]]:
    told = (journal.at.isoformat(), journal.occurred_at.isoformat(), journal.kind, journal.business_key)
    for leg in sorted(journal.postings.all(), key=lambda posting: posting.pk):
        number, cents = CHART[Account(leg.account)].number, leg.amount_cents
        amounts = (max(cents, 0), max(-cents, 0), leg.currency)
        yield [journal.pk, *map(safe_cell, (*told, journal.reason)), number, leg.account, *amounts]


def to_beancount(month: date) -> str:
    """Return the books of the month of a day as a Beancount file that `bean-check` accepts.

    It opens with what each account held before, and ends by asserting what our running totals say it holds.
    Source of the format: beancount.github.io/docs/beancount_language_syntax.html
    """
    first = first_of_month(month)
    opening = queries.opening_balances(first)
    closing = queries.opening_balances(month_after(first))
    lines = chain(_header(first), _opening(first, opening), _transactions(first), _assertions(first, closing))
    return "\n".join(lines) + "\n"


def account_name(account: Account) -> str:
    """Return an account's name in Beancount: "Assets:StripeBalance"."""
    return f"{_ROOTS[account.type]}:{account.value.title().replace('_', '')}"


def amount(cents: int) -> str:
    """Return cents as a decimal number with its commodity: -105 is "-1.05 USD"."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d} {CURRENCY.upper()}"


def _header(first: date) -> Iterator[str]:
    yield f'option "title" "Books of {first:%Y-%m}"'
    yield f'option "operating_currency" "{CURRENCY.upper()}"'
    yield ""
    yield f"{first} open {_OPENING}"
    for account, entry in CHART.items():
        yield f"{first} open {account_name(account)} {CURRENCY.upper()}"
        yield f"  number: {entry.number}"
        yield f"  meaning: {_quoted(entry.meaning)}"


def _opening(first: date, held: dict[Account, int]) -> Iterator[str]:
    if held:
        yield f'\n{first} * "Held before"'
        yield from (f"  {account_name(account)}  {amount(cents)}" for account, cents in held.items())


def _transactions(first: date) -> Iterator[str]:
    for journal in queries.in_month(first):
        yield f"\n{journal.at:%Y-%m-%d} * {_quoted(journal.reason or journal.kind)}"
        yield f"  key: {_quoted(journal.business_key)}"
        for leg in sorted(journal.postings.all(), key=lambda posting: posting.pk):
            yield f"  {account_name(Account(leg.account))}  {amount(leg.amount_cents)}"


def _assertions(first: date, held: dict[Account, int]) -> Iterator[str]:
    """Beancount compares these with its own sums: our running totals are checked by somebody else's program.

    To the cent: without a tolerance of its own an assertion lets one pass.
    """
    yield ""
    for account in Account:
        number, commodity = amount(held.get(account, 0)).split()
        yield f"{month_after(first)} balance {account_name(account)}  {number} ~ 0.001 {commodity}"


def _quoted(text: str) -> str:
    flat = " ".join(text.split())
    return '"{}"'.format(flat.replace("\\", "\\\\").replace('"', '\\"'))
