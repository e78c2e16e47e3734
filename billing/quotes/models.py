"""Quotes and their lines.

offered --accept--> accepted
   |
   +-- expires_at passes: it can no longer be accepted (nothing is stored; reads compare the time)
"""

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from billing.quotes.rules import Line, Terms, explain
from billing.sliding_scale.rules import Discount
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_MEMBER, TenantKey, seen_by
from workers.kernel.encryption import EncryptedJSONField
from workers.kernel.money import CURRENCY


class QuoteStatus(models.TextChoices):
    """What is stored, and `expired`, which follows from the time."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    EXPIRED = "expired"


def _adds_up(prefix: str, total: str) -> list[models.BaseConstraint]:
    """Every cent of the list price goes somewhere named."""
    parts = ("discount_cents", "deductible_cents", "employer_cents", "member_cents")
    return [
        models.CheckConstraint(
            name=f"{prefix}_adds_up",
            condition=Q(**{total: F("discount_cents") + F("employer_cents") + F("member_cents")}),
        ),
        models.CheckConstraint(
            name=f"{prefix}_parts_in_range",
            condition=Q(**{f"{part}__gte": 0 for part in parts}, deductible_cents__lte=F("member_cents")),
        ),
    ]


class Quote(Aggregate):
    """What a course would cost a member, held for 14 days; at most one per course is agreed to. Amounts in cents.

    `snapshot` holds every input: {"coverage", "terms" (what was left of it), "discount" (band and guideline's
    version), "route", "declaration_id"}; encrypted, for it tells an income. List prices are on the lines.
    Employers and clinics have no access to any of it.
    """

    tenant_field = "member_id"
    currency: ClassVar[str] = CURRENCY

    member_id = models.UUIDField()
    employer_id = models.UUIDField()
    course_id = models.UUIDField()
    clinic_id = models.UUIDField()
    status = models.CharField(
        max_length=10,
        choices=[(s.value, s.label) for s in (QuoteStatus.OFFERED, QuoteStatus.ACCEPTED)],
        default=QuoteStatus.OFFERED,
    )
    total_list_cents = models.BigIntegerField()
    discount_cents = models.BigIntegerField()
    deductible_cents = models.BigIntegerField()
    employer_cents = models.BigIntegerField()
    member_cents = models.BigIntegerField()
    snapshot: Any = EncryptedJSONField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            *_adds_up("quote", "total_list_cents"),
            models.UniqueConstraint(fields=["id", "member_id"], name="quote_of_member"),
            models.UniqueConstraint(
                fields=["course_id"], condition=Q(status="accepted"), name="quote_accepted_once_per_course"
            ),
            models.CheckConstraint(
                name="quote_accepted_when",
                condition=Q(status="offered", accepted_at=None) | Q(status="accepted", accepted_at__isnull=False),
            ),
            *seen_by(
                "quote",
                employee=(OWN_MEMBER, "select, insert, update (status, accepted_at, version)"),
                operator=(EVERY, "select"),
                worker=(EVERY, "select"),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["member_id", "accepted_at"], name="quote_of_member_by_time")]

    @property
    def discount(self) -> Discount:
        """The sliding discount that it was computed with."""
        return Discount(**self.snapshot["discount"])

    @property
    def terms(self) -> Terms:
        """The plan's terms that it was computed with."""
        return Terms(**self.snapshot["terms"])

    def status_at(self, now: datetime) -> QuoteStatus:
        """What a person is told: an offered quote past its time is expired."""
        if self.status == QuoteStatus.OFFERED and self.expires_at <= now:
            return QuoteStatus.EXPIRED
        return QuoteStatus(self.status)


class QuoteLine(models.Model):
    """Where every cent of one session's list price goes. Written with its quote and never changed."""

    id = models.BigAutoField(primary_key=True)
    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="lines")
    member_id = models.UUIDField()
    number = models.PositiveSmallIntegerField()
    session_id = models.UUIDField()
    kind = models.CharField(max_length=20)
    list_cents = models.BigIntegerField()
    discount_cents = models.BigIntegerField()
    deductible_cents = models.BigIntegerField()
    employer_cents = models.BigIntegerField()
    member_cents = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            *_adds_up("quote_line", "list_cents"),
            TenantKey(
                name="quote_line_of_own_quote",
                fields=("quote_id", "member_id"),
                to="billing_quote",
                to_fields=("id", "member_id"),
            ),
            models.UniqueConstraint(fields=["quote", "number"], name="quote_line_number_once"),
            models.UniqueConstraint(fields=["quote", "session_id"], name="quote_line_session_once"),
            *seen_by(
                "quote_line",
                employee=(OWN_MEMBER, "select, insert"),
                operator=(EVERY, "select"),
                worker=(EVERY, "select"),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["session_id"], name="quote_line_of_session")]

    @property
    def explanation(self) -> list[str]:
        """The line as sentences for its member, from the inputs as they were."""
        line = Line(**{name: getattr(self, name) for name in Line.__dataclass_fields__})
        return explain(line, self.quote.discount, self.quote.terms)
