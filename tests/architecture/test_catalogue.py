"""Events and webhook messages: committed documents follow the code, and no name changes its meaning."""

import inspect
import re
from typing import Any

import pytest
from django.conf import settings

from workers.catalogue.entries import Kind
from workers.catalogue.files import Documents
from workers.catalogue.schemas import resolve
from workers.catalogue.survey import Item, survey

ITEMS = survey()
EVENTS = [item for item in ITEMS if item.entry.kind is Kind.EVENT]
DOCUMENTS = Documents(settings.BASE_DIR / "docs")


def named(items: list[Item]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("item", items, ids=lambda item: item.entry.key)


def test_no_name_changed_its_meaning_since_it_was_committed() -> None:
    """Give it a new version (`.v2`) and announce both for a while, or `manage.py catalogue --retire` what vanished."""
    assert DOCUMENTS.refusals() == []


def test_the_committed_documents_are_up_to_date() -> None:
    assert DOCUMENTS.outdated() == [], "run `manage.py catalogue --write`"


@named(EVENTS)
def test_an_event_is_named_by_its_app_with_a_version(item: Item) -> None:
    assert re.fullmatch(rf"{item.entry.app}\.[a-z-]+\.[a-z-]+\.v[1-9]\d*", item.entry.name)


@named(EVENTS)
def test_an_event_is_announced_by_somebody(item: Item) -> None:
    assert item.announcements


@named([item for item in ITEMS if item.entry.kind is Kind.INBOUND])
def test_an_inbound_message_is_applied_by_somebody(item: Item) -> None:
    assert item.announcements


@named(ITEMS)
def test_what_it_means_is_written_beside_it(item: Item) -> None:
    declared = item.entry.declared
    assert inspect.getdoc(declared)
    assert not item.entry.meaning.startswith(f"{declared.__name__}("), "dataclasses write that one themselves"
    silent = [path for path, schema in fields(item.schema, item.schema) if not schema.get("description")]
    assert silent in ([], ["data"])


def fields(schema: dict[str, Any], root: dict[str, Any], prefix: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Every field below a schema with its path."""
    found = []
    for name, field in schema.get("properties", {}).items():
        inner = resolve(field, root.get("$defs", {}))
        inner = resolve(inner.get("items") or inner, root.get("$defs", {}))
        found += [(f"{prefix}{name}", field), *fields(inner, root, f"{prefix}{name}.")]
    return found
