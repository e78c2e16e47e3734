"""One simulator process for each module; a fresh database and simulator state for each test that asks for `world`."""

from tests.billing.stripe.conftest import inbox, process, world

__all__ = ["inbox", "process", "world"]
