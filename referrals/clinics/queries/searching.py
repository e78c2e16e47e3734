"""What a member looks for: the clinics near a point that have it, in an order that pages can follow.

Every order is one number, `rank`: what is sorted by, with the distance after its decimal point, so that a page that
ends among equals knows where the next begins.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection
from django.db.models import (
    Case,
    DateField,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest

from referrals.clinics.models import Clinic, ClinicHours, ClinicPrice
from referrals.clinics.models.prices import MOST_CENTS
from referrals.clinics.queries.near import LocalDay, in_good_standing, list_near
from referrals.clinics.queries.terms import Terms

LIKE_ENOUGH = 0.45  # of 1, by trigrams: two letters that changed places in a word of seven still pass
BEYOND_ANY_DISTANCE = 100_000.0  # km: the unit of what is sorted by, above every distance on earth
NO_PLAN = Terms()
NEVER = 10_000  # days: after every day that a clinic could name


class Sort(StrEnum):
    """The orders of a search."""

    DISTANCE = "distance"
    PRICE = "price"
    SOONEST = "soonest"
    MATCH = "match"


@dataclass(frozen=True, kw_only=True)
class Search:
    """Where, and what a clinic must have; empty or False means anything.

    `kind` is the session whose price is shown and sorted by; its route and format are those asked for, else what costs
    the member least, whose plan pays by `terms`. `max_price_cents` is the most for them. `name` need not be spelled
    right.
    """

    latitude: float
    longitude: float
    within_km: float
    now: datetime
    route: str = ""
    protocol: str = ""
    format: str = ""
    language: str = ""
    condition: str = ""
    gender: str = ""
    state: str = ""
    trauma_informed: bool = False
    sliding_scale: bool = False
    telehealth_preparation: bool = False
    telehealth_integration: bool = False
    medical_overseer: bool = False
    has_open_slots: bool = False
    name: str = ""
    kind: str = ""
    max_price_cents: int | None = None
    terms: Terms = NO_PLAN
    sort: str = Sort.DISTANCE


_LISTED = {
    "route": "routes",
    "protocol": "protocols",
    "format": "formats",
    "language": "languages",
    "condition": "conditions",
    "gender": "therapist_genders",
    "state": "states_served",
}
_TRUE = {
    "trauma_informed": Q(trauma_informed=True),
    "sliding_scale": Q(offers_sliding_scale=True),
    "telehealth_preparation": Q(telehealth_preparation=True),
    "telehealth_integration": Q(telehealth_integration=True),
    "medical_overseer": Q(has_medical_overseer=True),
    "has_open_slots": Q(open_slots__gt=0),
}


def find(search: Search) -> QuerySet[Clinic]:
    """Return the clinics of a search in its order, each with `distance_km`, `rank`, `list_price_cents`,
    `own_price_cents` and `soonest_opening_on`: the first day with opening hours on which it takes somebody new, where
    it takes anybody.
    """
    found = matching(search).annotate(soonest_opening_on=_soonest_opening_on())
    return found.annotate(rank=_rank(search)).order_by("rank", "id")


def matching(search: Search) -> QuerySet[Clinic]:
    """Return the clinics of a search, in no order, each with `distance_km`, `from_day` and both prices."""
    found = list_near(latitude=search.latitude, longitude=search.longitude, within_km=search.within_km).order_by()
    found = found.filter(in_good_standing(search.now))
    for name, column in _LISTED.items():
        if value := getattr(search, name):
            found = found.filter(**{f"{column}__contains": [value]})
    for name, condition in _TRUE.items():
        if getattr(search, name):
            found = found.filter(condition)
    if search.name:
        _forgive_spelling()
        found = found.filter(name__trigram_word_similar=search.name)
    today = LocalDay(Value(search.now), F("timezone"))
    found = found.annotate(
        from_day=Greatest(today, F("accepts_from")),
        list_price_cents=_price_cents(search, "list"),
        own_price_cents=_price_cents(search, "own"),
    )
    if search.max_price_cents is not None:
        found = found.filter(own_price_cents__lte=search.max_price_cents)
    return found


def _forgive_spelling() -> None:
    """Lower pg_trgm's bar from 0.6 for this transaction: the index is asked by an operator that takes it from there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(LIKE_ENOUGH)])


class _IsoWeekday(Func):
    template = "extract(isodow FROM %(expressions)s)::int"
    output_field = IntegerField()


class _Days(Func):
    """From the date of one clinic's clocks to another date of theirs."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = IntegerField()


def _price_cents(search: Search, name: str) -> Combinable:
    """The price of the session that costs the member least: its `list` price, or their `own` part of it."""
    if not search.kind:
        return Value(None, output_field=IntegerField())
    today = LocalDay(Value(search.now), OuterRef("timezone"))
    prices = ClinicPrice.objects.filter(clinic=OuterRef("pk"), kind=search.kind, effective_on__lte=today)
    prices = prices.filter(Q(ends_on=None) | Q(ends_on__gt=today))
    offered = {name: value for name in ("route", "format") if (value := getattr(search, name))}
    found = prices.filter(**offered).annotate(own=_own(search.terms), list=F("cents")).order_by("own", "list")
    return Subquery(found.values(name)[:1], output_field=IntegerField())


def _own(terms: Terms) -> Combinable:
    """What is left to the member, whole cents rounded down (rules.candidates.price_cents of routing)."""
    if terms.fixed_cents is not None:
        left: Combinable = Greatest(F("cents") - Value(terms.fixed_cents), Value(0))
    else:
        left = F("cents") * Value(100 - terms.percent) / Value(100)
    return Case(When(route__in=terms.routes, then=left), default=F("cents"), output_field=IntegerField())


def _soonest_opening_on() -> Combinable:
    hours = ClinicHours.objects.filter(clinic=OuterRef("pk"))
    wait = Func(
        F("weekday") + 7 - _IsoWeekday(OuterRef("from_day")), Value(7), function="mod", output_field=IntegerField()
    )
    days = Subquery(hours.annotate(wait=wait).order_by("wait").values("wait")[:1], output_field=IntegerField())
    return Case(When(open_slots__gt=0, then=ExpressionWrapper(F("from_day") + days, output_field=DateField())))


def _rank(search: Search) -> Combinable:
    today = LocalDay(Value(search.now), F("timezone"))
    leading: dict[str, Combinable] = {
        Sort.PRICE: Coalesce(F("own_price_cents"), Value(MOST_CENTS + 1)),
        Sort.SOONEST: Coalesce(_Days(F("soonest_opening_on"), today), Value(NEVER)),
        Sort.MATCH: 1 - TrigramWordSimilarity(search.name, "name"),
    }
    if search.sort not in leading:
        return F("distance_km")
    rank = leading[search.sort] * Value(BEYOND_ANY_DISTANCE) + F("distance_km")
    return ExpressionWrapper(rank, output_field=FloatField())
