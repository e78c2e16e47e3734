"""What a plan pays for a course, and what is left of each of its limits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from workers.kernel.money import share

SESSION_CAPS = ("session_cap", "plan_session_cap")  # count sessions and not cents: of a kind, of all kinds
NO_LIMIT = 2**53  # what a limit is counted against where a plan has none: more cents than there are dollars


@dataclass(frozen=True, kw_only=True)
class Share:
    """An employer's contribution to one session: a percentage of what is left of the fee, or cents of it at most."""

    percent: int | None = None
    fixed_cents: int | None = None

    def of(self, cents: int) -> int:
        """Return the part of `cents`: half a cent is rounded up."""
        if self.fixed_cents is not None:
            return min(cents, self.fixed_cents)
        return share(cents, self.percent or 0)


@dataclass(frozen=True, kw_only=True)
class Cap:
    """A limit of a plan: cents, or sessions where `rule` is one of SESSION_CAPS; of one `kind` of session or, "", all.

    `bucket` names what it is counted in; `used` is what agreed prices have taken of it before.
    """

    rule: str
    bucket: str
    limit: int
    used: int
    kind: str = ""

    @property
    def left(self) -> int:
        """What is left; a plan with lower limits than the one before may leave nothing."""
        return max(0, self.limit - self.used)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """A plan for one course: `by_kind` in place of `default`, the deductible and the caps with what is left of them.

    `version` names the plan and its year. Where the route is not covered, the plan pays nothing, and nothing counts
    toward its deductible.
    """

    version: str
    route_covered: bool
    default: Share
    by_kind: Mapping[str, Share] = field(default_factory=dict)
    deductible: Cap
    caps: tuple[Cap, ...] = ()

    def share_for(self, kind: str) -> Share:
        """The contribution to sessions of a kind."""
        return self.by_kind.get(kind, self.default)

    def caps_for(self, kind: str) -> list[Cap]:
        """The caps that limit sessions of a kind."""
        return [cap for cap in self.caps if cap.kind in ("", kind)]

    def limits(self) -> Iterable[Cap]:
        """Every limit, the deductible's too."""
        return (self.deductible, *self.caps)


NOTHING = Terms(
    version="",
    route_covered=False,
    default=Share(percent=0),
    deductible=Cap(rule="deductible", bucket="", limit=0, used=0),
)


def buckets(*, plan_id: UUID, employer_id: UUID, year: object, kinds: Iterable[str]) -> dict[tuple[str, str], str]:
    """Return the names of all that a plan may count in a plan year (its first day), by (rule, kind of session).

    The lifetime is of the employer's plans together; all else begins anew with each plan and each of its years.
    """
    here = f"{plan_id}/{year}"
    names = {
        ("deductible", ""): f"deductible/{here}",
        ("annual_cap", ""): f"annual/{here}",
        ("lifetime_cap", ""): f"lifetime/{employer_id}",
        ("plan_session_cap", ""): f"all-sessions/{here}",
    }
    for kind in kinds:
        names["kind_cap", kind] = f"kind/{kind}/{here}"
        names["session_cap", kind] = f"sessions/{kind}/{here}"
    return names
