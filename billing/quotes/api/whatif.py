"""What-if: what courses at several clinics would cost, before a member chooses one."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.quotes.api.outputs import PriceStepOutput
from billing.quotes.services import whatif
from billing.sliding_scale.rules import MAX_HOUSEHOLD, MAX_INCOME_CENTS, Region
from workers.kernel import clock
from workers.kernel.api import Input, at_most, only
from workers.kernel.money import CURRENCY

# As in referrals/clinics/rules, which billing knows by name only.
PROTOCOLS = ("concurrent", "separated", "sequential")
ROUTES = ("iv", "im", "sublingual", "nasal")
FORMATS = ("individual", "group")
CALLS_A_MINUTE = 30


class IncomeInput(Input):
    """An income to try out: nothing is declared by it."""

    annual_income_cents = serializers.IntegerField(min_value=0, max_value=MAX_INCOME_CENTS)
    household_size = serializers.IntegerField(min_value=1, max_value=MAX_HOUSEHOLD)
    region = serializers.ChoiceField(choices=[region.value for region in Region])


class WhatIfInput(Input):
    """Clinics, and the course to be imagined there."""

    clinic_ids = serializers.ListField(child=serializers.UUIDField(), allow_empty=False, max_length=whatif.MOST_CLINICS)
    protocol = serializers.ChoiceField(choices=PROTOCOLS)
    route = serializers.ChoiceField(choices=ROUTES)
    format = serializers.ChoiceField(choices=FORMATS, default="individual")
    income = IncomeInput(required=False, allow_null=True, default=None)


class EstimatedLine(serializers.Serializer[Any]):
    """One session of an imagined course."""

    kind = serializers.CharField()
    steps = PriceStepOutput(many=True)


class EstimateOutput(serializers.Serializer[Any]):
    """What a course at one clinic would cost: total_list = discount + employer + member."""

    clinic_id = serializers.UUIDField()
    currency = serializers.CharField()
    total_list_cents = serializers.IntegerField()
    discount_cents = serializers.IntegerField()
    deductible_cents = serializers.IntegerField()
    employer_cents = serializers.IntegerField()
    member_cents = serializers.IntegerField()
    instalments = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    lines = EstimatedLine(many=True)


class WhatIfOutput(serializers.Serializer[Any]):
    """Estimates in the order asked for; `unpriced` are clinics without a price for every session of such a course."""

    estimates = EstimateOutput(many=True)
    unpriced = serializers.ListField(child=serializers.UUIDField())


class WhatIfs(APIView):
    """Prices before a choice. Nothing is kept, no price is held, and no limit is touched."""

    permission_classes = (only("employee"),)
    throttle_classes = (at_most(CALLS_A_MINUTE, scope="what-if"),)

    @extend_schema(request=WhatIfInput, responses=WhatIfOutput)
    def post(self, request: Request) -> Response:
        """Compare clinics by what their courses would cost this member."""
        user: Any = request.user
        form = WhatIfInput(data=request.data)
        form.is_valid(raise_exception=True)
        wanted = form.validated_data
        found = whatif.compare_clinics(
            member_id=user.member_id,
            clinic_ids=wanted["clinic_ids"],
            course=whatif.Course(**{name: wanted[name] for name in ("protocol", "route", "format")}),
            income=whatif.Income(**wanted["income"]) if wanted["income"] else None,
            now=clock.now(),
        )
        rendered = {"estimates": [_render(one) for one in found.estimates], "unpriced": found.unpriced}
        return Response(WhatIfOutput(rendered).data)


def _render(estimate: whatif.Estimate) -> dict[str, Any]:
    return {
        "clinic_id": estimate.clinic_id,
        "currency": CURRENCY,
        "total_list_cents": estimate.pricing.total("list"),
        **{f"{part}_cents": estimate.pricing.total(part) for part in ("discount", "deductible", "employer", "member")},
        "instalments": estimate.instalments,
        "lines": [{"kind": kind, "steps": steps} for kind, steps in estimate.lines],
    }
