"""Which e-mails there are: each template's kind, and samples of what it is filled with.

An app declares its own in <app>/templates/<app>/mail/mails.json: {name: {"kind": …, "samples": [{…}, {…}]}}. The first
sample has every value that the template needs; a further one changes some of them, to show another branch. Kinds are in
data/kinds.json.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
from django.apps import apps

LANGUAGES = ("en", "es")
_KINDS = Path(__file__).parent / "data" / "kinds.json"


class MissingValue(ValueError):
    """An e-mail would have a hole: its template needs a value that was not given, or is empty."""


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What e-mails have in common: may their reader do without them, and are they sent again in doubt.

    In doubt is one that a process was sending when it died, or that the server never answered for: `again` sends it a
    second time under the same Message-ID, `hold` lets it wait for the provider's word or a person. `why` says why.
    """

    title: dict[str, str]
    is_optional: bool
    in_doubt: Literal["again", "hold"]
    why: str


class Mail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One template: its kind, and what it is filled with by way of example.

    `owed_to_estate` says why it is sent though its reader died before; "" for all that is withdrawn then.
    """

    kind: str
    samples: tuple[dict[str, Any], ...]
    owed_to_estate: str = ""

    @property
    def contexts(self) -> Iterator[dict[str, Any]]:
        """The samples, each whole."""
        return (self.samples[0] | sample for sample in self.samples)

    def check(self, given: Mapping[str, object]) -> None:
        """Raise MissingValue for a value that is missing, or empty where no sample is."""
        may_be_empty = {name for sample in self.samples for name, value in sample.items() if value in ("", None)}
        needed = {name for name in self.samples[0] if name not in may_be_empty}
        holes = sorted(name for name in needed if given.get(name) in ("", None))
        if holes or self.samples[0].keys() - given.keys():
            missing = sorted({*holes, *(self.samples[0].keys() - given.keys())})
            raise MissingValue(f"It needs {', '.join(missing)}.")


@cache
def list_kinds() -> dict[str, Kind]:
    """Return every kind by its name. Raises msgspec.ValidationError for a malformed file."""
    return msgspec.json.decode(_KINDS.read_bytes(), type=dict[str, Kind])


@cache
def list_mails() -> dict[str, Mail]:
    """Return every e-mail of every app by its template ("billing/receipt").

    Raises msgspec.ValidationError for a malformed file.
    """
    return {
        f"{app.label}/{name}": _with_instants(mail)
        for app in apps.get_app_configs()
        for name, mail in _read(Path(app.path) / "templates" / app.label / "mail" / "mails.json").items()
    }


def get_kind(template: str) -> str:
    """Return the name of a template's kind. Raises KeyError for a template that is not declared."""
    return list_mails()[template].kind


def is_owed_to_estate(template: str) -> bool:
    """Whether an e-mail is sent though its reader died before. Raises KeyError for a template that is not declared."""
    return bool(list_mails()[template].owed_to_estate)


def holds_in_doubt(kind: str) -> bool:
    """Whether an e-mail of this kind waits when it is in doubt; one of no known kind is sent again."""
    return kind in list_kinds() and list_kinds()[kind].in_doubt == "hold"


def is_optional(kind: str) -> bool:
    """Whether a reader may do without e-mails of this kind."""
    return kind in list_kinds() and list_kinds()[kind].is_optional


def _read(path: Path) -> dict[str, Mail]:
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Mail]) if path.exists() else {}


def _with_instants(mail: Mail) -> Mail:
    return msgspec.structs.replace(mail, samples=tuple(_instants(sample) for sample in mail.samples))


def _instants(value: Any) -> Any:
    """JSON knows no instants: "2026-03-14T15:00:00+00:00" is one."""
    if isinstance(value, dict):
        return {name: _instants(one) for name, one in value.items()}
    if isinstance(value, str) and "T" in value and value.endswith("+00:00"):
        return datetime.fromisoformat(value)
    return value
