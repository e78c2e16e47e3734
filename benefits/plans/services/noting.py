"""Who changed which plan, and how: rows of the employer's own history."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from benefits.employers.services import record
from benefits.plans.models import Plan


class PlanChange(StrEnum):
    """What can happen to a plan."""

    DRAFTED = "plan_drafted"
    PROPOSED = "plan_proposed"
    DECLINED = "plan_declined"
    CHANGED = "plan_changed"
    DISCARDED = "plan_discarded"
    AGREED = "plan_agreed"
    ENDED = "plan_ended"


def described(plan: Plan) -> dict[str, Any]:
    """All of a plan's terms, as JSON."""
    terms: dict[str, Any] = msgspec.to_builtins(plan.terms())
    return terms


def note(
    plan: Plan,
    change: PlanChange,
    *,
    by: UUID | None,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Record a change; where there is a before and an after, only what differs."""
    old, new = msgspec.to_builtins(dict(before or {})), msgspec.to_builtins(dict(after or {}))
    same = {name for name in old if name in new and old[name] == new[name]}
    record(
        employer_id=plan.employer_id,
        change=change,
        subject_id=plan.pk,
        before={name: value for name, value in old.items() if name not in same},
        after={name: value for name, value in new.items() if name not in same},
        by=by,
        now=now,
    )
