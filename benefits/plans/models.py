"""Plans, and what they pay for single kinds of session."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import ExpressionWrapper, F, Func, Q, Value

from benefits.employers.models import Employer
from benefits.plans.rules import (
    COLUMNS,
    MOST_REASON,
    SESSION_KINDS,
    USUAL_PRIORITY,
    Contribution,
    PlanStatus,
    Reset,
    Terms,
)
from workers.kernel.actor import Role
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_EMPLOYER, TenantKey, Trigger, moves, seen_by
from workers.kernel.lasting import never_deleted
from workers.kernel.permissions import Restriction, needs_permission


class Period(Func):
    """The days from a first to a last one, both included; no last one means without end.

    A last day just before the first makes an empty period: something that ended before it began.
    """

    template = "daterange(%(expressions)s + 1)"


# A version that was superseded before it began ends on the day before it: an empty period.
DAY_BEFORE = ExpressionWrapper(F("starts_on") - Value(1), output_field=models.DateField())
_AGREED = Q(status=PlanStatus.AGREED)
_TERMS = ", ".join((*COLUMNS, "years_from", "revision", "status"))  # what HR may write of its proposals
# An operator may write every column of a draft; this is what keeps an agreed plan as it was agreed.
_TERMS_STAY = """
    IF OLD.status = 'draft' THEN RETURN NEW; END IF;
    IF to_jsonb(NEW) - 'ends_on' - 'version' <> to_jsonb(OLD) - 'ends_on' - 'version' THEN
        RAISE EXCEPTION 'plan_terms_stay: a plan that was agreed is never edited' USING ERRCODE = 'check_violation';
    END IF;
    IF coalesce(NEW.ends_on, 'infinity') > coalesce(OLD.ends_on, 'infinity') THEN
        RAISE EXCEPTION 'plan_terms_stay: an agreed plan does not last longer' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
_OF_DRAFT = """
    IF (SELECT status FROM benefits_plan WHERE id = {row}.plan_id) IS DISTINCT FROM 'draft' THEN
        RAISE EXCEPTION 'contribution_of_draft: the plan is no draft' USING ERRCODE = 'check_violation';
    END IF;
    RETURN {row};
"""
# The plan's own row security answers: HR writes what belongs to its proposals, and no draft of the operators'.
_OF_SEEN_PLAN = f"{OWN_EMPLOYER} AND EXISTS (SELECT FROM benefits_plan AS seen WHERE seen.id = plan_id)"


class Plan(Aggregate):
    """What an employer pays, in a period, for those whom the plan takes (rules/assignment.py).

        draft --agree--> agreed
              --discard--> discarded

    A draft with `proposed_at` is the employer's own proposal of how a plan goes on: owners among its admins write,
    change and withdraw it, and read why an operator declined it; only an operator agrees.
    The terms of an agreed plan never change: it is superseded from a day, by a version that keeps its `lineage_id` (the
    id of the first of them), as a renewal does. Who is enrolled in one version is covered by whichever of its lineage
    is in force. The years of its limits are counted from `years_from`, which a version in mid-year takes over.
    The lifetime cap, None where there is none, is of all of the employer's plans. `revision` counts changes of a draft.
    """

    tenant_field = "employer_id"

    employer = models.ForeignKey(Employer, on_delete=models.PROTECT, related_name="+")
    lineage_id = models.UUIDField()
    revision = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=10, default=PlanStatus.DRAFT)
    name = models.CharField(max_length=200)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    years_from = models.DateField()
    reset = models.CharField(max_length=20, default=Reset.ANNIVERSARY)
    employer_share_percent = models.PositiveSmallIntegerField()
    annual_cap_cents = models.PositiveBigIntegerField()
    lifetime_cap_cents = models.PositiveBigIntegerField(null=True)
    sessions_per_year = models.PositiveSmallIntegerField(null=True)
    deductible_cents = models.PositiveBigIntegerField()
    covered_routes = ArrayField(models.CharField(max_length=20))
    covered_formats = ArrayField(models.CharField(max_length=20))
    waiting_days = models.PositiveSmallIntegerField()
    run_out_days = models.PositiveSmallIntegerField()
    covers_dependants = models.BooleanField(default=False)
    priority = models.PositiveSmallIntegerField(default=USUAL_PRIORITY)
    employee_classes = ArrayField(models.CharField(max_length=60), default=list)
    work_locations = ArrayField(models.CharField(max_length=60), default=list)
    hired_from = models.DateField(null=True)
    hired_until = models.DateField(null=True)
    created_at = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True)
    agreed_by = models.UUIDField(null=True)
    proposed_at = models.DateTimeField(null=True)
    declined_because = models.CharField(max_length=MOST_REASON, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["employer", "id"], name="plan_of_employer"),
            models.CheckConstraint(name="plan_share_is_percent", condition=Q(employer_share_percent__lte=100)),
            models.CheckConstraint(
                name="plan_ends_after_start", condition=Q(ends_on=None) | Q(ends_on__gte=DAY_BEFORE)
            ),
            models.CheckConstraint(
                name="plan_lifetime_holds_a_year",
                condition=Q(lifetime_cap_cents=None) | Q(lifetime_cap_cents__gte=F("annual_cap_cents")),
            ),
            models.CheckConstraint(name="plan_reset_known", condition=Q(reset__in=list(Reset))),
            models.CheckConstraint(name="plan_priority_from_one", condition=Q(priority__gte=1)),
            models.CheckConstraint(name="plan_hired_in_order", condition=~Q(hired_until__lt=F("hired_from"))),
            models.CheckConstraint(
                name="plan_agreed_at_a_time",
                condition=Q(_AGREED, agreed_at__isnull=False) | Q(~_AGREED, agreed_at=None),
            ),
            ExclusionConstraint(
                name="plan_priority_once",
                expressions=[
                    ("employer", RangeOperators.EQUAL),
                    ("priority", RangeOperators.EQUAL),
                    (Period("starts_on", "ends_on"), RangeOperators.OVERLAPS),
                ],
                condition=_AGREED,
            ),
            ExclusionConstraint(
                name="plan_version_once",
                expressions=[
                    ("employer", RangeOperators.EQUAL),
                    ("lineage_id", RangeOperators.EQUAL),
                    (Period("starts_on", "ends_on"), RangeOperators.OVERLAPS),
                ],
                condition=_AGREED,
            ),
            models.UniqueConstraint(
                name="plan_proposed_once",
                fields=["employer", "lineage_id"],
                condition=Q(status=PlanStatus.DRAFT, proposed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="plan_declined_as_proposed",
                condition=Q(declined_because="") | Q(status=PlanStatus.DISCARDED, proposed_at__isnull=False),
            ),
            moves(
                "plan",
                first=[(PlanStatus.DRAFT,)],
                drawn=[(PlanStatus.DRAFT, PlanStatus.AGREED), (PlanStatus.DRAFT, PlanStatus.DISCARDED)],
            ),
            *never_deleted("plan", "employer_id", "id"),
            Trigger(name="plan_terms_stay", on="BEFORE UPDATE ON {table} FOR EACH ROW", body=_TERMS_STAY),
            *seen_by(
                "plan",
                hr=(
                    f"{OWN_EMPLOYER} AND (status = 'agreed' OR proposed_at IS NOT NULL)",
                    f"select, insert, update ({_TERMS})",
                ),
                employee=(f"{OWN_EMPLOYER} AND status = 'agreed'", "select"),
                operator=(EVERY, "select, insert, update"),
                worker=(EVERY, "select"),
            ),
            *needs_permission("plan", hr="owner"),
            Restriction(name="plan_agreed_by_others", role=Role.HR, command="update", rows="status <> 'agreed'"),
        ]

    @property
    def revision_tag(self) -> str:
        """What differs once somebody changed, superseded or ended it: the ETag of all who write it."""
        return f"{self.pk}.{self.revision}.{self.status}.{self.ends_on or 'open'}"

    def terms(self) -> Terms:
        """What it says, without a database."""
        columns = {name: getattr(self, name) for name in COLUMNS}
        return Terms(**columns, contributions=[one.as_rule() for one in self.contributions.all()])


class PlanContribution(models.Model):
    """What a plan pays for one kind of session, where that is not the plan's own percentage. Written with its plan.

    A percentage or a fixed amount (cents) per session; a cap in cents and a number of sessions per plan year, None for
    no limit of this kind's own.
    """

    id = models.BigAutoField(primary_key=True)
    employer_id = models.UUIDField()
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="contributions", db_constraint=False)
    session_kind = models.CharField(max_length=20)
    percent = models.PositiveSmallIntegerField(null=True)
    fixed_cents = models.PositiveBigIntegerField(null=True)
    annual_cap_cents = models.PositiveBigIntegerField(null=True)
    sessions_per_year = models.PositiveSmallIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "session_kind"], name="contribution_kind_once"),
            models.CheckConstraint(name="contribution_kind_known", condition=Q(session_kind__in=SESSION_KINDS)),
            models.CheckConstraint(
                name="contribution_percent_or_fixed",
                condition=Q(percent__isnull=False, percent__lte=100, fixed_cents=None)
                | Q(percent=None, fixed_cents__isnull=False),
            ),
            TenantKey(
                name="contribution_of_plan",
                fields=("employer_id", "plan_id"),
                to="benefits_plan",
                to_fields=("employer_id", "id"),
            ),
            Trigger(
                name="contribution_of_draft",
                on="BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW",
                body=_OF_DRAFT.format(row="NEW"),
            ),
            Trigger(
                name="contribution_out_of_draft",
                on="BEFORE DELETE ON {table} FOR EACH ROW",
                body=_OF_DRAFT.format(row="OLD"),
            ),
            *seen_by(
                "plan_contribution",
                hr=(_OF_SEEN_PLAN, "select, insert, delete"),
                employee=(_OF_SEEN_PLAN, "select"),
                operator=(EVERY, "select, insert, delete"),
                worker=(EVERY, "select"),
            ),
            *needs_permission("plan_contribution", hr="owner"),
        ]

    def as_rule(self) -> Contribution:
        """The same without a database."""
        return Contribution(
            session_kind=self.session_kind,
            percent=self.percent,
            fixed_cents=self.fixed_cents,
            annual_cap_cents=self.annual_cap_cents,
            sessions_per_year=self.sessions_per_year,
        )
