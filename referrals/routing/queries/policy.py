"""The policy, which is a data file; decisions carry the version they were made by."""

from functools import cache
from pathlib import Path

import msgspec

from referrals.routing.rules.policy import Policy

CURRENT = "2026-02"
_DATA = Path(__file__).parents[1] / "data"


@cache
def get_policy() -> Policy:
    """Return the policy in force."""
    return msgspec.json.decode((_DATA / f"policy.{CURRENT}.json").read_bytes(), type=Policy)
