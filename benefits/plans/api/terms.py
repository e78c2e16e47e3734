"""A plan's terms, as they are sent and as they are read."""

from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty

from benefits.plans.models import Plan
from benefits.plans.rules import (
    FORMATS,
    LONGEST_NAME,
    MOST_CENTS,
    MOST_NAMES,
    MOST_PRIORITY,
    MOST_REASON,
    MOST_SESSIONS,
    ROUTES,
    SESSION_KINDS,
    USUAL_PRIORITY,
    Contribution,
    Reset,
)
from workers.kernel.api import Input

_RESETS = [(reset.value, reset.value) for reset in Reset]


def _cents(**more: object) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=0, max_value=MOST_CENTS, **more)  # type: ignore[arg-type]  # options of any field


def _unless_said(**default: object) -> dict[str, Any]:
    """What may be left out, and then means `default`."""
    return {"required": False, "allow_null": "default" in default and default["default"] is None, **default}


class ContributionInput(Input):
    """What the plan pays for one kind of session: `percent` or `fixed_cents`; limits per plan year."""

    session_kind = serializers.ChoiceField(choices=SESSION_KINDS)
    percent = serializers.IntegerField(min_value=0, max_value=100, **_unless_said(default=None))
    fixed_cents = _cents(**_unless_said(default=None))
    annual_cap_cents = _cents(**_unless_said(default=None))
    sessions_per_year = serializers.IntegerField(min_value=0, max_value=MOST_SESSIONS, **_unless_said(default=None))


class TermsInput(Input):
    """The terms of a plan; days are calendar days, money is cents. Of several plans that take somebody the one of the
    lowest `priority` is theirs; without classes, places of work and days of hire it takes everybody.
    """

    name = serializers.CharField(max_length=200)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(**_unless_said(default=None))
    employer_share_percent = serializers.IntegerField(min_value=0, max_value=100)
    annual_cap_cents = _cents()
    lifetime_cap_cents = _cents(**_unless_said(default=None))
    sessions_per_year = serializers.IntegerField(min_value=0, max_value=MOST_SESSIONS, **_unless_said(default=None))
    deductible_cents = _cents()
    reset = serializers.ChoiceField(choices=_RESETS, **_unless_said(default=Reset.ANNIVERSARY.value))
    covered_routes = serializers.ListField(child=serializers.ChoiceField(choices=ROUTES), allow_empty=False)
    covered_formats = serializers.ListField(
        child=serializers.ChoiceField(choices=FORMATS), allow_empty=False, **_unless_said(default=list(FORMATS))
    )
    waiting_days = serializers.IntegerField(min_value=0, max_value=365)
    run_out_days = serializers.IntegerField(min_value=0, max_value=365, **_unless_said(default=0))
    covers_dependants = serializers.BooleanField(**_unless_said(default=False))
    priority = serializers.IntegerField(min_value=1, max_value=MOST_PRIORITY, **_unless_said(default=USUAL_PRIORITY))
    employee_classes = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_NAME), max_length=MOST_NAMES, **_unless_said(default=list)
    )
    work_locations = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_NAME), max_length=MOST_NAMES, **_unless_said(default=list)
    )
    hired_from = serializers.DateField(**_unless_said(default=None))
    hired_until = serializers.DateField(**_unless_said(default=None))
    contributions = ContributionInput(many=True, required=False, default=list)


class BenefitPlanInput(TermsInput):
    """A new plan: agreed at once, or a draft that covers nobody until it is agreed."""

    status = serializers.ChoiceField(choices=["agreed", "draft"], required=False, default="agreed")


class OtherTermsInput(TermsInput):
    """Terms that are to be other ones; what is left out stays as it is.

    Not DRF's `partial`, which would let single contributions lack their parts, too.
    """

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """None is required, and none has a default."""
        fields = super().get_fields()
        for field in fields.values():
            field.required, field.default = False, empty
        return fields


class SupersedeInput(OtherTermsInput):
    """From which day on, and what is other from then on."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`from_day` takes the place of `starts_on`."""
        fields = super().get_fields()
        del fields["starts_on"]
        return {"from_day": serializers.DateField(), **fields}


class DeclineInput(Input):
    """Why a proposal is not agreed to; the employer's admins read it."""

    reason = serializers.CharField(max_length=MOST_REASON)


class EndInput(Input):
    """A plan's last day."""

    ends_on = serializers.DateField()


class ContributionOutput(serializers.Serializer[object]):
    """What the plan pays for one kind of session."""

    session_kind = serializers.CharField()
    percent = serializers.IntegerField(allow_null=True)
    fixed_cents = serializers.IntegerField(allow_null=True)
    annual_cap_cents = serializers.IntegerField(allow_null=True)
    sessions_per_year = serializers.IntegerField(allow_null=True)


class BenefitPlanOutput(serializers.Serializer[Plan]):
    """One version of a plan: `lineage_id` is what they have in common; limits are counted from `years_from`."""

    id = serializers.UUIDField()
    employer_id = serializers.UUIDField()
    lineage_id = serializers.UUIDField()
    status = serializers.CharField()
    name = serializers.CharField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)
    years_from = serializers.DateField()
    reset = serializers.CharField()
    employer_share_percent = serializers.IntegerField()
    annual_cap_cents = serializers.IntegerField()
    lifetime_cap_cents = serializers.IntegerField(allow_null=True)
    sessions_per_year = serializers.IntegerField(allow_null=True)
    deductible_cents = serializers.IntegerField()
    covered_routes = serializers.ListField(child=serializers.CharField())
    covered_formats = serializers.ListField(child=serializers.CharField())
    waiting_days = serializers.IntegerField()
    run_out_days = serializers.IntegerField()
    covers_dependants = serializers.BooleanField()
    priority = serializers.IntegerField()
    employee_classes = serializers.ListField(child=serializers.CharField())
    work_locations = serializers.ListField(child=serializers.CharField())
    hired_from = serializers.DateField(allow_null=True)
    hired_until = serializers.DateField(allow_null=True)
    contributions = ContributionOutput(many=True)
    agreed_at = serializers.DateTimeField(allow_null=True)
    proposed_at = serializers.DateTimeField(allow_null=True)
    declined_because = serializers.CharField(allow_blank=True)


def named_terms(data: dict[str, Any]) -> dict[str, Any]:
    """Return validated terms as the rules take them."""
    if "contributions" not in data:
        return dict(data)
    return {**data, "contributions": [Contribution(**one) for one in data["contributions"]]}


def tag_of(plan: Plan) -> dict[str, str]:
    """Return the header that names a plan as it is."""
    return {"ETag": f'"{plan.revision_tag}"'}
