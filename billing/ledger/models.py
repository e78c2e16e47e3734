"""Journals and their postings: inserted once, in balance, and never changed.

PostgreSQL itself holds to that: `leg_count` is fixed when the journal is written, and at the end of the
transaction a journal must have exactly so many legs, and each currency must sum to zero. So a leg that comes
in a later transaction is refused, too.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from billing.ledger.rules import Account
from workers.kernel.constraints import EVERY, Trigger, append_only, seen_by
from workers.kernel.ids import new_id
from workers.kernel.money import CURRENCY

# No employer, member or clinic reads the ledger: what they may know is in quotes, plans and statements.
_READERS = {"operator": (EVERY, "select"), "worker": (EVERY, "select, insert")}
_AT_THE_END = "AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"


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


class Journal(models.Model):
    """Something that moved money or a claim to money, at `at` (UTC).

    `business_key` names the occurrence ("pi:{id}:succeeded"), so that it is written once however often told.
    `reverses` is the journal that this one takes back; a journal is taken back at most once.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    business_key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=60)
    at = models.DateTimeField()
    leg_count = models.PositiveSmallIntegerField()
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="journal_has_two_legs", condition=Q(leg_count__gte=2)),
            *append_only("journal"),
            Trigger(name="journal_balanced", kind="CONSTRAINT", on=_AT_THE_END, body=_OF_JOURNAL),
            *seen_by("journal", **_READERS),
        ]


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
            *append_only("posting"),
            Trigger(name="posting_balanced", kind="CONSTRAINT", on=_AT_THE_END, body=_OF_POSTING),
            *seen_by("posting", **_READERS),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "member_id"], name="posting_by_member"),
            models.Index(fields=["account", "clinic_id"], name="posting_by_clinic"),
            models.Index(fields=["account", "employer_id"], name="posting_by_employer"),
        ]
