"""Signing clinics, prices, distances, capacity."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from math import asin, cos, radians, sin, sqrt
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from referrals.clinics import services
from referrals.clinics.models import Clinic
from referrals.clinics.models.clinics import NpiFits
from referrals.clinics.queries import OutsideTheUs, UnknownPostalCode, list_near, locate, price_of
from referrals.clinics.queries.places import PostalCodeWithoutPlace
from referrals.clinics.rules import is_npi
from referrals.events import ClinicCapacityChanged
from tests.factories.referrals import OPERATOR, full_prices, make_clinic, new_clinic
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.errors import Invalid, NotFound
from workers.kernel.ids import new_id
from workers.outbox.models import EventRecord

pytestmark = pytest.mark.django_db


def create(clinic: Any, prices: Any = None, *, now: datetime) -> Any:
    with acting_as(OPERATOR):
        return services.create(clinic=clinic, prices=full_prices(clinic) if prices is None else prices, now=now)


def test_a_wrong_npi_is_refused(now: datetime) -> None:
    with pytest.raises(services.BadNpi):
        create(new_clinic(npi="1234567890"), now=now)


def test_an_npi_is_signed_once(now: datetime) -> None:
    create(new_clinic(), now=now)
    with pytest.raises(services.NpiTaken):
        create(new_clinic(name="Other"), now=now)


def test_a_missing_price_is_named(now: datetime) -> None:
    clinic = new_clinic()
    with pytest.raises(services.IncompletePrices) as refusal:
        create(clinic, full_prices(clinic)[1:], now=now)
    assert refusal.value.extra["errors"] == [
        {"field": "prices", "message": "No price for consultation, im, individual."}
    ]


@pytest.mark.parametrize("extra", [{"route": "iv"}, {}])
def test_a_price_twice_or_for_what_is_not_offered_is_refused(now: datetime, extra: Any) -> None:
    clinic = new_clinic()
    prices = full_prices(clinic)
    with pytest.raises(services.IncompletePrices):
        create(clinic, [*prices, services.Price(**(asdict(prices[0]) | extra))], now=now)


def test_a_price_holds_from_its_day_until_the_next(now: datetime) -> None:
    clinic = make_clinic()
    dearer = services.Price(kind="dosing", route="im", format="individual", cents=45_000)
    with acting_as(OPERATOR):
        services.set_price(clinic_id=clinic.pk, price=dearer, effective_on=date(2026, 4, 1))
        key = ("dosing", "im", "individual")
        assert price_of(clinic.pk, *key, on=date(2026, 3, 2)) == 10_000
        assert price_of(clinic.pk, *key, on=date(2026, 3, 31)) == 10_000
        assert price_of(clinic.pk, *key, on=date(2026, 4, 1)) == 45_000
        with pytest.raises(NotFound):
            price_of(clinic.pk, *key, on=date(2026, 3, 1))
        with pytest.raises(services.PriceSet):
            services.set_price(clinic_id=clinic.pk, price=dearer, effective_on=date(2026, 4, 1))


def test_the_first_prices_hold_from_the_day_it_is_at_the_clinic() -> None:
    late_evening = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)  # 10 p.m. on 2 March in New York
    clinic = create(new_clinic(), now=late_evening)
    with acting_as(OPERATOR):
        assert price_of(clinic.pk, "dosing", "im", "individual", date(2026, 3, 2)) == 10_000


def test_distances_follow_the_great_circle(now: datetime) -> None:
    places = {"near": (40.75, -73.99), "far": (40.20, -74.70), "la": (34.05, -118.24), "juneau": (58.3, -134.4)}
    for number, (name, (latitude, longitude)) in enumerate(places.items()):
        make_clinic(number, name=name, latitude=latitude, longitude=longitude)
    home = (40.80, -73.97)
    with acting_as(OPERATOR):
        found: Any = list_near(latitude=home[0], longitude=home[1], within_km=5_000)
        assert [clinic.name for clinic in found] == ["near", "far", "la", "juneau"]
        for clinic in found:
            assert clinic.distance_km == pytest.approx(haversine(home, places[clinic.name]), rel=1e-9)
        assert [one.name for one in list_near(latitude=home[0], longitude=home[1], within_km=10)] == ["near"]


def test_the_box_loses_nobody_inside_the_circle(now: datetime) -> None:
    """Clinics on a ring just inside the distance, far north where a degree of longitude is short."""
    home, number = (64.8, -147.7), 0
    for bearing_latitude in (-0.8, -0.4, 0.0, 0.4, 0.8):
        for side in (-1, 1):
            number += 1
            longitude = home[1] + side * 1.6 * sqrt(max(0.0, 1 - bearing_latitude**2))
            make_clinic(number, latitude=home[0] + 0.85 * bearing_latitude, longitude=longitude)
    with acting_as(OPERATOR):
        everyone = [(clinic.latitude, clinic.longitude) for clinic in Clinic.objects.all()]
        inside = sum(haversine(home, place) <= 80 for place in everyone)
        assert 4 < inside <= number
        assert list_near(latitude=home[0], longitude=home[1], within_km=80).count() == inside


def haversine(a: Any, b: Any) -> Any:
    """Kilometres on a sphere of 6,371 km, by Python's own arithmetic."""
    (y1, x1), (y2, x2) = (tuple(map(radians, point)) for point in (a, b))
    return 2 * 6371 * asin(sqrt(sin((y2 - y1) / 2) ** 2 + cos(y1) * cos(y2) * sin((x2 - x1) / 2) ** 2))


def test_a_zip_code_has_a_centre_and_a_state() -> None:
    place = locate("94110-1234")
    assert (place.postal_code, place.state) == ("94110", "CA")
    assert place.latitude == pytest.approx(37.75, abs=0.05)


@pytest.mark.parametrize("text", ["", "00000", "9411", "941100", "94110-12", "9411a", "94110 ", "٩٤١١٠", "\x0094110"])
def test_what_is_no_zip_code_is_refused(text: str) -> None:
    with pytest.raises(UnknownPostalCode):
        locate(text)


def test_capacity_is_set_and_never_negative(now: datetime) -> None:
    clinic = make_clinic()
    with acting_as(WORKER):
        assert services.update_capacity(clinic_id=clinic.pk, open_slots=0, now=now).open_slots == 0
        with pytest.raises(Invalid):
            services.update_capacity(clinic_id=clinic.pk, open_slots=-1, now=now)
        with pytest.raises(NotFound):
            services.update_capacity(clinic_id=new_id(), open_slots=1, now=now)
        assert not services.take_slot(clinic_id=clinic.pk, now=now)
        with pytest.raises(IntegrityError), transaction.atomic():
            Clinic.objects.filter(pk=clinic.pk).update(open_slots=-1)


def test_a_clinic_sees_itself_and_no_other(now: datetime) -> None:
    own, other = make_clinic(0), make_clinic(1)
    with acting_as(Actor(role=Role.CLINIC, clinic=own.pk)):
        assert [clinic.pk for clinic in Clinic.objects.all()] == [own.pk]
        assert {price.clinic_id for price in own.prices.all()} == {own.pk}
        assert not other.prices.exists()


@pytest.mark.parametrize(
    "place", [(0.0, 0.0), (51.5, -0.1), (40.75, 73.99), (-73.99, 40.75), (90.0, 0.0), (20.0, -150.0)], ids=str
)
def test_a_point_outside_the_us_is_refused(now: datetime, place: Any) -> None:
    with pytest.raises(OutsideTheUs):
        create(new_clinic(latitude=place[0], longitude=place[1]), now=now)


@pytest.mark.parametrize(
    "place",
    [(40.75, -73.99), (58.3, -134.4), (71.3, -156.8), (13.47, 144.75), (18.34, -64.93), (21.3, -157.86)],
    ids=str,
)
def test_a_point_in_any_state_or_territory_is_not(now: datetime, place: Any) -> None:
    row = create(new_clinic(latitude=place[0], longitude=place[1]), now=now)
    assert (row.latitude, row.longitude) == place


@pytest.mark.parametrize("text", ["09001", "96201", "20588"])
def test_a_zip_code_without_a_place_is_no_place_to_search_from(text: str) -> None:
    with pytest.raises(PostalCodeWithoutPlace):
        locate(text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"npi": "1234567890"},
        {"npi": "123456789"},
        {"npi": "12345678ab"},
        {"npi": ""},
        {"taxonomy": "lower12345"},
        {"medical_overseer_npi": "1234567890"},
        {"latitude": 51.5, "longitude": -0.1},
        {"routes": ["oral"]},
        {"therapist_genders": ["any"]},
        {"has_medical_overseer": False, "medical_overseer": "Dr. Ruiz"},
        {"status": "closed"},
    ],
    ids=str,
)
def test_the_database_refuses_what_the_service_would(now: datetime, wrong: Any) -> None:
    clinic = make_clinic()
    with acting_as(OPERATOR), pytest.raises(IntegrityError), transaction.atomic():
        Clinic.objects.filter(pk=clinic.pk).update(**wrong)


@settings(max_examples=60)
@given(st.text(st.sampled_from("0123456789"), min_size=10, max_size=10))
def test_the_database_knows_the_same_check_digit(number: str) -> None:
    with connection.cursor() as cursor:
        template = NpiFits.template % {"expressions": "npi"}
        cursor.execute(f"SELECT {template} FROM (SELECT %s::text AS npi) AS given", [number])  # noqa: S608 - the constraint's own
        assert cursor.fetchone() == (is_npi(number),)


def test_a_place_that_is_given_back_is_announced(now: datetime) -> None:
    clinic = make_clinic()
    with acting_as(WORKER):
        assert services.take_slot(clinic_id=clinic.pk, now=now)
        before = EventRecord.objects.filter(type=ClinicCapacityChanged.wire_name).count()
        services.return_slot(clinic_id=clinic.pk, now=now)
        assert EventRecord.objects.filter(type=ClinicCapacityChanged.wire_name).count() == before + 1
        assert Clinic.objects.get(pk=clinic.pk).open_slots == 3
