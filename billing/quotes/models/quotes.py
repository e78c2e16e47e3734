"""Quotes and their lines.

offered --accept--> accepted --a quote that replaces it is accepted--> replaced
   |  \
   |   +-- another quote of the course is made --> replaced
   +-- expires_at passes --> expired (stored by a timer; until then reads compare the time)
"""

from datetime import datetime
from typing import Any, ClassVar

import msgspec
from django.db import models
from django.db.models import F, Q

from billing.quotes.rules import Line, Terms
from billing.sliding_scale.models import SubsidyFund
from billing.sliding_scale.rules import Discount
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_MEMBER, TenantKey, seen_by
from workers.kernel.encryption import EncryptedJSONField
from workers.kernel.money import CURRENCY


class QuoteStatus(models.TextChoices):
    """States of a quote."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    REPLACED = "replaced"


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
    """What a course would cost a member, held for 14 days at most; one per course is open, one agreed to. In cents.

    `snapshot` holds every input with its version, encrypted, for it tells an income: {"route", "price_version",
    "declaration", "discount", "coverage", "terms" (with what was left of each limit), "taken" (what this quote takes of
    them, by bucket), "moves" (what its acceptance makes of what is used), "fund", "counted_on" (the day whose plan year
    it counts in), "lines" (what the rules decided, in the lines' order), "delivered" (which sessions stay as they were
    agreed, and in which quote), "carried" (of which missed session's line one of these has its price)}. Employers and
    clinics have no access to it.

    `replaces` is the accepted quote of the same course that this one was made to take the place of. `reserved_cents` is
    what it holds of `fund` while it is open: its discount, less what the one that it replaces has spent already.
    """

    tenant_field = "member_id"
    currency: ClassVar[str] = CURRENCY

    member_id = models.UUIDField()
    employer_id = models.UUIDField()
    # For its migration's sake: the composite key below needs the table. Billing reads courses by referrals' facade.
    course = models.ForeignKey("referrals.Course", on_delete=models.PROTECT, db_constraint=False, related_name="+")
    clinic_id = models.UUIDField()
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, db_constraint=False, null=True, related_name="+")
    fund = models.ForeignKey(SubsidyFund, on_delete=models.PROTECT, null=True, related_name="+")
    status = models.CharField(max_length=10, choices=QuoteStatus.choices, default=QuoteStatus.OFFERED)
    total_list_cents = models.BigIntegerField()
    discount_cents = models.BigIntegerField()
    deductible_cents = models.BigIntegerField()
    employer_cents = models.BigIntegerField()
    member_cents = models.BigIntegerField()
    reserved_cents = models.BigIntegerField(default=0)
    snapshot: Any = EncryptedJSONField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            *_adds_up("quote", "total_list_cents"),
            models.CheckConstraint(
                name="quote_reserves_its_discount",
                condition=Q(reserved_cents__gte=0, reserved_cents__lte=F("discount_cents")),
            ),
            models.UniqueConstraint(fields=["id", "member_id"], name="quote_of_member"),
            models.UniqueConstraint(
                fields=["course"], condition=Q(status="accepted"), name="quote_accepted_once_per_course"
            ),
            models.UniqueConstraint(
                fields=["course"], condition=Q(status="offered"), name="quote_offered_once_per_course"
            ),
            models.CheckConstraint(name="quote_status_known", condition=Q(status__in=QuoteStatus.values)),
            models.CheckConstraint(
                name="quote_accepted_when",
                condition=Q(status__in=["offered", "expired"], accepted_at=None)
                | Q(status="accepted", accepted_at__isnull=False)
                | Q(status="replaced"),
            ),
            TenantKey(
                name="quote_of_own_course",
                fields=("course_id", "member_id", "clinic_id"),
                to="referrals_course",
                to_fields=("id", "member_id", "clinic_id"),
            ),
            TenantKey(
                name="quote_replaces_own",
                fields=("replaces_id", "member_id"),
                to="billing_quote",
                to_fields=("id", "member_id"),
            ),
            *seen_by(
                "quote",
                employee=(OWN_MEMBER, "select, insert, update (status, accepted_at, version)"),
                operator=(EVERY, "select"),
                worker=(EVERY, "select, update (status, version)"),
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
        return msgspec.convert(self.snapshot["terms"], Terms)

    @property
    def taken(self) -> dict[str, int]:
        """What it takes of each limit, by bucket."""
        return dict(self.snapshot["taken"])

    def status_at(self, now: datetime) -> QuoteStatus:
        """What a person is told: an offered quote past its time is expired."""
        if self.status == QuoteStatus.OFFERED and self.expires_at <= now:
            return QuoteStatus.EXPIRED
        return QuoteStatus(self.status)

    def priced_lines(self) -> list[Line]:
        """Its lines as the waterfall returned them: the columns, and what the rules decided."""
        decided = self.snapshot["lines"]
        return [line.as_priced(decided[place]) for place, line in enumerate(self.lines.all())]


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

    def as_priced(self, decided: dict[str, Any]) -> Line:
        """The line as the waterfall returned it; `decided` is its part of the quote's snapshot."""
        columns = ("session_id", "kind", "list_cents", "discount_cents", "deductible_cents", "employer_cents")
        known = {name: getattr(self, name) for name in (*columns, "member_cents")}
        return Line(**known, **decided)
