"""The committed documents follow the code; what would break a reader is not written."""

import json
import re
from dataclasses import make_dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from workers.catalogue import files
from workers.catalogue.entries import Entry, Kind
from workers.catalogue.files import Documents, Incompatible, NotRetirable
from workers.catalogue.schemas import schema_of
from workers.catalogue.survey import Item, survey

MADE = "schemas/events/referrals.offer.made.v1.json"


@pytest.fixture
def documents(tmp_path: Path) -> Documents:
    found = Documents(tmp_path)
    found.write()
    return found


def declare(monkeypatch: pytest.MonkeyPatch, *items: Item) -> None:
    """Let the code declare other things than it does."""
    monkeypatch.setattr(files, "survey", lambda: list(items))


def event(name: str = "tests.made.v1", **fields: Any) -> Item:
    entry = Entry(kind=Kind.EVENT, name=name, declared=make_dataclass("Made", fields.items()))
    return Item(entry=entry, schema=schema_of(entry))


def test_what_was_written_is_up_to_date_and_writing_again_changes_nothing(documents: Documents) -> None:
    assert documents.outdated() == documents.refusals() == []
    assert documents.write() == []


@pytest.mark.parametrize("name", ["events.md", "asyncapi.json", MADE])
def test_an_edited_document_is_outdated_and_written_anew(documents: Documents, name: str) -> None:
    path = documents.root / name
    path.write_text(path.read_text() + "\n")
    assert documents.outdated() == [name]
    assert documents.write() == [name]


def test_an_incompatible_change_is_refused_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = Documents(tmp_path)
    declare(monkeypatch, event(number=int, word=str))
    documents.write()
    before = {path: path.read_text() for path in tmp_path.rglob("*.*")}
    declare(monkeypatch, event(number=str, word=str))
    with pytest.raises(Incompatible, match=r"tests\.made\.v1\.json: number: integer is not string"):
        documents.write()
    assert {path: path.read_text() for path in tmp_path.rglob("*.*")} == before


def test_a_name_vanishes_only_when_it_is_retired_and_never_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = Documents(tmp_path)
    declare(monkeypatch, event(), event("tests.kept.v1"))
    documents.write()
    with pytest.raises(NotRetirable):
        documents.retire("events/tests.made.v1", "still declared")
    declare(monkeypatch, event("tests.kept.v1"))
    assert documents.refusals() == [
        "schemas/events/tests.made.v1.json: nothing declares it any more; retire it (catalogue --retire), or keep it"
    ]
    documents.retire("events/tests.made.v1", "replaced by v2")
    documents.write()
    assert documents.refusals() == documents.outdated() == []
    assert "- `tests.made.v1`: replaced by v2" in (tmp_path / "events.md").read_text()
    marked = json.loads((tmp_path / "schemas/retired/events/tests.made.v1.json").read_text())
    assert marked["deprecated"] is True
    declare(monkeypatch, event(), event("tests.kept.v1"))
    [refusal] = documents.refusals()
    assert "this name was retired" in refusal


def test_a_new_version_stands_beside_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = Documents(tmp_path)
    declare(monkeypatch, event(number=int))
    documents.write()
    declare(monkeypatch, event(number=int), event("tests.made.v2", word=str))
    assert documents.write() == ["asyncapi.json", "events.md", "schemas/events/tests.made.v2.json"]


def test_inbound_messages_may_become_wider_and_outbound_ones_may_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = Documents(tmp_path)

    def told(kind: Kind, number: Any) -> Item:
        entry = Entry(kind=kind, name="told", declared=make_dataclass("Told", [("number", number)]))
        return Item(entry=entry, schema=schema_of(entry))

    declare(monkeypatch, told(Kind.INBOUND, int), told(Kind.OUTBOUND, int))
    documents.write()
    declare(monkeypatch, told(Kind.INBOUND, float), told(Kind.OUTBOUND, int))
    assert documents.refusals() == []
    declare(monkeypatch, told(Kind.INBOUND, int), told(Kind.OUTBOUND, float))
    [refusal] = documents.refusals()
    assert refusal.startswith("schemas/outbound/told.json: data.number: number is not integer")


def test_the_command_writes_checks_and_retires(tmp_path: Path, settings: Any, capsys: Any) -> None:
    settings.BASE_DIR = tmp_path
    with pytest.raises(CommandError, match="Outdated, run"):
        call_command("catalogue", check=True)
    call_command("catalogue", write=True)
    assert "docs/events.md" in capsys.readouterr().out
    call_command("catalogue", check=True)
    with pytest.raises(CommandError, match="still declared"):
        call_command("catalogue", retire=["events/referrals.offer.made.v1", "because"])
    left_over = tmp_path / "docs/schemas/events/tests.gone.v1.json"
    left_over.write_text("{}")
    with pytest.raises(CommandError, match="nothing declares it any more"):
        call_command("catalogue", check=True)
    call_command("catalogue", retire=["events/tests.gone.v1", "nobody heard it"])
    call_command("catalogue", check=True)


def test_the_maps_are_plain_mermaid(documents: Documents) -> None:
    """Nodes with quoted or plain labels, arrows, subgraphs: nothing that Mermaid could read otherwise."""
    maps = (documents.root / "events.md").read_text().split("```mermaid\n")[1:]
    lines = [line.strip() for text in maps for line in text.partition("\n```")[0].splitlines()]
    node = r'n_\w+(\[[\w.]+\]|\(\["?[\w.-]+"?\]\))?'
    arrow = r'(-->|-\.->)(\|("[\w.<>-]+"|\w+)\|)?'
    known = rf"flowchart LR|subgraph \w+|end|{node}|{node} {arrow} {node}"
    assert lines
    assert [line for line in lines if not re.fullmatch(known, line)] == []


def test_every_event_is_on_the_page_with_its_fields_and_its_people(documents: Documents) -> None:
    page = (documents.root / "events.md").read_text()
    for item in survey():
        part = page.partition(f"\n### {item.entry.name}\n")[2].partition("\n### ")[0]
        assert item.entry.meaning in part
        assert all(f"`{one.function}`" in part for one in item.announcements)
        assert all(f"`{one.reaction.consumer}`, lane `{one.reaction.lane}`" in part for one in item.hearings)
