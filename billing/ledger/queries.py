"""What the ledger says. The caller acts as operator or worker; nobody else may read it."""

from uuid import UUID

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from billing.ledger.models import Journal, Posting
from billing.ledger.rules import Account, AccountTotal, Leg


def trial_balance() -> list[AccountTotal]:
    """Return every account of the chart with its debits and credits in cents, in the chart's order."""
    sums = Posting.objects.values("account").annotate(
        debits=Coalesce(Sum("amount_cents", filter=Q(amount_cents__gt=0)), 0),
        credits=Coalesce(Sum("amount_cents", filter=Q(amount_cents__lt=0)), 0),
    )
    totals = {row["account"]: (row["debits"], -row["credits"]) for row in sums}
    return [
        AccountTotal(account=account, debit_cents=in_debit, credit_cents=in_credit)
        for account in Account
        for in_debit, in_credit in [totals.get(account.value, (0, 0))]
    ]


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
    total = Posting.objects.filter(account=account, **named).aggregate(total=Coalesce(Sum("amount_cents"), 0))
    return int(total["total"])


def find_journal(business_key: str) -> Journal | None:
    """Return the journal of this business key, or None when that has not been posted."""
    return Journal.objects.filter(business_key=business_key).first()


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
