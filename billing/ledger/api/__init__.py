"""The ledger over HTTP, for operators with the permission `finance`."""

from typing import Any, ClassVar

from django.utils.dateparse import parse_date
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from workers.kernel.api import only

FINANCE = (only("operator", permission="finance"),)
MOST_CENTS = 100_000_000_00  # a hundred million dollars: a typing error, not a payment


def amount(least: int = 1, most: int = MOST_CENTS, **options: Any) -> serializers.IntegerField:
    """Return a field for an amount that a person types: whole cents, from `least` to `most`."""
    return serializers.IntegerField(min_value=least, max_value=most, **options)


@extend_schema_field({"type": "string", "pattern": r"^2[01]\d{2}-(0[1-9]|1[0-2])$", "examples": ["2026-03"]})
class MonthField(serializers.Field[Any, str, str, Any]):
    """A month of the books: "2026-03", read as its first day; of this century and the next."""

    default_error_messages: ClassVar = {"invalid": "Write a month like 2026-03."}

    def to_internal_value(self, data: Any) -> Any:
        """Return the first day. Raises ValidationError."""
        try:
            day = parse_date(f"{data}-01") if isinstance(data, str) and len(data) == 7 else None
        except ValueError:
            day = None
        if day is None or not 2000 <= day.year < 2200:
            self.fail("invalid")
        return day

    def to_representation(self, value: Any) -> str:
        """Return it as it is written."""
        return f"{value:%Y-%m}"
