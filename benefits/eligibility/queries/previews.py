"""What a staged change-set would do, person by person, for somebody who has to decide on it."""

from dataclasses import dataclass
from typing import Any

from benefits.eligibility.models import ChangeSet, StagedRow
from benefits.eligibility.rules.effects import WRITES
from benefits.enrollment.models import DESCRIBED, Member

MOST = 25  # people of each effect


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A row and what it does; `differs` is [(column, before, after)], empty where only an e-mail address does."""

    row: int
    effect: str
    employee_number: str
    name: str
    differs: list[tuple[str, Any, Any]]


def preview(change_set: ChangeSet) -> dict[str, list[Preview]]:
    """Return the first rows of each effect that changes something; empty once the rows are gone."""
    listed = {row: effect for effect in WRITES for row in change_set.diff.get("rows", {}).get(effect, [])[:MOST]}
    rows = list(StagedRow.objects.filter(change_set=change_set, row__in=listed).order_by("row"))
    numbers = [row.employee_number for row in rows]
    known = Member.objects.filter(employer_id=change_set.employer_id, employee_number__in=numbers, removed_at=None)
    members = {member.employee_number: member for member in known}
    found: dict[str, list[Preview]] = {effect: [] for effect in WRITES}
    for row in rows:
        found[listed[row.row]].append(_of(row, listed[row.row], members.get(row.employee_number)))
    return {effect: previews for effect, previews in found.items() if previews}


def _of(row: StagedRow, effect: str, member: Member | None) -> Preview:
    pairs = [(name, getattr(member, name, None), getattr(row, name)) for name in DESCRIBED] if member else []
    return Preview(
        row=row.row,
        effect=effect,
        employee_number=row.employee_number,
        name=f"{row.first_name} {row.last_name}",
        differs=[(name, before, after) for name, before, after in pairs if before != after],
    )
