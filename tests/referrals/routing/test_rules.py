"""Laws of routing."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.clinics.rules import Format, Gender, Protocol, Route
from referrals.requests.rules import Must, Times
from referrals.routing.queries.policy import get_policy
from referrals.routing.rules.accounting import FILTERS, for_operator, what_would_help
from referrals.routing.rules.candidates import ALWAYS, Candidate, Wish, match, price_cents, refusals, widen
from referrals.routing.rules.explaining import for_member
from referrals.routing.rules.scoring import rank, score

TODAY, NOW = date(2026, 3, 2), datetime(2026, 3, 2, 15, tzinfo=UTC)
POLICY = get_policy()
STATES, LANGUAGES = ("NY", "CA"), ("en", "es")

GOOD = Candidate(
    clinic_id="c1",
    distance_km=10.0,
    is_active=True,
    today=TODAY,
    valid_until=TODAY,
    free_slots=1,
    states_served=("NY",),
    routes=("im", "iv"),
    protocols=("separated",),
    formats=("individual",),
    languages=("en",),
    sessions_facilitated=20,
    prices={"im/individual": 40_000},
)
WISH = Wish(
    request_id="r1",
    now=NOW,
    state="NY",
    max_distance_km=10.0,
    routes=("sublingual", "im"),
    protocol="separated",
    format="individual",
    language="en",
    own_language="en",
)


def some(values: Any, **kwargs: Any) -> Any:
    return st.lists(st.sampled_from(list(values)), min_size=1, unique=True, **kwargs).map(tuple)


def any_of(values: Any) -> Any:
    return st.lists(st.sampled_from(list(values)), unique=True).map(tuple)


def maybe(values: Any) -> Any:
    return st.sampled_from(["", *values])


names = st.sampled_from([f"c{number}" for number in range(12)])
candidates = st.builds(
    Candidate,
    clinic_id=names,
    distance_km=st.floats(0, 60),
    is_active=st.booleans(),
    today=st.just(TODAY),
    valid_until=st.none() | st.dates(date(2026, 2, 28), date(2026, 3, 4)),
    free_slots=st.integers(-2, 4),
    states_served=some(STATES),
    routes=some(Route),
    protocols=some(Protocol),
    formats=some(Format),
    languages=some(LANGUAGES),
    sessions_facilitated=st.integers(0, 400),
    therapist_genders=any_of(Gender),
    times=any_of(Times),
    prices=st.none() | st.dictionaries(st.sampled_from(["im/individual", "iv/group"]), st.integers(0, 90_000)),
    waiting_days=st.none() | st.integers(0, 90),
    answers=st.integers(0, 9),
    acceptances=st.integers(0, 9),
    last_offered_at=st.none() | st.integers(0, 90).map(lambda days: NOW - timedelta(days=days)),
).map(lambda one: replace(one, acceptances=min(one.acceptances, one.answers)))
networks = st.lists(candidates, max_size=12, unique_by=lambda candidate: candidate.clinic_id)
wishes = st.builds(
    Wish,
    request_id=st.sampled_from(["r1", "r2"]),
    now=st.just(NOW),
    state=st.sampled_from(STATES),
    max_distance_km=st.floats(1, 60),
    routes=some(Route),
    protocol=maybe(Protocol),
    format=maybe(Format),
    language=maybe(LANGUAGES),
    own_language=st.sampled_from(LANGUAGES),
    therapist_gender=maybe(Gender),
    times=any_of(Times),
    max_price_cents=st.none() | st.integers(0, 60_000),
    share_percent=st.integers(0, 100),
    must=any_of(Must),
    picks=st.lists(names, unique=True, max_size=2).map(tuple),
    asked=st.lists(names, unique=True, max_size=3).map(tuple),
)


@given(networks, wishes)
def test_exactly_those_who_pass_every_hard_filter_are_ranked(network: Any, wish: Any) -> None:
    ranking = rank(network, wish, POLICY)
    eligible = {one.clinic_id for one in ranking.eligible}
    assert eligible == {clinic.clinic_id for clinic in network if not refusals(clinic, wish)}
    assert eligible | set(ranking.refused) == {clinic.clinic_id for clinic in network}
    assert not eligible & set(ranking.refused)


@given(networks, wishes, st.randoms(use_true_random=False))
def test_the_order_of_the_candidates_does_not_matter(network: Any, wish: Any, random: Any) -> None:
    shuffled = random.sample(network, len(network))
    assert rank(network, wish, POLICY) == rank(shuffled, wish, POLICY)


@given(networks, wishes)
def test_the_explanation_adds_up_and_orders(network: Any, wish: Any) -> None:
    ranked = rank(network, wish, POLICY).eligible
    own = [wish.picks.index(one.clinic_id) for one in ranked if one.clinic_id in wish.picks]
    assert own == sorted(own)
    totals = [one.total for one in ranked[len(own) :]]
    assert totals == sorted(totals, reverse=True)
    for one in ranked:
        assert one.total == pytest.approx(sum(one.parts.values()), abs=1e-5)
        assert set(one.parts) == set(POLICY.weights)
        assert all(0 <= points <= POLICY.weights[name] for name, points in one.parts.items())


@given(networks, wishes)
def test_what_is_asked_for_is_on_offer(network: Any, wish: Any) -> None:
    by_id = {clinic.clinic_id: clinic for clinic in network}
    for one in rank(network, wish, POLICY).eligible:
        clinic = by_id[one.clinic_id]
        asked = match(clinic, wish)
        assert asked.route in clinic.routes
        assert asked.protocol in clinic.protocols
        assert asked.format in clinic.formats
        if one.clinic_id not in wish.picks:
            assert asked.route in wish.routes
            assert not wish.protocol or asked.protocol == wish.protocol
            assert not wish.format or asked.format == wish.format


@given(networks, wishes)
def test_widening_never_loses_anybody_nor_what_is_insisted_on(network: Any, wish: Any) -> None:
    before = {one.clinic_id for one in rank(network, wish, POLICY).eligible}
    for number, step in enumerate(POLICY.widening, start=1):
        wider = widen(wish, step, number)
        after = {one.clinic_id for one in rank(network, wider, POLICY).eligible}
        assert before <= after
        assert not set(wider.dropped) & set(wish.must)
        if "distance" in wish.must:
            assert wider.max_distance_km == wish.max_distance_km


@given(networks, wishes)
def test_every_decision_can_be_said(network: Any, wish: Any) -> None:
    ranking = rank(network, wish, POLICY)
    chosen = [one.clinic_id for one in ranking.eligible[:2]]
    for language in ("en", "es", "fr"):
        said = for_member(network, wish, ranking, POLICY, chosen, language)
        assert all(sentence.strip() and "{" not in sentence for sentence in said)
        assert not any(name in " ".join(said).split() for name in chosen)
        assert not any(sentence.endswith((": .", " .")) for sentence in said), "no reason that is none"
    names = {name: f"Clinic {name}" for name in chosen}
    for language in ("en", "es"):
        told = " ".join(for_operator(network, wish, ranking, POLICY, chosen, names, language))
        assert [name for name in chosen if f"Clinic {name}" not in told] == []
        assert "{" not in told


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"is_active": False}, "not_active"),
        ({"valid_until": date(2026, 3, 1)}, "credentials"),
        ({"valid_until": None}, "credentials"),
        ({"free_slots": 0}, "no_capacity"),
        ({"distance_km": 10.1}, "too_far"),
        ({"states_served": ("NJ",)}, "state_not_served"),
        ({"routes": ("nasal",)}, "route"),
        ({"protocols": ("concurrent",)}, "protocol"),
        ({"formats": ("group",)}, "format"),
        ({"languages": ("es",)}, "language"),
        ({"prices": {"im/individual": 50_002}}, "price"),
        ({"prices": None}, "price"),
        ({"therapist_genders": ("male",)}, "therapist_gender"),
        ({"times": ("sunday",)}, "times"),
    ],
)
def test_each_filter_refuses_alone_and_by_name(change: Any, why: Any) -> None:
    wish = replace(
        WISH,
        max_price_cents=25_000,
        share_percent=50,
        therapist_gender="female",
        times=("saturday",),
        must=("therapist_gender", "times"),
    )
    fits = replace(GOOD, therapist_genders=("female",), times=("saturday",))
    assert refusals(fits, wish) == ()
    assert refusals(replace(fits, **change), wish) == (why,)
    assert why in FILTERS["en"]


def test_a_wish_that_is_not_insisted_on_refuses_nobody_and_counts() -> None:
    wish = replace(WISH, therapist_gender="female", times=("saturday",))
    met, unmet = replace(GOOD, therapist_genders=("female",)), replace(GOOD, therapist_genders=("male",))
    assert refusals(unmet, wish) == ()
    assert score(met, wish, POLICY).total > score(unmet, wish, POLICY).total


def test_a_clinic_of_the_members_choice_need_only_be_able_to_take_them() -> None:
    far = replace(GOOD, distance_km=900.0, languages=("es",), protocols=("concurrent",))
    assert refusals(far, replace(WISH, picks=("c1",))) == ()
    assert refusals(replace(far, free_slots=0), replace(WISH, picks=("c1",))) == ("no_capacity",)
    assert set(ALWAYS) <= set(FILTERS["en"]) == set(FILTERS["es"])


def test_picks_come_first_in_their_order() -> None:
    network = [replace(GOOD, clinic_id=name, distance_km=far) for name, far in (("a", 1.0), ("b", 9.0), ("c", 5.0))]
    ranked = rank(network, replace(WISH, picks=("b", "c")), POLICY).eligible
    assert [one.clinic_id for one in ranked] == ["b", "c", "a"]


def test_who_was_asked_is_not_asked_again() -> None:
    assert refusals(GOOD, replace(WISH, asked=("c1",))) == ("asked_before",)


BETTER: Any = {
    "distance": ({"distance_km": 2.0}, {"distance_km": 8.0}),
    "capacity": ({"free_slots": 5}, {"free_slots": 1}),
    "fit": ({"languages": ("en",)}, {"languages": ("es",)}),
    "price": ({"prices": {"im/individual": 10_000}}, {"prices": {"im/individual": 40_000}}),
    "response": ({"answers": 9, "acceptances": 9}, {"answers": 9, "acceptances": 1}),
    "waiting": ({"waiting_days": 1}, {"waiting_days": 20}),
    "experience": ({"sessions_facilitated": 150}, {"sessions_facilitated": 30}),
    "fairness": ({"last_offered_at": None}, {"last_offered_at": NOW - timedelta(days=3)}),
}


@pytest.mark.parametrize("part", POLICY.weights)
def test_more_of_each_part_is_better_all_else_equal(part: str) -> None:
    wish = replace(WISH, language="")
    good, worse = (score(replace(GOOD, **facts), wish, POLICY) for facts in BETTER[part])
    assert good.parts[part] > worse.parts[part]
    assert {name for name in good.parts if good.parts[name] != worse.parts[name]} == {part}


def test_the_plan_takes_its_share_off_the_price() -> None:
    assert price_cents(GOOD, replace(WISH, share_percent=75)) == 10_000
    assert price_cents(GOOD, replace(WISH, fixed_cents=35_000)) == 5_000
    assert price_cents(GOOD, replace(WISH, fixed_cents=90_000)) == 0
    assert price_cents(replace(GOOD, prices={"iv/individual": 1}), WISH) is None


def test_of_equals_who_waited_longest_is_asked_first() -> None:
    idle = replace(GOOD, clinic_id="idle", last_offered_at=NOW - timedelta(days=90))
    busy = replace(GOOD, clinic_id="busy", last_offered_at=NOW - timedelta(days=60))
    for request in range(20):
        ranked = rank([busy, idle], replace(WISH, request_id=str(request)), POLICY).eligible
        assert [one.clinic_id for one in ranked] == ["idle", "busy"]


def test_equals_win_about_equally_often() -> None:
    twins = [replace(GOOD, clinic_id=name) for name in ("a", "b")]
    winners = [rank(twins, replace(WISH, request_id=str(n)), POLICY).eligible[0].clinic_id for n in range(1000)]
    assert 400 < winners.count("a") < 600


def test_the_first_wish_that_is_on_offer_is_asked_for() -> None:
    assert match(GOOD, WISH).route == "im"


def test_what_would_help_is_said_most_first() -> None:
    assert what_would_help({"language": 1, "no_capacity": 3}) == [
        "Only this keeps 3 of them: they have no place free.",
        "Only this keeps 1 of them: they do not speak the language.",
    ]
    assert "No clinic near" in what_would_help({})[0]
