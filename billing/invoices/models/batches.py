"""Contributions in batches, in which nobody can be made out (billing/invoices/rules.py). HR sees neither table."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from billing.invoices.models.accounts import KEPT_BY_US
from workers.kernel.constraints import append_only, seen_by
from workers.kernel.ids import new_id


class ContributionBatch(models.Model):
    """Contributions of `members` members that an invoice shows as one amount, or that were pooled. HR never sees it.

    `total_cents` = the former residual + the contributions = `shown_cents` + `residual_cents`; of a pooled batch
    nothing is shown and nothing remains. One billed batch a month at most: a new invoice for the month shows the same.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    employer_id = models.UUIDField()
    month = models.DateField()
    is_pooled = models.BooleanField()
    members = models.PositiveIntegerField()
    total_cents = models.BigIntegerField()
    shown_cents = models.BigIntegerField()
    residual_cents = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["employer_id", "month"], condition=Q(is_pooled=False), name="contribution_batch_one_a_month"
            ),
            models.CheckConstraint(
                name="contribution_batch_adds_up",
                condition=Q(is_pooled=True) | Q(total_cents=F("shown_cents") + F("residual_cents")),
            ),
            *append_only("contribution_batch", "what was released stays released"),
            *seen_by("contribution_batch", **KEPT_BY_US),
        ]


class BatchedContribution(models.Model):
    """A posting of the ledger that is in a batch: in one, ever."""

    posting_id = models.UUIDField(primary_key=True)
    batch = models.ForeignKey(ContributionBatch, on_delete=models.PROTECT, related_name="contributions")

    class Meta:
        constraints: ClassVar = [
            *append_only("batched_contribution", "what was released stays released"),
            *seen_by("batched_contribution", **KEPT_BY_US),
        ]
