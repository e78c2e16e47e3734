"""Every line of a quote in words, and what differs between two quotes."""

from dataclasses import asdict, replace
from string import Formatter

import pytest
from hypothesis import given

from billing.quotes.rules import NOTHING, REASONS, Cap, Share, compare, price, reasons_between, steps_of
from billing.quotes.rules.sentences import SENTENCES
from billing.sliding_scale.rules import NO_DISCOUNT
from tests.billing.quotes.test_waterfall import (
    HALF,
    _sessions,
    courses,
    covered,
    discounts,
    patient,
    plans,
    subsidies,
)
from workers.kernel.money import dollars

NAMED = replace(HALF, programme_version="standard/2026-03", guideline_version="2026-01-13/contiguous")


def _steps(course, discount, plan, subsidy=None):
    return [
        steps_of(line, discount, plan, price_version="clinic/2026-03-02", fund_version="fund")
        for line in price(course, discount, plan, subsidy_cents=subsidy).lines
    ]


def test_a_line_is_explained_in_the_order_of_the_waterfall():
    [steps] = _steps(_sessions(45_000), NAMED, covered(deductible=2_500))
    assert [step.en for step in steps] == [
        "The clinic's list price for this session is $450.00.",
        "Your income takes $225.00 off: 50 % on the sliding scale.",
        "$25.00 of it counts toward your plan's deductible of $25.00 a year, and is yours to pay.",
        "Your employer's plan pays 60 % of the $200.00 that is left: $120.00.",
        "You pay $105.00.",
    ]
    assert [step.es for step in steps][-1] == "Usted paga $105.00."
    assert [(step.rule, step.version, step.cents) for step in steps] == [
        ("list_price", "clinic/2026-03-02", 45_000),
        ("sliding_discount", "standard/2026-03; 2026-01-13/contiguous", 22_500),
        ("deductible", "deductible/", 2_500),
        ("employer_percent", "plan", 12_000),
        ("member_share", "half-up/1", 10_500),
    ]


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        (NOTHING, "Your plan does not cover this kind of treatment, so your employer pays nothing."),
        (
            covered(cap=1_000),
            "The plan's limit of $10.00 a year leaves $10.00, so it pays $10.00.",
        ),
        (
            covered(dosing=Share(fixed_cents=5_000)),
            "Your employer's plan pays up to $50.00 for such a session: $50.00.",
        ),
        (
            covered(caps=(Cap(rule="session_cap", bucket="s", limit=6, used=6, kind="dosing"),)),
            "The plan pays for 6 such sessions a year, and they are used up: it pays $0.00.",
        ),
        (
            covered(caps=(Cap(rule="plan_session_cap", bucket="a", limit=4, used=4),)),
            "The plan pays for 4 sessions a year, and they are used up: it pays $0.00.",
        ),
        (
            covered(caps=(Cap(rule="lifetime_cap", bucket="l", limit=100_000, used=99_000),)),
            "The plan's limit of $1,000.00 for all years leaves $10.00, so it pays $10.00.",
        ),
    ],
)
def test_what_a_plan_does_not_pay_has_its_reason(plan, sentence):
    [steps] = _steps(_sessions(45_000), NO_DISCOUNT, plan)
    assert sentence in [step.en for step in steps]


@pytest.mark.parametrize(
    ("discount", "rule"),
    [
        (NO_DISCOUNT, "no_income"),
        (replace(NAMED, percent=0), "above_the_bands"),
        (replace(NAMED, nominal_cents=1_000), "sliding_discount_nominal"),
    ],
)
def test_a_discount_or_none_has_its_reason(discount, rule):
    [steps] = _steps(_sessions(45_000), discount, NOTHING)
    assert steps[1].rule == rule


def test_an_empty_fund_is_named():
    [steps] = _steps(_sessions(45_000), NAMED, NOTHING, subsidy=100)
    assert [(step.rule, step.version, step.cents) for step in steps][2] == ("subsidy_fund", "fund", 100)


@patient
@given(courses, discounts, plans, subsidies)
def test_every_figure_of_every_step_is_in_both_its_sentences(course, discount, plan, subsidy):
    for steps in _steps(_sessions(*course), discount, plan, subsidy):
        assert (steps[0].rule, steps[-1].rule) == ("list_price", "member_share")
        for step in steps:
            said = {name for _, name, _, _ in Formatter().parse(SENTENCES[step.rule][0]) if name}
            for name in said:
                figure = step.figures[name]
                told = dollars(figure) if name.endswith("_cents") else str(figure)
                assert told in step.en
                assert told in step.es


@pytest.mark.parametrize("pair", [*SENTENCES.values(), *REASONS.values()])
def test_both_languages_name_the_same_figures(pair):
    english, spanish = ({name for _, name, _, _ in Formatter().parse(text) if name} for text in pair)
    assert english == spanish
    assert pair[0] != pair[1]


@patient
@given(courses, discounts, plans, plans)
def test_the_lines_of_a_comparison_add_up_to_its_difference(course, discount, before, after):
    old, new = (price(_sessions(*course), discount, plan).lines for plan in (before, after))
    change = compare(old, new, [])
    for part, difference in change.difference.items():
        pairs = [(line.before, line.after) for line in change.lines if line.before and line.after]
        assert len(pairs) == len(course)
        assert difference == sum(now[part] - then[part] for then, now in pairs)


def test_a_comparison_tells_what_became_of_each_session():
    old = price(_sessions(10_000, 20_000, 30_000), NO_DISCOUNT, covered()).lines
    new = price([*_sessions(10_000, 20_000)[:1], *_sessions(0, 25_000, 0, 40_000)[1::2]], NO_DISCOUNT, covered()).lines
    change = compare(old, new, ["course"])
    assert [line.change for line in change.lines] == ["same", "changed", "removed", "added"]
    assert [line.en for line in change.lines] == [
        "You pay $40.00, as before.",
        "You pay $100.00 and not $80.00.",
        "This session is no longer part of the price: you would have paid $120.00.",
        "This session is new: you pay $160.00.",
    ]
    assert change.difference["member_cents"] == 6_000
    assert change.reasons[0]["es"] == "Las sesiones de su tratamiento han cambiado."


def test_each_reason_has_its_inputs():
    def known(declaration="d", discount=NAMED, version="plan", used=0):
        limit = {"bucket": "b", "limit": 5, "used": used}
        terms = {"version": version, "route_covered": True, "default": {}, "by_kind": {}}
        return {
            "declaration": {"id": declaration},
            "discount": asdict(discount),
            "terms": terms | {"deductible": limit, "caps": []},
        }

    lines = price(_sessions(10_000), HALF, NOTHING).lines
    other = price(_sessions(20_000), HALF, NOTHING).lines
    short = price(_sessions(10_000), HALF, NOTHING, subsidy_cents=1).lines
    newer = replace(NAMED, guideline_version="2027")
    assert reasons_between(known(), known(), lines, lines) == []
    assert reasons_between(known(), known(declaration="e"), lines, lines) == ["income"]
    assert reasons_between(known(), known(discount=newer), lines, lines) == ["guideline"]
    assert reasons_between(known(), known(version="other"), lines, lines) == ["plan"]
    assert reasons_between(known(), known(used=1), lines, lines) == ["limits"]
    assert reasons_between(known(), known(), lines, other) == ["course"]
    assert reasons_between(known(), known(), lines, short) == ["fund"]
