"""Reading questionnaires, which are data files, and screenings."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from referrals.screening.models import Screening
from referrals.screening.rules import Item, Result
from workers.kernel.errors import NotFound

CURRENT = "readiness.2026-01"
_DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, kw_only=True)
class Questionnaire:
    """A questionnaire's version: its document, and its items as the rules read them."""

    document: dict[str, Any]
    items: tuple[Item, ...]

    def crisis_help(self, language: str) -> str:
        """Whom to call now."""
        return _in(language, self.document["crisis_help"])

    def in_language(self, language: str) -> dict[str, Any]:
        """The document for a reader of one language: titles, texts and labels as plain strings."""
        document = self.document
        return {
            "id": document["id"],
            "title": _in(language, document["title"]),
            "consent": {
                "version": document["consent"]["version"],
                "text": _in(language, document["consent"]["text"]),
            },
            "sections": [_section(section, language) for section in document["sections"]],
        }


@cache
def get_questionnaire(questionnaire_id: str) -> Questionnaire:
    """Return a version by its id. Raises NotFound."""
    path = _DATA / f"{questionnaire_id}.json"
    if path not in _DATA.iterdir():  # an id with slashes or dots names no other file
        raise NotFound("There is no such questionnaire.")
    document = json.loads(path.read_text("utf-8"))
    items = [_item(item, section) for section in document["sections"] for item in section["items"]]
    return Questionnaire(document=document, items=tuple(items))


def get_screening(screening_id: UUID) -> Screening:
    """Return a screening that the actor may see. Raises NotFound."""
    screening = Screening.objects.filter(pk=screening_id).first()
    if screening is None:
        raise NotFound("There is no such screening.")
    return screening


def list_urgent() -> QuerySet[Screening]:
    """Return the urgent screenings that no operator has taken up."""
    return Screening.objects.filter(result=Result.URGENT, acknowledged_at=None)


def list_disclosable_findings(screening: Screening) -> list[str]:
    """Return the findings that an accepting clinic may read: none about substance use.

    Those are disclosed only with a consent of their own and the redisclosure notice (42 CFR Part 2; docs/facts.md).
    """
    items = {item.id: item for item in get_questionnaire(screening.questionnaire).items}
    return [name for name in screening.assessment["findings"] if not items[name].is_substance_use]


def _item(item: dict[str, Any], section: dict[str, Any]) -> Item:
    return Item(
        id=item["id"],
        kind=item["kind"],
        section=section["id"],
        is_required=section["required"],
        found_by=tuple(item.get("found_by", ())),
        leads_to=Result(item.get("leads_to", Result.PROCEED)),
        is_substance_use=item.get("substance_use", False),
    )


def _section(section: dict[str, Any], language: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": section["id"],
        "title": _in(language, section["title"]),
        "required": section["required"],
        "items": [
            {"id": item["id"], "kind": item["kind"], "text": _in(language, item["text"])} for item in section["items"]
        ],
    }
    if "labels" in section:
        shown["intro"] = _in(language, section["intro"])
        shown["labels"] = [_in(language, label) for label in section["labels"]]
    return shown


def _in(language: str, texts: dict[str, str]) -> str:
    return texts.get(language, texts["en"])
