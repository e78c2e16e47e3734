"""Posting to the ledger. The caller acts as a worker, or as an operator who signs; all others the database refuses."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from billing.ledger.models import Journal, Posting
from billing.ledger.queries import balance, find_journal, legs_of
from billing.ledger.rules import Account, Leg, check
from workers.kernel.errors import DomainError, Invalid


class JournalDiffers(DomainError):
    """This business key was posted before with other legs: two occurrences share a name, or one changed."""

    code = "journal_differs"


class AlreadyReversed(DomainError):
    """The journal was taken back before, under another business key."""

    code = "journal_already_reversed"


class ReasonMissing(Invalid):
    """What is written by hand says why."""

    code = "reason_missing"


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Who writes a journal by hand, and why; `user_id` None is the command line."""

    user_id: UUID | None
    reason: str


BY_PROGRAM = Signature(user_id=None, reason="")


def post(
    *,
    business_key: str,
    kind: str,
    legs: Sequence[Leg],
    at: datetime,
    reverses: Journal | None = None,
    signature: Signature = BY_PROGRAM,
) -> Journal:
    """Write a journal (`at` in UTC, legs in cents) in the caller's transaction and return it.

    What happened in a closed month is booked at the first open instant. Idempotent: the same key with the same legs
    returns the first journal, whatever its `at`. Two that race for a key wait for each other at its unique index.
    Raises BadJournal, JournalDiffers and AlreadyReversed.
    """
    check(legs)
    journal = Journal(
        business_key=business_key,
        kind=kind,
        at=at,
        occurred_at=at,
        leg_count=len(legs),
        reverses=reverses,
        by_user_id=signature.user_id,
        reason=signature.reason,
    )
    with transaction.atomic():
        Journal.objects.bulk_create([journal], ignore_conflicts=True)
        stored = find_journal(business_key)
        if stored is None:
            raise AlreadyReversed(f"{business_key}: that journal was reversed before.")
        if stored.pk == journal.pk:
            _insert(journal, legs)
        elif not _same(stored, legs, reverses):
            raise JournalDiffers(f"{business_key} was posted before with other legs.")
    return stored


def reverse(
    *, journal: Journal, business_key: str, kind: str, at: datetime, signature: Signature = BY_PROGRAM
) -> Journal:
    """Take a journal back by its mirror image and return that. Idempotent, and raises, like `post`."""
    mirrored = [leg.mirrored() for leg in legs_of(journal)]
    return post(business_key=business_key, kind=kind, legs=mirrored, at=at, reverses=journal, signature=signature)


def reverse_by_hand(*, journal: Journal, signature: Signature, at: datetime) -> Journal:
    """Take a journal back because a person says so. Raises ReasonMissing and AlreadyReversed."""
    if not signature.reason.strip():
        raise ReasonMissing("Say why this journal is taken back.")
    key = f"journal:{journal.pk}:reversed"
    return reverse(journal=journal, business_key=key, kind="reversed_by_hand", at=at, signature=signature)


def hold(account: Account, *, member_id: UUID) -> int:
    """Return what an account holds of a member (cents, debits positive), locked until the transaction ends.

    For journals whose legs follow from a balance: two that read the same one would both spend it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{account}:{member_id}"])
    return balance(account, member_id=member_id)


def _insert(journal: Journal, legs: Sequence[Leg]) -> None:
    """Write the legs; the database checks them now: at the commit nobody could tell who was at fault."""
    Posting.objects.bulk_create(
        Posting(
            journal=journal,
            account=leg.account,
            amount_cents=leg.amount_cents,
            currency=leg.currency,
            member_id=leg.member_id,
            clinic_id=leg.clinic_id,
            employer_id=leg.employer_id,
        )
        for leg in legs
    )
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS journal_balanced, posting_balanced IMMEDIATE")
        cursor.execute("SET CONSTRAINTS journal_balanced, posting_balanced DEFERRED")


def _same(stored: Journal, legs: Sequence[Leg], reverses: Journal | None) -> bool:
    return stored.reverses_id == (reverses and reverses.pk) and Counter(legs_of(stored)) == Counter(legs)
