"""What `make bench` makes of the figures."""

import pytest

from tests.benchmarks.comparing import Comparison, Measure, NothingMeasured, percentile, run_pairs, summarise

FAST = Measure(name="engine.fast", unit="x/s", better="higher", required=2)
SHORT = Measure(name="engine.short", unit="ms", better="lower", required=1.5)
FREE = Measure(name="engine.free", unit="ms", better="lower", required=None)


def never(bench):
    """No run of these comparisons begins."""
    raise AssertionError


def summary(measure, pairs):
    [figure] = summarise((measure,), [((ours,), (reference,)) for ours, reference in pairs]).values()
    return figure


def test_the_ratio_is_the_median_of_the_pairs_and_not_the_ratio_of_the_medians():
    figure = summary(FAST, [(10, 1), (20, 10), (30, 10)])
    assert (figure["ours"], figure["reference"], figure["ratio"]) == (20, 10, 3)


@pytest.mark.parametrize(
    ("measure", "ours", "ok"),
    [(FAST, 20, True), (FAST, 19, False), (SHORT, 15, True), (SHORT, 16, False), (FREE, 1000, True)],
)
def test_the_limit_is_the_ratios_and_may_just_be_met(measure, ours, ok):
    assert summary(measure, [(ours, 10)])["ok"] is ok


def test_a_figure_has_exactly_what_the_contract_promises():
    assert list(summary(FREE, [(1, 1)])) == ["ours", "reference", "ratio", "better", "required", "ok"]


def test_a_reference_of_nothing_is_no_measurement():
    with pytest.raises(NothingMeasured, match=r"engine\.fast"):
        summary(FAST, [(1, 0)])


def test_sides_take_turns_after_one_warm_up_each():
    turns: list[str] = []

    def side(name, figure):
        def run():
            turns.append(name)
            return (figure,)

        return run

    results = run_pairs(side("ours", 1.0), side("reference", 2.0), pairs=3, warm_ups=1)
    assert "".join(name[0] for name in turns) == "or" + "or" + "ro" + "or"
    assert results == [((1.0,), (2.0,))] * 3


@pytest.mark.parametrize(
    ("only", "asked"),
    [
        ("", True),
        ("engine", True),
        ("engine.f", True),
        ("engine.short", True),
        ("receipts", False),
        ("engine.x", False),
    ],
)
def test_a_part_is_asked_for_by_the_beginning_of_its_name(only, asked):
    comparison = Comparison(measures=(FAST, SHORT), pairs=1, warm_ups=0, only_by_name=False, prepare=never)
    assert comparison.is_asked_for(only) is asked


@pytest.mark.parametrize(("only", "asked"), [("", False), ("engine", False), ("engine.", False), ("engine.f", True)])
def test_what_takes_minutes_runs_when_it_is_named(only, asked):
    comparison = Comparison(measures=(FAST,), pairs=1, warm_ups=0, only_by_name=True, prepare=never)
    assert comparison.is_asked_for(only) is asked


@pytest.mark.parametrize(("percent", "value"), [(50, 50), (99, 99), (100, 100), (0, 1)])
def test_percentile_is_by_nearest_rank(percent, value):
    assert percentile([float(number) for number in range(100, 0, -1)], percent) == value
