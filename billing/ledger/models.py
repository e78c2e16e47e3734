"""Journals and their postings: inserted once, in balance, and never changed. PostgreSQL itself holds to that.

- `leg_count` is fixed when the journal is written; at the end of the transaction a journal has exactly so many legs
  and each currency sums to zero, so a leg that comes in a later transaction is refused, too.
- Running totals follow the postings by a trigger, and nobody else writes them.
- Months are closed in their order. What happened in a closed month is booked at the first open instant.
- What an operator writes by hand carries their id and a reason.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from billing.ledger.rules import Account
from workers.kernel.constraints import EVERY, Trigger, append_only, seen_by
from workers.kernel.ids import new_id
from workers.kernel.money import CURRENCY

# No employer, member or clinic reads the ledger: what they may know is in quotes, plans, invoices and statements.
_KEPT = {"operator": (EVERY, "select, insert"), "worker": (EVERY, "select, insert")}
_TOTALS = {"operator": (EVERY, "select, insert, update"), "worker": (EVERY, "select, insert, update")}
_AT_THE_END = "AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
_CORRECTING = "what was posted is never edited; reverse the journal and post a new one"

BOOKS_LOCK = 7_101_001  # advisory: whoever posts shares it, whoever closes a month has it alone
_SLOTS_LOCK = 7_101
SLOTS = 32  # transactions that may post at once without waiting for each other's totals

# PL/pgSQL that refuses a journal unless its legs are complete and in balance.
_BALANCED = """
IF (SELECT count(*) FROM billing_posting WHERE journal_id = {journal}) <> {leg_count} THEN
  RAISE EXCEPTION 'journal % does not have the legs it was written with', {journal}
    USING ERRCODE = 'check_violation';
END IF;
IF EXISTS (
  SELECT FROM billing_posting WHERE journal_id = {journal} GROUP BY currency HAVING sum(amount_cents) <> 0
) THEN
  RAISE EXCEPTION 'journal % is not in balance', {journal} USING ERRCODE = 'check_violation';
END IF;
RETURN NULL;"""
_OF_JOURNAL = _BALANCED.format(journal="NEW.id", leg_count="NEW.leg_count")
_OF_POSTING = _BALANCED.format(
    journal="NEW.journal_id", leg_count="(SELECT leg_count FROM billing_journal WHERE id = NEW.journal_id)"
)

# Whoever closes waits for those who are posting, and they see what was closed: the lock comes before the question.
_BOOKED_IN_OPEN_MONTH = f"""
PERFORM pg_advisory_xact_lock_shared({BOOKS_LOCK});
NEW.at := greatest(NEW.at, (
  SELECT (closed_through + 1)::timestamp AT TIME ZONE 'UTC' FROM billing_bookclosing ORDER BY number DESC LIMIT 1
));
RETURN NEW;"""  # noqa: S608 - a constant

_SIGNED = """
IF current_user = 'act_operator' AND (
  NEW.reason = '' OR NEW.by_user_id IS DISTINCT FROM nullif(current_setting('app.user', true), '')::uuid
) THEN
  RAISE EXCEPTION 'what is written by hand carries its author and a reason' USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;"""

# A transaction takes a slot of its own, so that two that post to the same accounts neither wait nor deadlock.
_TOTALLED = f"""
DECLARE
  place integer := pg_backend_pid() % {SLOTS};
  tried integer := 0;
BEGIN
  WHILE tried < {SLOTS} AND NOT pg_try_advisory_xact_lock({_SLOTS_LOCK}, place) LOOP
    place := (place + 1) % {SLOTS};
    tried := tried + 1;
  END LOOP;
  IF tried = {SLOTS} THEN
    PERFORM pg_advisory_xact_lock({_SLOTS_LOCK}, place);
  END IF;
  INSERT INTO billing_runningtotal AS total (account, currency, month, slot, debit_cents, credit_cents, postings)
  SELECT account, currency, date_trunc('month', journal.at AT TIME ZONE 'UTC')::date AS month, place,
         coalesce(sum(amount_cents) FILTER (WHERE amount_cents > 0), 0),
         coalesce(-sum(amount_cents) FILTER (WHERE amount_cents < 0), 0),
         count(*)
  FROM added JOIN billing_journal AS journal ON journal.id = added.journal_id
  GROUP BY account, currency, month ORDER BY account, currency, month
  ON CONFLICT (account, currency, month, slot) DO UPDATE SET
    debit_cents = total.debit_cents + excluded.debit_cents,
    credit_cents = total.credit_cents + excluded.credit_cents,
    postings = total.postings + excluded.postings;
  RETURN NULL;
END;"""  # noqa: S608 - constants

_BY_TRIGGER_ONLY = """
IF pg_trigger_depth() < 2 THEN
  RAISE EXCEPTION 'running totals follow the postings and are not written by hand'
    USING ERRCODE = 'restrict_violation';
END IF;
RETURN NULL;"""

_CLOSED_ALONE = f"PERFORM pg_advisory_xact_lock({BOOKS_LOCK}); RETURN NEW;"
_BEFORE_EACH = "BEFORE INSERT ON {table} FOR EACH ROW"


class Journal(models.Model):
    """Something that moved money or a claim to money, when it `occurred_at` (UTC).

    `at` is when it counts in the books: the same, or the first instant after the closed months. `business_key` names
    the occurrence ("pi:{id}:succeeded"), so that it is written once however often told. `reverses` is the journal
    that this one takes back; a journal is taken back at most once. Who wrote it by hand, and why, is in `by_user_id`
    (None: a program, or the command line) and `reason`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    business_key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=60)
    at = models.DateTimeField()
    occurred_at = models.DateTimeField()
    leg_count = models.PositiveSmallIntegerField()
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")
    by_user_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="journal_has_two_legs", condition=Q(leg_count__gte=2)),
            *append_only("journal", _CORRECTING),
            Trigger(name="journal_balanced", kind="CONSTRAINT", on=_AT_THE_END, body=_OF_JOURNAL),
            Trigger(name="journal_booked_in_open_month", on=_BEFORE_EACH, body=_BOOKED_IN_OPEN_MONTH),
            Trigger(name="journal_signed", on=_BEFORE_EACH, body=_SIGNED),
            *seen_by("journal", **_KEPT),
        ]
        indexes: ClassVar = [models.Index(fields=["at"], name="journal_by_time")]


class Posting(models.Model):
    """A leg of a journal: `amount_cents` is positive for a debit and negative for a credit."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, related_name="postings")
    account = models.CharField(max_length=40, choices=[(account.value, account.value) for account in Account])
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3, default=CURRENCY)
    member_id = models.UUIDField(null=True)
    clinic_id = models.UUIDField(null=True)
    employer_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="posting_not_zero", condition=~Q(amount_cents=0)),
            models.CheckConstraint(
                name="posting_account_in_chart",
                condition=Q(account__in=sorted(account.value for account in Account)),
            ),
            *append_only("posting", _CORRECTING),
            Trigger(name="posting_balanced", kind="CONSTRAINT", on=_AT_THE_END, body=_OF_POSTING),
            Trigger(
                name="posting_totalled",
                on="AFTER INSERT ON {table} REFERENCING NEW TABLE AS added FOR EACH STATEMENT",
                body=_TOTALLED,
            ),
            *seen_by("posting", **_KEPT),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "member_id"], name="posting_by_member"),
            models.Index(fields=["account", "clinic_id"], name="posting_by_clinic"),
            models.Index(fields=["account", "employer_id"], name="posting_by_employer"),
        ]


class RunningTotal(models.Model):
    """Debits and credits (cents, not negative) of an account in a month of the books, in one of `SLOTS` parts.

    What an account holds is the sum over its parts; the postings' trigger alone writes them. `month` is its first day.
    """

    id = models.BigAutoField(primary_key=True)
    account = models.CharField(max_length=40)
    currency = models.CharField(max_length=3)
    month = models.DateField()
    slot = models.PositiveSmallIntegerField()
    debit_cents = models.BigIntegerField()
    credit_cents = models.BigIntegerField()
    postings = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "currency", "month", "slot"], name="running_total_once"),
            Trigger(
                name="running_total_by_trigger",
                on="BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT",
                body=_BY_TRIGGER_ONLY,
            ),
            *seen_by("running_total", **_TOTALS),
        ]


class BookClosing(models.Model):
    """The closing of a month or its reopening, for good: who, when, why, and what the accounts held.

    The newest row counts: the books are closed through `closed_through` (the last day of a month), or not at all.
    `balances` is {account: cents}, debits less credits, of all that is closed from now on.
    """

    number = models.BigAutoField(primary_key=True)
    closed_through = models.DateField(null=True)
    is_reopening = models.BooleanField()
    at = models.DateTimeField()
    by_user_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=300)
    balances = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="book_closing_says_why", condition=~Q(reason="")),
            *append_only("book_closing", "close or reopen a month by a new row"),
            Trigger(name="book_closing_alone", on=_BEFORE_EACH, body=_CLOSED_ALONE),
            Trigger(name="book_closing_signed", on=_BEFORE_EACH, body=_SIGNED),
            *seen_by("book_closing", **_KEPT),
        ]
