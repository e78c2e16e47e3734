"""Decisions are kept, can be replayed, and are explained to the member and the operator."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from referrals.clinics import services as clinics
from referrals.offers import services as offers
from referrals.routing.models import RoutingDecision
from referrals.routing.queries.decisions import get_inputs, get_ranking, list_decisions, replay
from referrals.routing.rules import scoring
from tests.factories.benefits import make_user, signed_in
from tests.factories.referrals import (
    OPERATOR,
    cover,
    full_prices,
    make_clinic,
    make_member,
    make_request,
    new_clinic,
    offers_of,
    open_offer,
    run_workers,
    status_of,
)
from workers.kernel.actor import WORKER, acting_as

pytestmark = pytest.mark.usefixtures("db")


def decisions_of(request: Any) -> list[RoutingDecision]:
    with acting_as(WORKER):
        return list(list_decisions(request.pk))


@pytest.fixture
def decided(now: datetime) -> Any:
    """A request that two clinics were asked, the second after the first declined and changed; a third is full."""
    first = make_clinic(0, latitude=40.79, name="Aurora")
    second = make_clinic(1, name="Bayleaf")
    make_clinic(2, open_slots=0)
    member = make_member()
    request = make_request(member)
    run_workers()
    offer = open_offer(request)
    with acting_as(WORKER):
        offers.decline(offer_id=offer.pk, clinic_id=first.pk, reason="other", now=now)
        clinics.update_capacity(clinic_id=first.pk, open_slots=9, now=now)
    run_workers()
    return [first, second], request, member


def test_each_choice_is_kept_with_all_that_was_weighed(decided: Any) -> None:
    (first, second), request, _ = decided
    decisions = decisions_of(request)
    assert [decision.chosen for decision in decisions] == [[first.pk], [second.pk]]
    weighed = [[one.clinic_id for one in get_inputs(decision).candidates] for decision in decisions]
    assert weighed == [[str(first.pk), str(second.pk)], [str(second.pk)]]
    assert get_inputs(decisions[1]).wish.asked == (str(first.pk),)


def test_a_replay_comes_to_the_same_though_the_clinics_have_changed(decided: Any) -> None:
    for decision in decisions_of(decided[1]):
        ranking = replay(decision)
        assert ranking == get_ranking(decision)
        assert [one.clinic_id for one in ranking.eligible[:1]] == [str(clinic_id) for clinic_id in decision.chosen]


def test_wishes_are_unreadable_in_the_table(decided: Any) -> None:
    with acting_as(WORKER):
        raw = bytes(RoutingDecision.objects.values_list("inputs", flat=True)[0])
    assert b"wish" not in raw


def test_the_operator_reads_how_the_clinics_compared(decided: Any) -> None:
    _, request, _ = decided
    answer = signed_in(make_user("operator")).get(f"/api/v1/operator/referrals/{request.pk}/")
    assert answer.status_code == 200, answer.content
    first, second = answer.json()["decisions"]
    assert first["said"][0] == "Policy 2026-02: 2 eligible within 31.1 miles."
    assert first["said"][1].startswith(
        "Aurora, 1.6 miles away, by injection, therapy a day or two after dosing, one to one: "
    )
    assert "free places" in first["said"][1]
    assert first["said"][2].startswith("Next is Bayleaf")
    assert second["said"][1].startswith("Bayleaf, ")


def test_the_operator_reads_whether_a_replay_comes_to_the_same(decided: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _, request, _ = decided
    client, url = signed_in(make_user("operator")), f"/api/v1/operator/referrals/{request.pk}/"
    assert [one["replays"] for one in client.get(url).json()["decisions"]] == [True, True]
    monkeypatch.setattr(scoring, "_idleness", lambda *_: 0.125)  # the rules are other ones than when it was decided
    assert [one["replays"] for one in client.get(url).json()["decisions"]] == [False, False]


def test_the_member_is_told_why_and_not_whom(decided: Any) -> None:
    (first, second), request, member = decided
    user = make_user("employee", employer_id=member.employer, member_id=member.member)
    said = signed_in(user).get(f"/api/v1/referrals/{request.pk}/explanation/").json()
    assert len(said) == 2
    assert "compared 2 clinics" in said[0]["said"][0]
    assert said[0]["said"][1] == "We asked one about 2 miles away."
    assert said[0]["said"][2].startswith("What spoke for it: it fits your wishes and ")
    text = str(said)
    assert not [word for word in ("Aurora", "Bayleaf", str(first.pk), str(second.pk)) if word in text]
    stranger = make_member()
    other = signed_in(make_user("employee", employer_id=stranger.employer, member_id=stranger.member))
    assert other.get(f"/api/v1/referrals/{request.pk}/explanation/").status_code == 404


def test_an_offer_not_yet_answered_occupies_its_slot() -> None:
    only_one = make_clinic(0, latitude=40.79, open_slots=1)
    other = make_clinic(1, latitude=40.60)
    first, second = make_request(make_member()), make_request(make_member())
    run_workers()
    assert {open_offer(first).clinic_id, open_offer(second).clinic_id} == {only_one.pk, other.pk}


def test_equal_clinics_are_asked_in_turn() -> None:
    twins = [make_clinic(number, open_slots=9) for number in range(3)]
    asked = []
    for _ in range(6):
        request = make_request(make_member())
        run_workers()
        offer = open_offer(request)
        asked.append(offer.clinic_id)
        with acting_as(WORKER):
            offers.expire(offer_id=offer.pk, now=offer.respond_by)
    assert sorted(asked) == sorted([clinic.pk for clinic in twins] * 2)


def test_nobody_near_is_looked_for_farther_away_and_it_is_said() -> None:
    clinic = make_clinic(latitude=41.10)  # 33 km
    request = make_request(make_member(), max_distance_km=20.0)
    run_workers()
    assert open_offer(request).clinic_id == clinic.pk
    [decision] = decisions_of(request)
    assert (decision.widened, get_inputs(decision).wish.max_distance_km) == (2, 40.0)
    assert replay(decision) == get_ranking(decision)


def test_who_insists_on_the_distance_goes_to_a_person_instead() -> None:
    make_clinic(latitude=41.10)
    request = make_request(make_member(), max_distance_km=20.0, must=("distance",))
    run_workers()
    assert status_of(request.pk) == "unplaced"


def test_a_protocol_is_given_up_when_nobody_has_it_unless_insisted_on() -> None:
    clinic = make_clinic()
    gives, keeps = (make_request(make_member(), protocol="concurrent", must=must) for must in ((), ("protocol",)))
    run_workers()
    assert (open_offer(gives).clinic_id, open_offer(gives).protocol) == (clinic.pk, "separated")
    assert status_of(keeps.pk) == "unplaced"


def test_the_members_own_picks_are_asked_in_order_and_then_others(now: datetime) -> None:
    near, third, first = (make_clinic(n, latitude=la) for n, la in enumerate((40.79, 40.60, 40.50)))
    far = make_clinic(3, latitude=42.0)  # 140 km away
    request = make_request(make_member(), clinics=(first.pk, far.pk, third.pk))
    asked = []
    for _ in range(4):
        run_workers()
        offer = open_offer(request)
        asked.append(offer.clinic_id)
        with acting_as(WORKER):
            offers.decline(offer_id=offer.pk, clinic_id=offer.clinic_id, reason="schedule", now=now)
    assert asked == [first.pk, far.pk, third.pk, near.pk]


def test_picks_alone_end_with_a_person_when_they_decline(now: datetime) -> None:
    near, picked = make_clinic(0, latitude=40.79), make_clinic(1, latitude=40.5)
    request = make_request(make_member(), clinics=(picked.pk,), then_others=False)
    run_workers()
    with acting_as(WORKER):
        offers.decline(offer_id=open_offer(request).pk, clinic_id=picked.pk, reason="schedule", now=now)
    run_workers()
    assert status_of(request.pk) == "unplaced"
    assert near.pk not in [offer.clinic_id for offer in offers_of(request)]


def test_a_price_above_the_ceiling_is_refused_after_the_plans_share(now: datetime) -> None:
    cheap, dear = make_clinic(0), new_clinic(1, latitude=40.79)
    prices = [replace(price, cents=80_000) for price in full_prices(dear)]
    with acting_as(OPERATOR):
        clinics.create(clinic=dear, prices=prices, now=now)
    member = make_member()
    cover(member, employer_share_percent=50)
    request = make_request(member, routes=("im",), max_price_cents=30_000)
    run_workers()
    assert open_offer(request).clinic_id == cheap.pk


def test_an_infusion_is_asked_of_who_gives_iv_and_beside_another_kind() -> None:
    make_clinic(0, latitude=40.79)
    iv = make_clinic(1, routes=["iv"], protocols=["sequential"])
    member = make_member()
    therapy, infusion = make_request(member), make_request(member, kind="infusion")
    run_workers()
    offer = open_offer(infusion)
    assert (offer.clinic_id, offer.route, offer.protocol) == (iv.pk, "iv", "sequential")
    assert open_offer(therapy).clinic_id != iv.pk


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("How we chose whom to ask", "within 31 miles of you", "We asked one about 2 miles away.")),
        ("es", ("Cómo elegimos a quién preguntar", "a menos de 31 millas", "está a unas 2 millas.")),
    ],
)
def test_the_members_page_says_why_in_their_language_and_names_no_clinic(
    decided: Any, language: str, words: tuple[str, ...]
) -> None:
    clinics, request, member = decided
    client = signed_in(make_user("employee", employer_id=member.employer, member_id=member.member))
    page = client.get("/referrals/", headers={"Accept-Language": language}).content.decode()
    assert [sentence for sentence in words if sentence not in page] == []
    assert not any(clinic.name in page for clinic in clinics)
    panel = f"/panels/explanation/{request.pk}/"
    assert client.get(panel).status_code == 200
    other = make_member()
    stranger = signed_in(make_user("employee", employer_id=other.employer, member_id=other.member))
    assert stranger.get(panel).status_code == 404
