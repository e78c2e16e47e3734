"""Laws of routing."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.clinics.rules import Format, Protocol, Route
from referrals.routing.queries import get_policy
from referrals.routing.rules import Candidate, Wish, match, rank, refusals, score

TODAY = date(2026, 3, 2)
WEIGHTS = get_policy().weights
STATES, LANGUAGES = ("NY", "CA"), ("en", "es")

GOOD = Candidate(
    clinic_id="c1",
    distance_km=10.0,
    is_active=True,
    licence_expires_on=TODAY,
    malpractice_expires_on=TODAY,
    free_slots=1,
    states_served=("NY",),
    routes=("im", "iv"),
    protocols=("separated",),
    formats=("individual",),
    languages=("en",),
    sessions_facilitated=20,
)
WISH = Wish(
    request_id="r1",
    today=TODAY,
    state="NY",
    max_distance_km=10.0,
    routes=("sublingual", "im"),
    protocol="separated",
    format="individual",
    language="en",
    own_language="en",
    asked=(),
)


def some(values: Any, **kwargs: Any) -> Any:
    return st.lists(st.sampled_from(list(values)), min_size=1, unique=True, **kwargs).map(tuple)


def maybe(values: Any) -> Any:
    return st.sampled_from(["", *values])


days = st.dates(date(2026, 2, 28), date(2026, 3, 4))
candidates = st.builds(
    Candidate,
    clinic_id=st.sampled_from([f"c{number}" for number in range(12)]),
    distance_km=st.floats(0, 60),
    is_active=st.booleans(),
    licence_expires_on=days,
    malpractice_expires_on=days,
    free_slots=st.integers(-2, 4),
    states_served=some(STATES),
    routes=some(Route),
    protocols=some(Protocol),
    formats=some(Format),
    languages=some(LANGUAGES),
    sessions_facilitated=st.integers(0, 400),
)
networks = st.lists(candidates, max_size=12, unique_by=lambda candidate: candidate.clinic_id)
wishes = st.builds(
    Wish,
    request_id=st.sampled_from(["r1", "r2"]),
    today=st.just(TODAY),
    state=st.sampled_from(STATES),
    max_distance_km=st.floats(1, 60),
    routes=st.lists(st.sampled_from(list(Route)), unique=True).map(tuple),
    protocol=maybe(Protocol),
    format=maybe(Format),
    language=maybe(LANGUAGES),
    own_language=st.sampled_from(LANGUAGES),
    asked=st.lists(st.sampled_from(["c1", "c2", "c3"]), unique=True).map(tuple),
)


def may_be_asked(clinic: Candidate, wish: Wish) -> bool:
    """The hard filters once more, in other words than the rules."""
    day_fits = min(clinic.licence_expires_on, clinic.malpractice_expires_on) >= wish.today
    return (
        clinic.is_active
        and day_fits
        and clinic.free_slots >= 1
        and clinic.distance_km <= wish.max_distance_km
        and wish.state in clinic.states_served
        and clinic.clinic_id not in wish.asked
        and (wish.routes == () or set(wish.routes) & set(clinic.routes) != set())
        and {wish.protocol, wish.format, wish.language} - {""}
        <= {*clinic.protocols, *clinic.formats, *clinic.languages}
    )


@given(networks, wishes)
def test_exactly_those_who_pass_every_hard_filter_are_ranked(network: Any, wish: Any) -> None:
    ranking = rank(network, wish, WEIGHTS)
    eligible = {one.clinic_id for one in ranking.eligible}
    assert eligible == {clinic.clinic_id for clinic in network if may_be_asked(clinic, wish)}
    assert eligible | set(ranking.refused) == {clinic.clinic_id for clinic in network}
    assert not eligible & set(ranking.refused)


@given(networks, wishes, st.randoms(use_true_random=False))
def test_the_order_of_the_candidates_does_not_matter(network: Any, wish: Any, random: Any) -> None:
    shuffled = random.sample(network, len(network))
    assert rank(network, wish, WEIGHTS) == rank(shuffled, wish, WEIGHTS)


@given(networks, wishes)
def test_the_explanation_adds_up_and_orders(network: Any, wish: Any) -> None:
    ranked = rank(network, wish, WEIGHTS).eligible
    totals = [one.total for one in ranked]
    assert totals == sorted(totals, reverse=True)
    for one in ranked:
        assert one.total == pytest.approx(sum(one.parts.values()), abs=1e-5)
        assert all(0 <= points <= WEIGHTS[name] for name, points in one.parts.items())


@given(networks, wishes)
def test_what_is_asked_for_is_on_offer_and_wished(network: Any, wish: Any) -> None:
    by_id = {clinic.clinic_id: clinic for clinic in network}
    for one in rank(network, wish, WEIGHTS).eligible:
        asked, clinic = match(by_id[one.clinic_id], wish), by_id[one.clinic_id]
        assert asked.route in clinic.routes
        assert not wish.routes or asked.route in wish.routes
        assert asked.protocol in clinic.protocols
        assert asked.format in clinic.formats


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"is_active": False}, "not_active"),
        ({"licence_expires_on": date(2026, 3, 1)}, "licence_expired"),
        ({"malpractice_expires_on": date(2026, 3, 1)}, "malpractice_expired"),
        ({"free_slots": 0}, "no_capacity"),
        ({"distance_km": 10.1}, "too_far"),
        ({"states_served": ("NJ",)}, "state_not_served"),
        ({"routes": ("nasal",)}, "route"),
        ({"protocols": ("concurrent",)}, "protocol"),
        ({"formats": ("group",)}, "format"),
        ({"languages": ("es",)}, "language"),
    ],
)
def test_each_filter_refuses_alone_and_by_name(change: Any, why: Any) -> None:
    assert refusals(GOOD, WISH) == ()
    assert refusals(replace(GOOD, **change), WISH) == (why,)


def test_who_was_asked_is_not_asked_again() -> None:
    assert refusals(GOOD, replace(WISH, asked=("c1",))) == ("asked_before",)


def test_nearer_is_better_all_else_equal() -> None:
    near, far = (score(replace(GOOD, distance_km=distance), WISH, WEIGHTS) for distance in (2.0, 8.0))
    assert near.total > far.total


def test_equals_win_about_equally_often() -> None:
    twins = [replace(GOOD, clinic_id=name) for name in ("a", "b")]
    winners = [rank(twins, replace(WISH, request_id=str(n)), WEIGHTS).eligible[0].clinic_id for n in range(1000)]
    assert 400 < winners.count("a") < 600


def test_the_first_wish_that_is_on_offer_is_asked_for() -> None:
    assert match(GOOD, WISH).route == "im"
