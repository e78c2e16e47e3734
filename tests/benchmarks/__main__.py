"""python -m tests.benchmarks [ONLY]   measure all, or the measures whose names begin with ONLY

Progress on stderr; the last line of stdout is one JSON object (docs/contract.md). Exit code 0 when everything could be
measured, whatever was found; 1 when something could not; 2 when nothing began.
"""

import importlib
import json
import os
import pkgutil
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack

import django
from django.db import connections

from config.local.failures import CannotStart
from config.local.processes import NotReady, ProcessDied
from config.local.servers import Servers
from tests.benchmarks import measures
from tests.benchmarks.bench import Bench, prepare_database
from tests.benchmarks.comparing import Comparison, Measure, Summary, comparisons, run_pairs, summarise
from tests.benchmarks.databases import temporary_database

DATABASE = "bench"
SETTINGS = "tests.benchmarks.settings"
# Nothing that a developer's environment may change: the machine's clock, loopback receivers.
FIXED = {"DJANGO_SETTINGS_MODULE": SETTINGS, "CLOCK_FILE": "", "DEBUG": "1", "PYTHONUNBUFFERED": "1"}


def main(arguments: Sequence[str]) -> int:
    """Measure what is asked for and print it."""
    only = arguments[0] if arguments else ""
    try:
        with ExitStack() as stack:
            return _measure(stack, only)
    except CannotStart as error:
        _say(str(error))
        return 2
    except (ProcessDied, NotReady) as error:
        _say(str(error))
        return 1


def _measure(stack: ExitStack, only: str) -> int:
    servers = stack.enter_context(Servers())
    environment = stack.enter_context(temporary_database(servers.environment() | FIXED, DATABASE))
    os.environ.update(environment)
    stack.callback(connections.close_all)  # before the database goes
    prepare_database(servers.group, environment)
    django.setup()
    bench = Bench(environment, servers.group, servers.state)
    chosen = [comparison for comparison in _find() if comparison.is_asked_for(only)]
    if not chosen:
        raise CannotStart(f"No measure begins with {only!r}; there are {', '.join(_names())}.")
    return _report([_attempt(bench, comparison) for comparison in chosen])


def _find() -> list[Comparison]:
    """Import every file under measures/."""
    for module in pkgutil.iter_modules(measures.__path__):
        importlib.import_module(f"{measures.__name__}.{module.name}")
    return comparisons


def _names() -> list[str]:
    return sorted(measure.name for comparison in comparisons for measure in comparison.measures)


def _attempt(bench: Bench, comparison: Comparison) -> dict[str, Summary] | None:
    """Run one comparison; what fails is named and leaves the others to go on."""
    names = ", ".join(measure.name for measure in comparison.measures)
    start = time.monotonic()
    try:
        with comparison.prepare(bench) as (ours, reference):
            results = run_pairs(ours, reference, pairs=comparison.pairs, warm_ups=comparison.warm_ups)
        figures = summarise(comparison.measures, results)
    except Exception as error:
        bench.group.check()
        _say(f"{names} could not be measured: {type(error).__name__}: {error}")
        return None
    for measure in comparison.measures:
        _say(_line(measure, figures[measure.name], time.monotonic() - start))
    return figures


def _line(measure: Measure, figure: Summary, seconds: float) -> str:
    limit = "" if measure.required is None else f" (required {measure.required})"
    return (
        f"{'ok ' if figure['ok'] else 'NOT'} {measure.name:<36} {figure['ours']:>9} {measure.unit} : "
        f"{figure['reference']:>9} = {figure['ratio']}{limit}, {measure.better} is better; {seconds:.0f} s"
    )


def _report(results: list[dict[str, Summary] | None]) -> int:
    print(json.dumps({name: figure for result in results if result for name, figure in result.items()}), flush=True)
    return 0 if all(result is not None for result in results) else 1


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
