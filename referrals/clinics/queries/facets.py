"""How many clinics of a search have what: one pass over them, whatever the number of facets.

Clinics are counted by whole lists of codes, of which there are few, and the lists are taken apart here.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import ExpressionWrapper
from django.db.models.fields import BooleanField

from referrals.clinics.queries.searching import Search, matching

# The facets as a search names them, and the columns that they count.
FACETS = {
    "route": "routes",
    "protocol": "protocols",
    "format": "formats",
    "language": "languages",
    "condition": "conditions",
    "gender": "therapist_genders",
    "state": "states_served",
    "trauma_informed": "trauma_informed",
    "sliding_scale": "offers_sliding_scale",
    "telehealth_preparation": "telehealth_preparation",
    "telehealth_integration": "telehealth_integration",
    "medical_overseer": "has_medical_overseer",
    "has_open_slots": "has_open_slots",
}
_COLUMNS = list(FACETS.values())
_COUNT = (
    "WITH found AS ({found}) "  # noqa: S608 - our own names of columns
    f"SELECT grouping({', '.join(_COLUMNS)}), count(*), {', '.join(_COLUMNS)} FROM found "
    f"GROUP BY GROUPING SETS ({', '.join(f'({column})' for column in _COLUMNS)}, ())"
)
_ALL = (1 << len(_COLUMNS)) - 1


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many clinics a search finds, and of these how many have each value of each facet ("true" for a yes)."""

    total: int
    facets: dict[str, dict[str, int]]


def count_facets(search: Search) -> Counts:
    """Count what a search finds by every facet; its order plays no part."""
    has_open_slots = ExpressionWrapper(Q(open_slots__gt=0), output_field=BooleanField())
    found = matching(search).annotate(has_open_slots=has_open_slots).values(*_COLUMNS)
    sql, parameters = found.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT.format(found=sql), parameters)
        rows = cursor.fetchall()
    counted: dict[str, Counter[str]] = {facet: Counter() for facet in FACETS}
    total = 0
    for left_out, number, *values in rows:
        if left_out == _ALL:
            total = number
        for facet, value in _grouped(left_out, values):
            counted[facet].update(dict.fromkeys(_codes(value), number))
    return Counts(total=total, facets={facet: dict(sorted(values.items())) for facet, values in counted.items()})


def _grouped(left_out: int, values: list[Any]) -> Iterator[tuple[str, Any]]:
    """The facet that a row was grouped by: grouping() has a bit for each column that it was not, the first highest."""
    for place, facet in enumerate(FACETS):
        if not left_out >> (len(FACETS) - 1 - place) & 1:
            yield facet, values[place]


def _codes(value: Any) -> list[str]:
    return value if isinstance(value, list) else ["true"] * value
