"""Reading what a payer asks to change of a plan: the same for programs and for the page."""

from typing import Any

from rest_framework import serializers

from billing.payment_plans.rules import BY_OPERATORS, MOST_INSTALMENTS, ChangeKind, Interval
from workers.kernel.api import Input

# What each kind has to be told beside the plan; the first is required of all of them.
_NEEDS = {
    ChangeKind.PAY_NOW: ("instalment_id",),
    ChangeKind.MOVE: ("instalment_id", "due_on"),
    ChangeKind.PAUSE: ("until",),
    ChangeKind.SPREAD: ("instalments", "interval"),
    ChangeKind.WAIVE: ("amount_cents", "reason"),
}


class ChangeInput(Input):
    """What is to be different; which fields a kind needs is said when one is missing.

    `waive` is an operator's; its `reason` is the member's to read, and says nothing about health.
    """

    kind = serializers.ChoiceField(choices=[each.value for each in ChangeKind])
    instalment_id = serializers.UUIDField(required=False)
    due_on = serializers.DateField(required=False)
    until = serializers.DateField(required=False)
    instalments = serializers.IntegerField(min_value=1, max_value=MOST_INSTALMENTS, required=False)
    interval = serializers.ChoiceField(choices=[each.value for each in Interval], required=False)
    amount_cents = serializers.IntegerField(min_value=1, max_value=99_999_999, required=False)
    reason = serializers.CharField(max_length=300, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what the kind lacks and what it has no use for, by name."""
        needed = set(_NEEDS.get(ChangeKind(attrs["kind"]), ()))
        given = set(attrs) - {"kind"}
        errors = {name: [f"{attrs['kind']} needs it."] for name in sorted(needed - given)}
        errors |= {name: [f"{attrs['kind']} has no use for it."] for name in sorted(given - needed)}
        if attrs["kind"] in BY_OPERATORS and not self.context.get("is_operator"):
            errors["kind"] = ["Nobody waives what they owe themselves: ask us, we look at each hardship."]
        if errors:
            raise serializers.ValidationError(errors)
        return attrs


def read_change(told: Any, *, is_operator: bool = False) -> dict[str, Any]:
    """Return the arguments of `changing.request` but for the plan and who asks. Raises ValidationError."""
    form = ChangeInput(data=told, context={"is_operator": is_operator})
    form.is_valid(raise_exception=True)
    wanted = dict(form.validated_data)
    return {
        "kind": ChangeKind(wanted.pop("kind")),
        "instalment_id": wanted.pop("instalment_id", None),
        "wish": {name: value if isinstance(value, int) else str(value) for name, value in wanted.items()},
    }
