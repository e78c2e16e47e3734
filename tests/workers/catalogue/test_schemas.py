"""What a schema cannot say is refused where it is declared."""

from dataclasses import make_dataclass
from datetime import datetime
from typing import Annotated, Any

import pytest
from msgspec import Meta

from workers.catalogue.entries import Entry, Kind
from workers.catalogue.schemas import NoZone, schema_of

Moment = Annotated[datetime, Meta(tz=True)]


def entry(**fields: Any) -> Entry:
    return Entry(kind=Kind.EVENT, name="tests.shown.v1", declared=make_dataclass("Shown", fields.items()))


@pytest.mark.parametrize("kind", [datetime, list[datetime], datetime | None, dict[str, tuple[int, datetime]]])
def test_a_moment_without_a_zone_is_refused(kind: Any) -> None:
    """Its schema would be that of any text: changing a text into a moment would pass unseen."""
    inner = make_dataclass("Inner", [("at", kind)])
    for given in (kind, inner):
        with pytest.raises(NoZone, match=r"tests\.shown\.v1"):
            schema_of(entry(at=given))


@pytest.mark.parametrize("kind", [Moment, list[Moment], Moment | None])
def test_a_moment_with_a_zone_is_described(kind: Any) -> None:
    assert "date-time" in str(schema_of(entry(at=kind)))


def test_the_version_is_the_number_at_the_end_of_a_name() -> None:
    names = {"a.b.v2": 2, "referral.offered": 1, "a.b.v10": 10, "a.v2.b": 1}
    for name, version in names.items():
        assert Entry(kind=Kind.EVENT, name=name, declared=int).version == version
