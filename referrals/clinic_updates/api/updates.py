"""What became of a clinic's messages, for the clinic and the operator."""

from typing import Any

from rest_framework import generics, serializers

from referrals.clinic_updates.models import ClinicUpdate
from referrals.clinic_updates.queries import list_updates
from workers.kernel.api import only, scoped


class UpdateOutput(serializers.ModelSerializer[ClinicUpdate]):
    """The outcome of one message: applied, or refused with a code."""

    class Meta:
        model = ClinicUpdate
        fields = (
            "id",
            "clinic_id",
            "channel",
            "message_id",
            "type",
            "outcome",
            "code",
            "state",
            "version",
            "recorded_at",
        )


class Updates(generics.ListAPIView[ClinicUpdate]):
    """The outcomes, newest first."""

    permission_classes = (only("clinic_staff") | only("operator", permission="care") | scoped("deliveries:read"),)
    serializer_class = UpdateOutput

    def get_queryset(self) -> Any:
        """Row-level security narrows it."""
        return list_updates()
