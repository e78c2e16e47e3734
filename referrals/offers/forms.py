"""What operators ask of the board, and send to a clinic of their choice."""

from rest_framework import serializers

from referrals.offers.queries.board import STUCK
from referrals.offers.rules import DECLINE_REASONS
from referrals.requests.rules import BLOCKING
from workers.kernel.api import Input


class BoardInput(Input):
    """Which referrals to show; all without."""

    status = serializers.ChoiceField(list(BLOCKING), required=False)
    stuck = serializers.ChoiceField(STUCK, required=False)
    breached = serializers.BooleanField(required=False, default=None, allow_null=True)
    cursor = serializers.CharField(max_length=300, required=False)
    page_size = serializers.IntegerField(min_value=1, max_value=200, required=False)


class ReassignInput(Input):
    """Which clinic to ask, and why; the why is kept as a note."""

    clinic_id = serializers.UUIDField()
    why = serializers.CharField(max_length=2_000)


class AnswerInput(Input):
    """What a clinic said on the telephone: yes, or no with a reason."""

    accepted = serializers.BooleanField()
    reason = serializers.ChoiceField(list(DECLINE_REASONS), required=False)
    note = serializers.CharField(max_length=2_000)

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        """A no has a reason, a yes none."""
        if attrs["accepted"] == ("reason" in attrs):
            raise serializers.ValidationError({"reason": ["A no has a reason, a yes has none."]})
        return attrs
