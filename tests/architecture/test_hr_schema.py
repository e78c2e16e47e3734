"""No word of health, care or money for care is in any schema that HR's endpoints reach (docs/design/security.md 13)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from tests.architecture.test_access_matrix import read as access_matrix

WORDS = frozenset(
    (  # noqa: SIM905 - a list of words
        "referral referrals screening screenings questionnaire course courses session sessions clinic clinics offer "
        "offers request diagnosis condition conditions finding findings symptom score phq gad protocol route routes "
        "dose dosing ketamine therapy treatment medication urgent crisis quote quotes price prices payment payments "
        "instalment instalments charge charges charged claim claims income band household declaration activated "
        "activation activate active invited invitation signed login used usage utilization care health"
    ).split()
)
# Words that say nothing of a member's care, each with its reason.
INNOCENT = {
    ("/api/v1/me/", "clinic_id"): "the clinic that a member of its staff works for; null for everybody else",
}
_SIGNED = "a term of the contract that the employer signed, the same whoever uses it"
INNOCENT |= {
    (path, name): _SIGNED
    for path in ("/api/v1/plans/", "/api/v1/plans/{employer_plan_id}/")
    for name in ("covered_routes", "session_kind", "sessions_per_year")
}
_PROPOSED = "a term that the employer proposes, of the same kinds"
INNOCENT |= {
    ("/api/v1/plans/{employer_plan_id}/renew/", name): _PROPOSED
    for name in ("covered_routes", "session_kind", "sessions_per_year", "dosing")
}
_TOKENS = "/api/v1/scim-tokens/"
INNOCENT |= {
    (_TOKENS + path, "last_used_at"): "when the employer's own identity provider last asked; no member is behind it"
    for path in ("", "{scim_token_id}/", "{scim_token_id}/rotate/", "{scim_token_id}/revoke/")
}
HR_COLUMN = 1  # of the answers in access_matrix.csv: anonymous, hr_admin, …


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return dict(SchemaGenerator().get_schema(request=None, public=True))


def hr_operations() -> list[tuple[str, str]]:
    """(path, method) of every operation that answers HR with 2xx, by the access matrix."""
    about_the_api = ("api/v1/schema/", "api/v1/docs/")
    found = {
        ("/" + re.sub(r"<uuid:(\w+)>", r"{\1}", path), method.lower())
        for (method, path, _), answers in access_matrix().items()
        if answers[HR_COLUMN].startswith("2") and path.startswith("api/") and path not in about_the_api
    }
    assert len(found) >= 7
    return sorted(found)


@pytest.mark.parametrize(("path", "method"), hr_operations())
def test_no_word_of_care_is_reachable(document: dict[str, Any], path: str, method: str) -> None:
    names = set(reachable(document, document["paths"][path][method], frozenset()))
    assert names
    telling = {name for name in names if WORDS & set(re.findall(r"[a-z]+", name.lower()))}
    assert {name for name in telling if (path, name) not in INNOCENT} == set()


def test_the_words_are_found_where_they_are(document: dict[str, Any]) -> None:
    """An employee's operations do speak of care: the walk sees properties, parameters and choices."""
    asked = (("/api/v1/courses/{course_id}/", "get"), ("/api/v1/referrals/", "post"))
    names = {
        name for path, method in asked for name in reachable(document, document["paths"][path][method], frozenset())
    }
    assert {"course_id", "referral_id", "sessions", "screening_id", "sublingual"} <= names


def reachable(document: dict[str, Any], node: Any, seen: frozenset[str]) -> Iterator[str]:
    """Names of properties, parameters and schemas, and the values of choices, below a node, references followed."""
    if isinstance(node, list):
        for each in node:
            yield from reachable(document, each, seen)
    if not isinstance(node, dict):
        return
    if (reference := node.get("$ref")) and reference not in seen:
        name = reference.rpartition("/")[2]
        yield from reachable(document, document["components"]["schemas"][name], seen | {reference})
    yield from node.get("properties", {})
    yield from (str(value) for value in node.get("enum", ()))
    if "in" in node and "name" in node:
        yield node["name"]
    for key, value in node.items():
        if key not in ("description", "summary", "tags", "operationId", "security"):
            yield from reachable(document, value, seen)
