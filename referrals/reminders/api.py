"""What a clinic asks for before a session, as reminders tell it."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.reminders.models import ClinicPreparation
from referrals.reminders.queries import get_preparation
from referrals.reminders.services.preparing import set_fasting
from workers.kernel import clock
from workers.kernel.api import Input, only


class PreparationInput(Input):
    """Hours before a dosing; null where the clinic tells each person itself."""

    fasting_food_hours = serializers.IntegerField(min_value=0, max_value=24, allow_null=True)
    fasting_drink_hours = serializers.IntegerField(min_value=0, max_value=24, allow_null=True)


class PreparationOutput(serializers.ModelSerializer[ClinicPreparation]):
    """What a clinic asks for, and since when."""

    class Meta:
        model = ClinicPreparation
        fields = ("clinic_id", "fasting_food_hours", "fasting_drink_hours", "changed_at")


class Preparation(APIView):
    """Before a dosing: how long to fast."""

    permission_classes = (only("clinic_staff", "operator"),)

    @extend_schema(responses=PreparationOutput)
    def get(self, request: Request, clinic_id: UUID) -> Response:
        """404 while the clinic has not said, and for another clinic."""
        return Response(PreparationOutput(get_preparation(clinic_id)).data)

    @extend_schema(request=PreparationInput, responses=PreparationOutput)
    def put(self, request: Request, clinic_id: UUID) -> Response:
        """Say it, or say it anew; reminders from now on tell it."""
        data = PreparationInput(data=request.data)
        data.is_valid(raise_exception=True)
        hours: dict[str, Any] = data.validated_data
        stored = set_fasting(
            clinic_id=clinic_id,
            food_hours=hours["fasting_food_hours"],
            drink_hours=hours["fasting_drink_hours"],
            now=clock.now(),
        )
        return Response(PreparationOutput(stored).data)
