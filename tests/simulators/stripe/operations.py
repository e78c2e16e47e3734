"""What an API operation is: its route, its parameters as the SDK declares them, and the function that does
it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.simulators.stripe.errors import invalid, not_simulated
from tests.simulators.stripe.json_types import Json
from tests.simulators.stripe.simulation import Simulation

_LIST_PARAMS = frozenset({"limit", "starting_after", "ending_before", "created", "expand"})


@dataclass(frozen=True)
class Call:
    """One request on its way through an operation: typed parameters, the ids in its path, who asks."""

    simulation: Simulation
    params: Json
    ids: dict[str, str] = field(default_factory=dict)
    publishable: bool = False

    def param(self, name: str, default: Any = None) -> Any:
        """Return a parameter, or the default where it was left out."""
        return self.params.get(name, default)


@dataclass(frozen=True)
class Operation:
    """One route. `params` names a class of `stripe.params`; `simulated` the part that is acted on.

    What Stripe knows and `simulated` lacks is refused in plain words instead of being ignored. `publishable`
    operations also take a `pk_test_…` key together with the object's client secret.
    """

    method: str
    path: str
    params: str
    run: Callable[[Call], Json]
    simulated: frozenset[str] = frozenset()
    publishable: bool = False
    secret_only: frozenset[str] = frozenset()

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The path as an expression with a named group for each id."""
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path))

    @property
    def noun(self) -> str:
        """The object that is answered (or listed): the last plural in the path, in the singular."""
        return [step for step in self.path.split("/") if step.endswith("s")][-1].removesuffix("s")

    @property
    def is_list(self) -> bool:
        """Whether a list object is answered."""
        return self.method == "GET" and self.path.endswith("s")

    def check_simulated(self, params: Json) -> None:
        """Raise Refusal for a parameter that only real Stripe acts on."""
        for name in params:
            if name not in self.simulated and name != "expand":
                raise not_simulated(name)

    def check_publishable(self, params: Json) -> None:
        """Raise Refusal for a parameter that needs the secret key."""
        for name in params:
            if name in self.secret_only:
                raise invalid(f"The parameter '{name}' needs a secret key.", param=name, code="secret_key_required")


def names(text: str) -> frozenset[str]:
    """Return a set of parameter names written as one line."""
    return frozenset(text.split())


def listing(text: str = "") -> frozenset[str]:
    """Return the parameter names of a list operation: the cursors, and its own filters."""
    return _LIST_PARAMS | names(text)


def merge_metadata(obj: Json, change: Json | None) -> None:
    """Merge as Stripe does: given keys replace, emptied keys go, an emptied whole removes all."""
    if change is None:
        obj["metadata"] = {}
        return
    merged = {**obj["metadata"], **change}
    obj["metadata"] = {name: value for name, value in merged.items() if value != ""}
