"""How prices are rendered: every amount in cents, every step in English and Spanish."""

from typing import Any

from rest_framework import serializers


class PriceStepOutput(serializers.Serializer[Any]):
    """One step down the waterfall: the rule, the version of what it is from, what it decides, and each number in it."""

    rule = serializers.CharField()
    version = serializers.CharField()
    cents = serializers.IntegerField()
    figures = serializers.DictField(child=serializers.IntegerField())
    en = serializers.CharField()
    es = serializers.CharField()


class LineOutput(serializers.Serializer[Any]):
    """One session: list = discount + employer + member; the deductible is part of the member's."""

    number = serializers.IntegerField(source="line.number")
    session_id = serializers.UUIDField(source="line.session_id")
    kind = serializers.CharField(source="line.kind")
    list_cents = serializers.IntegerField(source="line.list_cents")
    discount_cents = serializers.IntegerField(source="line.discount_cents")
    deductible_cents = serializers.IntegerField(source="line.deductible_cents")
    employer_cents = serializers.IntegerField(source="line.employer_cents")
    member_cents = serializers.IntegerField(source="line.member_cents")
    steps = PriceStepOutput(many=True)


class ReasonOutput(serializers.Serializer[Any]):
    """Why a price differs."""

    code = serializers.CharField()
    en = serializers.CharField()
    es = serializers.CharField()


class LineChangeOutput(serializers.Serializer[Any]):
    """One session before and after: `change` is added, removed, changed or same."""

    session_id = serializers.UUIDField()
    kind = serializers.CharField()
    change = serializers.CharField()
    before = serializers.DictField(child=serializers.IntegerField(), allow_null=True)
    after = serializers.DictField(child=serializers.IntegerField(), allow_null=True)
    en = serializers.CharField()
    es = serializers.CharField()


class ChangeOutput(serializers.Serializer[Any]):
    """How a quote differs from the one before: why, line by line, and after − before in cents."""

    reasons = ReasonOutput(many=True)
    lines = LineChangeOutput(many=True)
    difference = serializers.DictField(child=serializers.IntegerField())


class QuoteSummary(serializers.Serializer[Any]):
    """A quote: total_list = discount + employer + member; the deductible is part of the member's."""

    id = serializers.UUIDField()
    course_id = serializers.UUIDField()
    status = serializers.SerializerMethodField()
    replaces_id = serializers.UUIDField(allow_null=True)
    currency = serializers.CharField()
    total_list_cents = serializers.IntegerField()
    discount_cents = serializers.IntegerField()
    deductible_cents = serializers.IntegerField()
    employer_cents = serializers.IntegerField()
    member_cents = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True)

    def get_status(self, quote: Any) -> str:
        """As of now: offered, accepted, expired or replaced."""
        return str(quote.status_at(self.context["now"]))


class QuoteDetails(serializers.Serializer[Any]):
    """The lines explained, the ways to pay, and how the quote differs from the one before."""

    lines = LineOutput(many=True)
    instalments = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    change = ChangeOutput(allow_null=True)


class QuoteOutput(QuoteSummary, QuoteDetails):
    """A quote with all that explains it."""
