"""Data files are checked as they are loaded; everything wrong is named at once, each with its line."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referrals.screening import queries
from referrals.screening.rules.consents import ConsentKind
from referrals.screening.rules.data_files import BadDataFile
from referrals.screening.rules.questionnaires import Result
from referrals.screening.rules.reading import read_consents, read_questionnaire

NAME = f"{queries.CURRENT}.yaml"
DATA = Path(queries.__file__).parent / "data"
TEXT = (DATA / "questionnaires" / NAME).read_text("utf-8")
CONSENTS = (DATA / "consents.yaml").read_text("utf-8")


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def faults_of(text: str) -> list[str]:
    with pytest.raises(BadDataFile) as refusal:
        read_questionnaire(NAME, text)
    return str(refusal.value).splitlines()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kind: scale", "kind: sclae", "'sclae' is none of yes_no, scale"),
        ("leads_to: urgent", "leads_to: reject", "'reject' is none of clinician_review, urgent"),
        ("leads_to: urgent", "leads_to: proceed", "'proceed' is none of clinician_review, urgent"),
        ("found_by: [1, 2, 3]", "found_by: [1, 2, 4]", "scale is answered by 0, 1, 2, 3"),
        ("found_by: [true]", 'found_by: ["yes"]', "needs true or false"),
        ("required: true", "required: 1", "needs true or false"),
        ("effective_on: 2026-01-01", "effective_on: 2026-02-31", "needs a date as 2026-01-31"),
        ("effective_on: 2026-01-01", "effective_on: soon", "needs a date as 2026-01-31"),
        ('en: "Your safety"', 'en: "  "', "needs a text"),
        ('en: "Your safety"', 'fr: "Votre sécurité"', "there is no field 'fr' here; there are en, es"),
        ("        substance_use: true", "        substance_ues: true", "there is no field 'substance_ues' here"),
        ("{from: 10, name: moderate}", "{from: 4, name: moderate}", "bands begin at 0 and rise"),
        ("{from: 20, name: severe}", "{from: 28, name: severe}", "none above 27"),
        ("id: readiness.2026-01", "id: readiness.2026-09", "the file of this version is called readiness.2026-09.yaml"),
    ],
)
def test_a_fault_is_named_with_its_line(old: str, new: str, message: str) -> None:
    [fault, *_] = faults_of(TEXT.replace(old, new, 1))
    assert fault.startswith(f"{NAME}:{line_of(TEXT, old)}: ")
    assert message in fault


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        ("        leads_to: urgent\n", "found_by and leads_to go together"),
        (
            '        source: "docs/facts.md, \\"Who it is for, and who needs a clinician first\\": under 18"\n',
            "'source' is missing",
        ),
        ("    required: true\n", "'required' is missing"),
        ('      - {en: "Not at all", es: "Ningún día"}\n', "a scale needs 4 labels"),
    ],
)
def test_what_is_missing_is_named(gone: str, message: str) -> None:
    assert gone in TEXT
    assert any(message in fault for fault in faults_of(TEXT.replace(gone, "", 1)))


def test_all_faults_are_named_at_once_in_the_order_of_their_lines() -> None:
    broken = TEXT.replace("leads_to: urgent", "leads_to: reject").replace("id: mania", "id: suicidality")
    faults = faults_of(broken.replace("required: true", "required: maybe"))
    lines = [int(fault.split(":")[1]) for fault in faults]
    assert len(faults) == 4
    assert lines == sorted(lines)
    assert any("the id 'suicidality' is used 2 times" in fault for fault in faults)


@pytest.mark.parametrize("text", ["", "- 1", "id: [", "a: b: c", "\x00", "id: 7\n" * 2])
def test_what_is_no_questionnaire_at_all_is_refused(text: str) -> None:
    assert faults_of(text)


@settings(max_examples=40)  # each reads the whole file
@given(st.integers(0, TEXT.count("\n")), st.sampled_from(["", "x", "- {}", "  id: 7", "items: []"]))
def test_a_spoiled_line_is_refused_or_harmless_and_never_a_crash(number: int, put: str) -> None:
    lines = TEXT.split("\n")
    lines[number] = put
    with suppress(BadDataFile):
        assert all(item.leads_to in Result for item in read_questionnaire(NAME, "\n".join(lines)).items)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kind: clinic", "kind: clinics", "'clinics' is none of screening, clinic, substance_use"),
        ("days: 730", "days: 0", "holds for one day at least"),
        ("kind: clinic", "kind: screening", "screening 2026-01 is there twice"),
        ("kind: clinic", "kind: screening", "no consent of the kind clinic"),
    ],
)
def test_a_fault_in_the_consents_is_named(old: str, new: str, message: str) -> None:
    with pytest.raises(BadDataFile) as refusal:
        read_consents("consents.yaml", CONSENTS.replace(old, new, 1))
    assert message in str(refusal.value)


def test_the_last_text_of_a_kind_is_in_force() -> None:
    entry = CONSENTS[CONSENTS.index("  - kind: clinic") : CONSENTS.index("  - kind: substance_use")]
    texts = read_consents("consents.yaml", CONSENTS + entry.replace("2026-01", "2026-05"))
    assert texts.in_force(ConsentKind.CLINIC).version == "2026-05"
    assert texts.of("clinic", "2026-01").days == 365


def test_the_consent_to_substance_use_says_what_the_regulation_asks_for() -> None:
    """42 CFR 2.31(a): who, what, to whom, for what, revocation, expiry, redisclosure."""
    text = queries.get_consents().in_force(ConsentKind.SUBSTANCE_USE).text["en"]
    for words in ("benefit team", "alcohol", "clinic that accepts", "treatment", "take it back", "one year", "HIPAA"):
        assert words in text


@pytest.mark.parametrize("read", [lambda: queries.get_questionnaire(queries.CURRENT), queries.get_consents])
def test_every_text_exists_in_both_languages_and_differs(read: Any) -> None:
    found = list(texts_in(read()))
    assert found
    assert all(text["en"].strip() and text["es"].strip() and text["en"] != text["es"] for text in found)


def texts_in(node: Any) -> Iterator[dict[str, str]]:
    """Every pair of texts below a node."""
    if isinstance(node, dict):
        yield node
    elif isinstance(node, tuple):
        for one in node:
            yield from texts_in(one)
    elif is_dataclass(node):
        for field in fields(node):
            yield from texts_in(getattr(node, field.name))


def test_every_item_has_its_source() -> None:
    items = queries.get_questionnaire(queries.CURRENT).items
    assert len(items) == 26
    assert all("docs/facts.md" in item.source for item in items if item.leads_to != Result.PROCEED)
    assert [item.id for item in items if item.is_substance_use] == ["substance_use"]
