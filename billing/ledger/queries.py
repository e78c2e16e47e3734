"""What the ledger says. The caller acts as operator or worker; nobody else may read it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from billing.ledger.models import BookClosing, Journal, Posting, RunningTotal
from billing.ledger.rules import Account, AccountTotal, Leg, first_of_month, month_after, start_of
from workers.kernel.errors import NotFound
from workers.kernel.money import CURRENCY

_DEBITS = Coalesce(Sum("amount_cents", filter=Q(amount_cents__gt=0)), 0)
_CREDITS = Coalesce(-Sum("amount_cents", filter=Q(amount_cents__lt=0)), 0)


@dataclass(frozen=True, kw_only=True)
class StatementLine:
    """A posting to an account and what the account held after it; cents, debits positive."""

    posting: Posting
    balance_cents: int


@dataclass(frozen=True, kw_only=True)
class Statement:
    """Some lines of an account in a month: what it held before the first and after the last of them."""

    account: Account
    month: date
    opening_cents: int
    lines: list[StatementLine]
    is_last: bool

    @property
    def closing_cents(self) -> int:
        """What the account held after the last of these lines."""
        return self.lines[-1].balance_cents if self.lines else self.opening_cents


def trial_balance(*, currency: str = CURRENCY, through: date | None = None) -> list[AccountTotal]:
    """Return every account of the chart with its debits and credits in cents, in the chart's order.

    `through` is a day of the last month that counts; None counts all. The running totals answer, so that it takes as
    long over five postings as over five million.
    """
    rows = RunningTotal.objects.filter(currency=currency)
    if through is not None:
        rows = rows.filter(month__lte=first_of_month(through))
    sums = rows.values("account").annotate(debits=Sum("debit_cents"), credits=Sum("credit_cents"))
    return _in_order({row["account"]: (row["debits"], row["credits"]) for row in sums})


def recomputed_trial_balance(*, currency: str = CURRENCY) -> list[AccountTotal]:
    """Return what `trial_balance` has to return, by adding up every posting: minutes over a large ledger."""
    sums = Posting.objects.filter(currency=currency).values("account").annotate(debits=_DEBITS, credits=_CREDITS)
    return _in_order({row["account"]: (row["debits"], row["credits"]) for row in sums})


def _in_order(sums: dict[str, tuple[int, int]]) -> list[AccountTotal]:
    totals = ((account, *sums.get(account.value, (0, 0))) for account in Account)
    return [AccountTotal(account=account, debit_cents=int(d), credit_cents=int(c)) for account, d, c in totals]


def balance(
    account: Account,
    *,
    member_id: UUID | None = None,
    clinic_id: UUID | None = None,
    employer_id: UUID | None = None,
) -> int:
    """Return an account's debits less credits in cents, of all or of one member, clinic or employer."""
    subjects = {"member_id": member_id, "clinic_id": clinic_id, "employer_id": employer_id}
    named = {name: value for name, value in subjects.items() if value is not None}
    if not named:
        return _held_before(account, None)
    total = Posting.objects.filter(account=account, **named).aggregate(total=Coalesce(Sum("amount_cents"), 0))
    return int(total["total"])


def _held_before(account: Account, month: date | None) -> int:
    """What an account held when a month began, or holds now."""
    rows = RunningTotal.objects.filter(account=account, currency=CURRENCY)
    if month is not None:
        rows = rows.filter(month__lt=month)
    found = rows.aggregate(held=Coalesce(Sum(F("debit_cents") - F("credit_cents")), 0))
    return int(found["held"])


def in_month(month: date) -> QuerySet[Journal]:
    """Return the journals that count in the month of a day, in the order of the books, with their postings."""
    first = first_of_month(month)
    journals = Journal.objects.filter(at__gte=start_of(first), at__lt=start_of(month_after(first)))
    return journals.order_by("at", "pk").prefetch_related("postings")


def statement(account: Account, *, month: date, after: UUID | None = None, limit: int = 200) -> Statement:
    """Return at most `limit` lines of an account in a month, those after the posting `after`. Raises NotFound."""
    first = first_of_month(month)
    of_month = Posting.objects.filter(
        account=account,
        currency=CURRENCY,
        journal__at__gte=start_of(first),
        journal__at__lt=start_of(month_after(first)),
    )
    opening, lines = _held_before(account, first), of_month
    if after is not None:
        at = _booked_at(of_month, after)
        passed = Q(journal__at__lt=at) | Q(journal__at=at, pk__lte=after)
        opening += of_month.filter(passed).aggregate(sum=Coalesce(Sum("amount_cents"), 0))["sum"]
        lines = of_month.exclude(passed)
    found = list(lines.select_related("journal").order_by("journal__at", "pk")[: limit + 1])
    shown = list(_with_balance(found[:limit], opening))
    return Statement(account=account, month=first, opening_cents=opening, lines=shown, is_last=len(found) <= limit)


def whole_statement(account: Account, *, month: date) -> tuple[int, list[StatementLine]]:
    """Return what an account held before a month, in cents, and every line of it: thousands in a busy month."""
    page = statement(account, month=month)
    opening, lines = page.opening_cents, page.lines
    while not page.is_last:
        page = statement(account, month=month, after=lines[-1].posting.pk)
        lines = [*lines, *page.lines]
    return opening, lines


def _booked_at(postings: QuerySet[Posting], posting_id: UUID) -> datetime:
    found = postings.filter(pk=posting_id).values_list("journal__at", flat=True).first()
    if found is None:
        raise NotFound("There is no such line on this statement.")
    return found


def _with_balance(postings: list[Posting], opening: int) -> Iterator[StatementLine]:
    held = opening
    for posting in postings:
        held += posting.amount_cents
        yield StatementLine(posting=posting, balance_cents=held)


def opening_balances(month: date) -> dict[Account, int]:
    """Return what each account held in cents when a month began, those that held something."""
    rows = RunningTotal.objects.filter(currency=CURRENCY, month__lt=first_of_month(month)).values("account")
    held = rows.annotate(held=Sum(F("debit_cents") - F("credit_cents")))
    return {Account(row["account"]): int(row["held"]) for row in held if row["held"]}


def find_journal(business_key: str) -> Journal | None:
    """Return the journal of this business key, or None when that has not been posted."""
    return Journal.objects.filter(business_key=business_key).first()


def get_journal(journal_id: UUID) -> Journal:
    """Return a journal with its postings. Raises NotFound."""
    journal = Journal.objects.prefetch_related("postings").filter(pk=journal_id).first()
    if journal is None:
        raise NotFound("There is no such journal.")
    return journal


def legs_of(journal: Journal) -> list[Leg]:
    """Return a journal's legs, in the order in which they were posted."""
    return [
        Leg(
            account=Account(posting.account),
            amount_cents=posting.amount_cents,
            currency=posting.currency,
            member_id=posting.member_id,
            clinic_id=posting.clinic_id,
            employer_id=posting.employer_id,
        )
        for posting in journal.postings.order_by("id")
    ]


def closed_through() -> date | None:
    """Return the last day of the books' last closed month, or None when none is closed."""
    return BookClosing.objects.order_by("-number").values_list("closed_through", flat=True).first()


def list_closings() -> QuerySet[BookClosing]:
    """Return every closing and reopening, the newest first."""
    return BookClosing.objects.order_by("-number")
