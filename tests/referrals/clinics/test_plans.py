"""How PostgreSQL looks for clinics among many: by an index, not by reading all of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, connections

from referrals.clinics.models import Clinic
from referrals.clinics.queries import Search, find, locate
from referrals.clinics.queries.near import list_near
from referrals.clinics.queries.searching import matching
from referrals.routing.queries.candidates import find_candidates
from referrals.routing.rules.candidates import Wish
from tests.factories.referrals import OPERATOR, make_clinic, npi
from workers.kernel.actor import WORKER, acting_as

HOME = (40.80, -73.97)
MANY = 20_000
OWN = ("id", "npi", "name", "latitude", "longitude")


@pytest.fixture
def many(committed_db: str, now: datetime) -> datetime:
    """MANY clinics all over the country like one that was signed; their names are of two words."""
    first = make_clinic(name="Bayleaf Therapy", has_endpoint=False)
    alike = ", ".join(str(field.column) for field in Clinic._meta.local_fields if field.column not in OWN)
    with acting_as(OPERATOR), connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE numbers (n int, npi text) ON COMMIT DROP")
        with cursor.copy("COPY numbers FROM STDIN") as copy:
            for number in range(1, MANY):
                copy.write_row((number, npi(number)))
        cursor.execute(
            f"INSERT INTO referrals_clinic (id, npi, name, latitude, longitude, {alike}) "  # noqa: S608 - our own columns
            "SELECT gen_random_uuid(), numbers.npi, 'Clinic ' || md5(n::text), "
            f"25 + 23 * random(), -123 + 53 * random(), {alike} FROM numbers, referrals_clinic WHERE id = %s",
            [first.pk],
        )
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE referrals_clinic")
    return now


def test_an_index_serves_the_box_and_another_the_name(many: datetime) -> None:
    around: dict[str, Any] = {"latitude": HOME[0], "longitude": HOME[1], "within_km": 30.0}
    with acting_as(WORKER):
        assert "clinic_place" in list_near(**around).explain()
        plan = find(Search(**around, now=many, route="im"))[:50].explain()
        assert "clinic_place" in plan
        assert "Seq Scan on referrals_clinic " not in plan
        named = Search(**around | {"within_km": 5_000.0}, now=many, name="bayleef therpy")
        assert "clinic_name_like" in matching(named).explain()
        assert [one.name for one in matching(named)] == ["Bayleaf Therapy"]


def test_an_index_hands_out_the_nearest_to_routing(many: datetime) -> None:
    wish = Wish(
        request_id="r",
        now=many,
        state="NY",
        max_distance_km=80.0,
        routes=("im",),
        protocol="",
        format="",
        language="",
        own_language="en",
    )
    with acting_as(WORKER), plans() as made:
        nearest = find_candidates(wish, locate("10025"), limit=5)
        far = [one.distance_km for one in nearest]
        assert far == sorted(far)
        assert find_candidates(wish, locate("10025"), limit=20_000), "every clinic within 80 km, of all there are"
    assert "clinic_nearest" in made[0]
    assert "Seq Scan on referrals_clinic " not in made[0]


@contextmanager
def plans() -> Iterator[list[str]]:
    """Explains each statement of the block before it runs."""
    made: list[str] = []

    def explain(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        execute(f"EXPLAIN {sql}", parameters, many, context)
        made.append("\n".join(line for (line,) in context["cursor"].fetchall()))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(explain):
        yield made
