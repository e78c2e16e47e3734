"""Posting to the ledger. The caller acts as a worker, or as an operator who signs; all others the database refuses."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from billing.ledger.models import Journal
from billing.ledger.queries import balance, find_journal, legs_of
from billing.ledger.rules import Account, Leg, check
from workers.kernel.errors import DomainError, Invalid
from workers.kernel.ids import new_id


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


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A journal that is to be written: `at` in UTC, legs in cents; `reverses` is the journal that it takes back."""

    business_key: str
    kind: str
    legs: Sequence[Leg]
    at: datetime
    reverses: Journal | None = None
    signed: Signature = BY_PROGRAM


# A journal whose key is taken, or which takes back what was taken back before, is left out with its legs.
_POST = """
WITH journal AS (
    INSERT INTO billing_journal (id, business_key, kind, at, occurred_at, leg_count, reverses_id, by_user_id, reason)
    SELECT id, business_key, kind, at, at, leg_count, reverses_id, by_user_id, reason
    FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::timestamptz[], %s::int[], %s::uuid[], %s::uuid[], %s::text[])
      AS head (id, business_key, kind, at, leg_count, reverses_id, by_user_id, reason)
    ON CONFLICT DO NOTHING RETURNING id, at),
leg AS (
    INSERT INTO billing_posting (id, journal_id, account, amount_cents, currency, member_id, clinic_id, employer_id)
    SELECT leg.id, journal_id, account, amount_cents, currency, member_id, clinic_id, employer_id
    FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::bigint[], %s::text[], %s::uuid[], %s::uuid[], %s::uuid[])
      AS leg (id, journal_id, account, amount_cents, currency, member_id, clinic_id, employer_id)
    JOIN journal ON journal.id = journal_id)
SELECT id, at FROM journal
"""
_CHECK_NOW = """
SET CONSTRAINTS journal_balanced, posting_balanced IMMEDIATE;
SET CONSTRAINTS journal_balanced, posting_balanced DEFERRED
"""


def post(
    *,
    business_key: str,
    kind: str,
    legs: Sequence[Leg],
    at: datetime,
    reverses: Journal | None = None,
    signature: Signature = BY_PROGRAM,
) -> Journal:
    """Write a journal (`at` in UTC, legs in cents) in the caller's transaction and return it, as `post_all` does."""
    entry = Entry(business_key=business_key, kind=kind, legs=legs, at=at, reverses=reverses, signed=signature)
    return post_all([entry])[0]


def post_all(entries: Sequence[Entry]) -> list[Journal]:
    """Write one or more journals with one statement in the caller's transaction, and return them in their order.

    What happened in a closed month is booked at the first open instant. Idempotent: the same key with the same legs
    returns the first journal, whatever its `at`. Two that race for a key wait for each other at its unique index.
    Raises BadJournal, JournalDiffers and AlreadyReversed.
    """
    for entry in entries:
        check(entry.legs)
    journals = [_journal(entry) for entry in entries]
    with transaction.atomic(savepoint=False):
        written = _insert(journals, entries)
    for journal in journals:
        journal.at = written.get(journal.pk, journal.at)
    return [
        journal if journal.pk in written else _posted_before(entry)
        for journal, entry in zip(journals, entries, strict=True)
    ]


def _journal(entry: Entry) -> Journal:
    return Journal(
        business_key=entry.business_key,
        kind=entry.kind,
        at=entry.at,
        occurred_at=entry.at,
        leg_count=len(entry.legs),
        reverses=entry.reverses,
        by_user_id=entry.signed.user_id,
        reason=entry.signed.reason,
    )


def _posted_before(entry: Entry) -> Journal:
    stored = find_journal(entry.business_key)
    if stored is None:
        raise AlreadyReversed(f"{entry.business_key}: that journal was reversed before.")
    if not _same(stored, entry.legs, entry.reverses):
        raise JournalDiffers(f"{entry.business_key} was posted before with other legs.")
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


def _insert(journals: Sequence[Journal], entries: Sequence[Entry]) -> dict[UUID, datetime]:
    """Write what is new and return when each counts in the books.

    The database checks it now: at the commit nobody could tell who was at fault.
    """
    heads = [
        (one.pk, one.business_key, one.kind, one.at, one.leg_count, one.reverses_id, one.by_user_id, one.reason)
        for one in journals
    ]
    legs = [
        (new_id(), one.pk, leg.account.value, leg.amount_cents, leg.currency, *_subjects(leg))
        for one, entry in zip(journals, entries, strict=True)
        for leg in entry.legs
    ]
    with connection.cursor() as cursor:
        cursor.execute(_POST, [list(column) for rows in (heads, legs) for column in zip(*rows, strict=True)])
        written = dict(cursor.fetchall())
        cursor.execute(_CHECK_NOW)
    return written


def _subjects(leg: Leg) -> tuple[UUID | None, ...]:
    return leg.member_id, leg.clinic_id, leg.employer_id


def _same(stored: Journal, legs: Sequence[Leg], reverses: Journal | None) -> bool:
    return stored.reverses_id == (reverses and reverses.pk) and Counter(legs_of(stored)) == Counter(legs)
