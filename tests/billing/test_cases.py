"""Every fault case of docs/design/billing.md has a test that is named after it."""

import re
from pathlib import Path

from config.local.state import PROJECT


def test_each_of_the_fault_cases_has_a_named_test() -> None:
    design = (PROJECT / "docs" / "design" / "billing.md").read_text()
    listed = design.partition("## Fault cases that must come out right")[2]
    cases = {int(number) for number in re.findall(r"(?:^|· )(\d+) ", listed.replace("\n", " ").strip())}
    assert cases == set(range(1, 39))
    tests = "".join(path.read_text() for path in Path(__file__).parent.rglob("test_*.py"))
    assert cases - {int(number) for number in re.findall(r"def test_case_(\d\d)_", tests)} == set()
