"""The file of a protocol: everything wrong is told at once, by line; what is right fits the published schema."""

from contextlib import suppress
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from referrals.protocols.queries import list_protocols
from referrals.protocols.rules.protocols import Protocol
from referrals.protocols.rules.reading import read_protocol, schema
from referrals.screening.rules.data_files import BadDataFile
from tests.factories.courses import PROTOCOLS, protocol_file

FILES = sorted(PROTOCOLS.glob("*.yaml"))


def faults(text: str) -> list[tuple[int, str]]:
    with pytest.raises(BadDataFile) as refusal:
        read_protocol("protocol.yaml", text)
    return [(fault.line, fault.message) for fault in refusal.value.faults]


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_our_own_files_fit_the_published_schema_and_their_names(path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(yaml.safe_load(path.read_text()), schema())
    protocol = read_protocol(path.name, path.read_text())
    assert path.stem == f"{protocol.id}.{protocol.version}"


def test_the_three_protocols_are_there_with_the_windows_that_sources_state() -> None:
    windows = {protocol.id: protocol.windows() for protocol in list_protocols()}
    assert windows == {"concurrent": ("S4",), "separated": ("S4", "S2", "S3"), "sequential": ()}


def test_everything_wrong_is_told_at_once_each_in_its_line() -> None:
    text = protocol_file(
        replaced={
            "minutes: 150": "minutes: soon",
            "times: 4": "times: 99",
            "same_day: forbidden": "same_day: never",
            "kind: follow_up": "kind: followup",
        }
    )
    found = faults(text)
    assert [line for line, _ in found] == [
        line_of(text, part) for part in ("minutes: soon", "times: 99", "same_day: never", "kind: followup")
    ]
    assert [message for _, message in found] == [
        "needs a whole number, got a text",
        "needs a whole number <= 24",
        "'never' is none of required, allowed, forbidden",
        "'followup' is none of consultation, preparation, dosing, integration, follow_up",
    ]


@pytest.mark.parametrize(
    ("former", "later", "says"),
    [
        ("least: 7, most: 14", "least: 15, most: 14", "the least (15 days) is more than the most (14 days)"),
        ("least: 7, most: 14", "least: 0, most: 14", "the least is 1 day"),
        ("from_hours: 24, to_hours: 48", "from_hours: 50, to_hours: 48", "it closes before it opens"),
        ("to_hours: 72, source: S3", "to_hours: 72, source: S2", "'S2' has a window already"),
        ("from_hours: 24, to_hours: 48", "from_hours: 0, to_hours: 2", "closes before another one can begin"),
        ("same_day: forbidden", "same_day: required", "the window opens when it is over"),
        ("    apart: {least: 7, most: 14, source: S1}\n", "", "4 sessions need `apart`"),
        ("after: {least: 14, most: 28, source: default}", "after: {least: 1, most: 2, source: S9}", "'S9' is not"),
        ("kind: dosing", "kind: consultation", "no step is of kind dosing"),
        ("[consultation, preparation]", "[follow_up]", "no step of kind follow_up comes before the first dosing"),
        ("sources:\n", 'sources:\n  S7: "nothing"\n', "no figure names 'S7'"),
        ("    times: 4\n", "    times: 4\n    times: 4\n", "'times' is given twice"),
        ("version: 1\n", "", "'version' is missing"),
        ("title:", "titel:", "there is no field 'titel' here"),
        ("minutes: 150", "minutes: [150]", "needs a single value here, not a list or a table"),
        ("id: separated", "id: Séparé", "needs"),
    ],
)
def test_each_contradiction_is_told_with_what_to_do(former: str, later: str, says: str) -> None:
    found = faults(protocol_file(replaced={former: later}))
    assert any(says in message for _, message in found), found


def test_a_series_that_cannot_fit_its_span_is_told() -> None:
    text = protocol_file("sequential", replaced={"least: 14, most: 21": "least: 30, most: 40"})
    assert (line_of(text, "span:"), "6 sessions 3 to 5 days apart take 16 to 26 days in all") in faults(text)


@pytest.mark.parametrize(
    "text",
    ["", "[", "- 1", "a: &a [*a]", "[" * 5_000, "id: \0", "x: !!python/object:os.system {}", "a" * 70_000, "&a *a"],
)
def test_what_is_no_protocol_at_all_is_refused_in_a_line(text: str) -> None:
    assert all(line >= 1 and message for line, message in faults(text))


@given(st.text(max_size=300))
def test_no_text_is_a_defect_of_ours(text: str) -> None:
    assert faults(text)


@given(st.data())
def test_a_changed_file_is_read_or_refused(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([path.read_text() for path in FILES]))
    since = data.draw(st.integers(0, len(text) - 1))
    until = data.draw(st.integers(since, min(len(text), since + 20)))
    changed = text[:since] + data.draw(st.text(max_size=10)) + text[until:]
    with suppress(BadDataFile):
        assert isinstance(read_protocol("protocol.yaml", changed), Protocol)
