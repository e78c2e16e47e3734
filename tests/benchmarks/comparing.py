"""What a comparison is: measures with their limits, two sides that are run in turn, and the figures that come out."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tests.benchmarks.bench import Bench

Figures = tuple[float, ...]
Side = Callable[[], Figures]
Summary = dict[str, object]
Sides = AbstractContextManager[tuple[Side, Side]]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One figure: `required` is the limit of the ratio ours / reference, None where none is promised."""

    name: str
    unit: str
    better: Literal["higher", "lower"]
    required: float | None

    def is_met(self, ratio: float) -> bool:
        """Whether a ratio keeps the limit."""
        if self.required is None:
            return True
        return ratio >= self.required if self.better == "higher" else ratio <= self.required


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two sides, each giving one figure per measure every time it is called.

    `prepare` is a context manager around all the runs. `only_by_name` ones take minutes: they run when asked for.
    """

    measures: tuple[Measure, ...]
    pairs: int
    warm_ups: int
    only_by_name: bool
    prepare: Callable[["Bench"], Sides]

    def is_asked_for(self, only: str) -> bool:
        """Whether `only` ("", "engine", "engine.effects_per_s" or the beginning of a name) means this one."""
        names = [measure.name for measure in self.measures if measure.name.startswith(only)]
        return bool(names) and (not self.only_by_name or only.partition(".")[2] != "")


class NothingMeasured(Exception):
    """A side gave no figure that another could be compared with."""


comparisons: list[Comparison] = []


def compare(
    *measures: Measure, pairs: int, warm_ups: int = 1, only_by_name: bool = False
) -> Callable[[Callable[["Bench"], Sides]], Callable[["Bench"], Sides]]:
    """Register a context manager that yields (ours, reference) as a comparison of `pairs` runs each."""

    def register(prepare: Callable[["Bench"], Sides]) -> Callable[["Bench"], Sides]:
        comparisons.append(
            Comparison(measures=measures, pairs=pairs, warm_ups=warm_ups, only_by_name=only_by_name, prepare=prepare)
        )
        return prepare

    return register


def run_pairs(ours: Side, reference: Side, *, pairs: int, warm_ups: int) -> list[tuple[Figures, Figures]]:
    """Run the sides in turn, every other pair the other way round, so that neither gains by a machine that drifts."""
    for _ in range(warm_ups):
        ours(), reference()
    results = []
    for number in range(pairs):
        if number % 2:
            theirs = reference()
            results.append((ours(), theirs))
        else:
            results.append((ours(), reference()))
    return results


def summarise(measures: tuple[Measure, ...], results: list[tuple[Figures, Figures]]) -> dict[str, Summary]:
    """Return what `make bench` prints of each measure (docs/contract.md): medians, and the median of the ratios.

    Raises NothingMeasured when a reference is not above zero.
    """
    return {
        measure.name: _summary(measure, [(ours[index], reference[index]) for ours, reference in results])
        for index, measure in enumerate(measures)
    }


def _summary(measure: Measure, pairs: list[tuple[float, float]]) -> Summary:
    if any(reference <= 0 for _, reference in pairs):
        raise NothingMeasured(f"{measure.name}: the reference gave {[reference for _, reference in pairs]}.")
    ratio = median(ours / reference for ours, reference in pairs)
    return {
        "ours": _rounded(median(ours for ours, _ in pairs)),
        "reference": _rounded(median(reference for _, reference in pairs)),
        "ratio": _rounded(ratio),
        "better": measure.better,
        "required": measure.required,
        "ok": measure.is_met(ratio),
    }


def _rounded(value: float) -> float:
    """Four digits that mean something."""
    return float(f"{value:.4g}")


def percentile(values: list[float], percent: float) -> float:
    """Return the value that `percent` of `values` do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, ceil(len(ranked) * percent / 100) - 1)]
