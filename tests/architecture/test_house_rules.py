"""Rules that the linter cannot see: who may ask the time, who may wait, who may speak to the network."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APPS = ("workers", "benefits", "referrals", "billing", "config")
SOURCES = [path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]

BANNED = {
    "the clock is workers/kernel/clock.py": (
        r"\b(datetime\.now|datetime\.utcnow|timezone\.now|date\.today|time\.time)\(|\bNow\(\)",
        {"workers/kernel/clock.py", "config/local/story/person.py"},  # and a person's phone
    ),
    "time lives in timers": (r"\b(eta=|countdown=|self\.retry\()", set()),
    "tasks are rung by bells": (r"\.(delay|apply_async)\(", {"workers/tasks.py"}),
    "NOTIFY serialises commits": (r"\bNOTIFY\b(?!_)", {"workers/kernel/bells.py"}),
    "no Django signals": (r"django\.(db\.models|core)\.signals|@receiver\b", set()),
    "nothing of this machine": (r"/work/|\.\./shared", set()),
}


@pytest.mark.parametrize("rule", BANNED)
def test_house_rule(rule):
    pattern, exempt = BANNED[rule]
    broken = [
        f"{name}:{number}: {line.strip()}"
        for path in SOURCES
        if (name := path.relative_to(ROOT).as_posix()) not in exempt
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(pattern, line)
    ]
    assert broken == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_stay_short(path):
    assert path.read_text().count("\n") <= 250, f"{path} is over 250 lines: split it by concern"
