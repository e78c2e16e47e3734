"""Saved programmes: a scale or nothing, by the service and by the database."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from billing.sliding_scale.models import SlidingScaleBand, SlidingScaleProgramme
from billing.sliding_scale.queries import programme_for
from billing.sliding_scale.rules import BUILT_IN, Band
from billing.sliding_scale.services.programmes import BandsRefused, ProgrammeExists, save
from tests.factories.billing import member_actor, signed_in
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.errors import Invalid
from workers.kernel.ids import new_id

OPERATOR = Actor(role=Role.OPERATOR)
LOW = Band(code="low", above_percent=0, up_to_percent=100, discount_percent=90)
HIGH = Band(code="high", above_percent=100, up_to_percent=200, discount_percent=30)


def _save(now, *bands: Band, on: date | None = None, employer_id=None, code: str = "ours"):
    with acting_as(OPERATOR):
        effective_on = on or now.date()
        return save(code=code, employer_id=employer_id, effective_on=effective_on, bands=bands, now=now)


def _code(employer_id, on: date) -> str:
    with acting_as(WORKER):
        return programme_for(employer_id, on=on).version


def test_a_programme_holds_from_its_day_and_an_employers_own_goes_first(db, now):
    employer, today, later = new_id(), now.date(), now.date() + timedelta(days=10)
    assert _code(employer, today) == BUILT_IN["standard"].version
    _save(now, LOW, HIGH)
    _save(now, LOW, on=later, code="next")
    _save(now, LOW, employer_id=employer, on=later, code="own")
    assert _code(employer, today) == f"ours/{today}"
    assert _code(employer, later) == f"own/{later}/{employer}"
    assert _code(new_id(), later) == f"next/{later}"


def test_a_saved_programme_keeps_its_bands_in_their_order(db, now):
    _save(now, LOW, HIGH)
    with acting_as(WORKER):
        assert programme_for(new_id(), on=now.date()).bands == (LOW, HIGH)


def test_gaps_and_overlaps_are_refused_by_field(db, now):
    with pytest.raises(BandsRefused) as refused:
        _save(now, LOW, Band(code="x", above_percent=90, up_to_percent=200, discount_percent=30))
    assert refused.value.extra["errors"][0]["field"] == "bands[1].above_percent"


def test_a_programme_of_a_day_that_is_over_is_refused(db, now):
    with pytest.raises(Invalid) as refused:
        _save(now, LOW, on=now.date() - timedelta(days=1))
    assert "effective_on" in refused.value.extra["errors"]


@pytest.mark.parametrize("employer_id", [None, new_id()])
def test_two_programmes_of_one_day_are_refused(db, now, employer_id):
    _save(now, LOW, employer_id=employer_id)
    with pytest.raises(ProgrammeExists):
        _save(now, LOW, employer_id=employer_id)


def _insert(now, *bands: Band) -> None:
    """Past the service, as SQL would."""
    with acting_as(OPERATOR), transaction.atomic():
        programme = SlidingScaleProgramme.objects.create(code="x", effective_on=now.date(), created_at=now)
        SlidingScaleBand.objects.bulk_create(SlidingScaleBand(programme=programme, **vars(band)) for band in bands)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _band(above: int, up_to: int, discount: int = 20, nominal: int = 0) -> Band:
    return Band(
        code=f"{above}-{up_to}",
        above_percent=above,
        up_to_percent=up_to,
        discount_percent=discount,
        nominal_cents=nominal,
    )


@pytest.mark.parametrize(
    ("bands", "constraint"),
    [
        ([], "no bands"),
        ([_band(10, 100)], "a gap"),
        ([LOW, _band(120, 200)], "a gap"),
        ([LOW, _band(90, 200)], "band_no_overlap"),
        ([LOW, _band(0, 50)], "band_no_overlap"),
        ([LOW, _band(100, 200, 90)], "a gap, or a discount that does not fall"),
        ([_band(0, 0)], "band_ends_above_start"),
        ([_band(0, 100, 101)], "band_discount_is_percent"),
        ([_band(0, 100, 0)], "band_discount_is_percent"),
        ([LOW, _band(100, 200, 20, 5)], "band_nominal_in_lowest"),
    ],
)
def test_the_database_refuses_bands_that_are_no_scale(db, now, bands, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        _insert(now, *bands)


def test_the_database_takes_a_scale(db, now):
    _insert(now, LOW, HIGH)


def test_a_band_cannot_be_added_or_changed_later(committed_db, now):
    programme = _save(now, LOW)
    with pytest.raises(IntegrityError, match="a gap"), acting_as(OPERATOR):
        SlidingScaleBand.objects.create(programme=programme, **vars(_band(150, 200)))
    with pytest.raises(DatabaseError, match="permission denied"), acting_as(OPERATOR):
        SlidingScaleBand.objects.update(discount_percent=1)


def test_members_see_everybodys_programmes_and_their_employers(db, now):
    member = member_actor()
    _save(now, LOW)
    _save(now, LOW, employer_id=member.employer)
    _save(now, LOW, employer_id=new_id())
    with acting_as(member):
        assert SlidingScaleProgramme.objects.count() == 2
        assert SlidingScaleBand.objects.count() == 2


def test_finance_saves_and_lists_programmes_over_http(db, now):
    finance = signed_in("operator", permissions=["finance"])
    body = {"code": "ours", "effective_on": "2026-03-02", "bands": [vars(LOW), vars(HIGH)]}
    saved = finance.post("/api/v1/operator/sliding-scale/", body, content_type="application/json")
    assert (saved.status_code, saved.json()["version"]) == (201, "ours/2026-03-02")
    listed = finance.get("/api/v1/operator/sliding-scale/").json()["results"]
    assert [band["code"] for band in listed[0]["bands"]] == ["low", "high"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "Ours!"},
        {"effective_on": "2020-01-01"},
        {"bands": []},
        {"bands": [vars(HIGH)]},
        {"bands": [vars(LOW), vars(LOW)]},
        {"bands": [vars(LOW) | {"discount_percent": -1}]},
        {"employer_id": "x"},
    ],
)
def test_a_wrong_programme_is_a_422(db, now, wrong):
    finance = signed_in("operator", permissions=["finance"])
    body = {"code": "ours", "effective_on": "2026-03-02", "bands": [vars(LOW)]} | wrong
    answer = finance.post("/api/v1/operator/sliding-scale/", body, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["errors"]
