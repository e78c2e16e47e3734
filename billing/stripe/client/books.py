"""What the books ask of Stripe: invoices, transfers, payouts and balance transactions."""

from collections.abc import Iterator
from operator import attrgetter

from billing.stripe.client.speaking import MOST_LISTED, Json, answer, client, pages


def request(noun: str, verb: str, *ids: str, params: Json | None = None, key: str = "") -> Json:
    """Do `verb` ("create") on `noun` ("invoices") and return the answer; for invoices, transfers and payouts.

    A POST has an idempotency `key`; its parameters were stored beforehand.
    """
    call = getattr(attrgetter(noun)(client().v1), verb)
    return answer(lambda: call(*ids, params or {}, {"idempotency_key": key} if key else {}))


def listed(noun: str, *ids: str, params: Json) -> Iterator[Json]:
    """Yield every object of a list, newest first; page by page, for as long as the caller asks."""
    yield from pages(lambda: attrgetter(noun)(client().v1).list(*ids, {"limit": MOST_LISTED, **params}))
