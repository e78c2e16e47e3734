"""When the questions are asked, which is data (data/outcomes.json), and how scores moved."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

Follows = Literal["planned", "dosing", "closed"]


class Point(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One point of a course: `days` after what it `follows` (the plan, a dosing, the course's end), at a wall time.

    Without `at` it is asked at once. It may be answered for `days_open` days. `source` says why then.
    """

    point: str
    follows: Follows
    days: int
    at: time | None
    days_open: int
    source: str

    def due_at(self, followed_at: datetime, zone: ZoneInfo) -> datetime:
        """Return when it is asked (UTC); `at` is as clocks where the member lives show it."""
        if self.at is None:
            return followed_at + timedelta(days=self.days)
        day = followed_at.astimezone(zone).date() + timedelta(days=self.days)
        return datetime.combine(day, self.at, zone).astimezone(UTC)


class Outcomes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file: which sections of the questionnaire are asked, and the points."""

    sections: tuple[str, ...]
    points: tuple[Point, ...]


def new_token() -> str:
    """Return a fresh token of 256 random bits."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """Return what is kept of a token: its SHA-256."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def change_since_first(scores: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """Return how much each scale's last sum differs from its first one, where it has two; below zero is better."""
    found: dict[str, list[int]] = {}
    for one in scores:
        for scale, score in one.items():
            found.setdefault(scale, []).append(score)
    return {scale: sums[-1] - sums[0] for scale, sums in found.items() if len(sums) > 1}
