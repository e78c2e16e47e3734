"""Every fault case of docs/design/billing.md has a test that is named after it, at the simulator in its own process."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from config.local.state import PROJECT

SIMULATED = {"world", "process"}  # the fixtures that start a simulator: stripe/conftest.py


def test_each_of_the_fault_cases_has_a_named_test() -> None:
    design = (PROJECT / "docs" / "design" / "billing.md").read_text()
    listed = design.partition("## Fault cases that must come out right")[2]
    cases = {int(number) for number in re.findall(r"(?:^|· )(\d+) ", listed.replace("\n", " ").strip())}
    assert cases == set(range(1, 39))
    tests = {case for path in Path(__file__).parent.rglob("test_*.py") for case in _cases_at_the_simulator(path)}
    assert cases - tests == set()


def _cases_at_the_simulator(path: Path) -> Iterator[int]:
    """The cases whose tests in a file take a fixture that has a simulator, be it by another one of the file."""
    functions = [each for each in ast.parse(path.read_text()).body if isinstance(each, ast.FunctionDef)]
    simulated = {"employer"} if path.name.startswith("test_stripe_") else set()  # invoices/conftest.py
    for function in functions:
        arguments = {argument.arg for argument in function.args.args}
        if arguments & (SIMULATED | simulated):
            simulated.add(function.name)
            yield from (int(number) for number in re.findall(r"^test_case_(\d\d)_", function.name))
