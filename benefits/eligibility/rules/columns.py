"""Which column of a file is which of ours: by its name, or as the employer said once. Nothing is guessed."""

import re
from collections.abc import Mapping, Sequence

from benefits.eligibility.rules.cells import CHECKS, TOO_LONG
from benefits.eligibility.rules.faults import MOST_FAULTS, Unreadable, fault
from workers.kernel.words import Sentence
from workers.kernel.words import gettext_noop as _

COLUMNS = tuple(CHECKS)
REQUIRED = (
    "employee_number",
    "first_name",
    "last_name",
    "date_of_birth",
    "postal_code",
    "state",
    "hire_date",
    "employment_status",
)
# What a file of rejects has besides: it may be uploaded as it is handed out.
REJECT_COLUMNS = ("rejected_row", "rejected_because")
LEFT_OUT = ""
MOST_COLUMNS = 200
MOST_NAME = 100  # characters of a column's name
_MANY_COLUMNS = Sentence("A file has at most %(most)s columns.")
_UNKNOWN = Sentence("Remove this column, say which of ours it is, or give it one of these names: %(names)s.")
_SSN = re.compile(r"(^|_)(ssns?|soc_sec|social_?security|itin|tax_?id|tin|sin)(_|$)")


def named(header: Sequence[str]) -> list[str]:
    """Return names as they are compared: lower case, one underscore for what is neither letter nor digit."""
    return [re.sub(r"[^0-9a-z]+", "_", name.strip().lower()).strip("_") for name in header]


def match(header: Sequence[str], mapping: Mapping[str, str]) -> list[str]:
    """Return our column for each of a file's, LEFT_OUT for what is not read. Raises Unreadable with all that is wrong.

    `mapping` is {their name: our column or LEFT_OUT}; names that are ours need none.
    """
    if len(header) > MOST_COLUMNS:
        raise Unreadable(fault(1, "too_many_columns", _MANY_COLUMNS(most=MOST_COLUMNS)))
    ours = mapped(header, mapping)
    faults = [*_secret(header), *_unknown(header, ours), *_missing(ours), *_twice(ours)]
    if faults:
        raise Unreadable(*faults[:MOST_FAULTS])
    return ours


def mapped(header: Sequence[str], mapping: Mapping[str, str]) -> list[str]:
    """Return our column for each of a file's as far as they are known, LEFT_OUT for what is not read."""
    said = dict(zip(named(list(mapping)), mapping.values(), strict=True))
    return [said.get(name, LEFT_OUT if name in REJECT_COLUMNS else name) for name in named(header)]


def _secret(header: Sequence[str]) -> list[dict[str, object]]:
    why = _(
        "This looks like a Social Security or tax number. It is not needed, and is not to be sent: delete the column "
        "from the file; people are known by their employee number."
    )
    return [
        fault(1, "ssn_column", why, theirs[:MOST_NAME])
        for theirs, name in zip(header, named(header), strict=True)
        if _SSN.search(name)
    ]


def _unknown(header: Sequence[str], ours: Sequence[str]) -> list[dict[str, object]]:
    listed = ", ".join(COLUMNS)
    why = _UNKNOWN(names=listed)
    return [
        fault(1, "unknown_column", why, theirs[:MOST_NAME])
        for theirs, name in zip(header, ours, strict=True)
        if name not in (*COLUMNS, LEFT_OUT) and not _SSN.search(named([theirs])[0])
    ]


def _missing(ours: Sequence[str]) -> list[dict[str, object]]:
    return [fault(1, "missing_column", _("Add this column."), name) for name in REQUIRED if name not in ours]


def _twice(ours: Sequence[str]) -> list[dict[str, object]]:
    twice = [name for name in COLUMNS if ours.count(name) > 1]
    return [fault(1, "duplicate_column", _("Keep one column of this name."), name) for name in twice]


def wrong_mapping(mapping: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with a mapping, by their name."""
    wrong = {name: _("There is no such column.") for name, ours in mapping.items() if ours not in (*COLUMNS, LEFT_OUT)}
    wrong |= {name: _("A column has a name.") for name in mapping if not named([name])[0]}
    return wrong | {name: TOO_LONG(most=MOST_NAME) for name in mapping if len(name) > MOST_NAME}
