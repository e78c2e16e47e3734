"""Importing Stripe's movements and payouts. External: no transaction is open while Stripe is asked."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from billing.reconciliation import queries
from billing.reconciliation.models import StripeMovement, StripePayout
from billing.reconciliation.rules import OVERLAP, read_movement
from billing.stripe import client
from workers.kernel.actor import WORKER, acting_as

Json = dict[str, Any]
FIRST_LOOK_BACK = timedelta(days=90)
_AT_ONCE = 500


def import_movements(*, now: datetime) -> int:
    """Import every movement since the newest that we have, the cursor, and a little before; return how many are new."""
    since = _since(now)
    listed = client.listed("balance_transactions", params=_created(since) | {"expand": ["data.source"]})
    return _store(listed)


def _since(now: datetime) -> datetime:
    with acting_as(WORKER):
        newest = queries.newest_import()
    return newest - OVERLAP if newest else now - FIRST_LOOK_BACK


def _created(since: datetime) -> Json:
    return {"created": {"gte": int(since.timestamp())}}


def _store(listed: Iterable[Json], payout_id: str = "") -> int:
    """Write pages as they come, so that memory stays flat; a movement that we have is left as it is."""
    source, new = iter(listed), 0
    while page := [_row(one, payout_id) for one in islice(source, _AT_ONCE)]:
        with acting_as(WORKER):
            before = StripeMovement.objects.filter(pk__in=[row.pk for row in page]).count()
            StripeMovement.objects.bulk_create(page, ignore_conflicts=True)
        new += len(page) - before
    return new


def _row(transaction: Json, payout_id: str) -> StripeMovement:
    movement = read_movement(transaction)
    return StripeMovement(
        id=movement.id,
        type=movement.type,
        cents=movement.cents,
        fee_cents=movement.fee_cents,
        currency=movement.currency,
        source=movement.source,
        names=movement.names,
        created_at=datetime.fromtimestamp(movement.created_at, UTC),
        payout_id=payout_id,
    )


def import_payouts(*, now: datetime) -> list[str]:
    """Import payouts and which movements each paid out; return the ids of those that their movements do not explain."""
    unexplained = []
    for payout in client.listed("payouts", params=_created(now - FIRST_LOOK_BACK)):
        with acting_as(WORKER):
            is_done = queries.is_explained(payout["id"])
        if not is_done and payout.get("automatic", True) and not _explain(payout, now):
            unexplained.append(payout["id"])
    return unexplained


def _explain(payout: Json, now: datetime) -> bool:
    """Fetch a payout's movements and compare their sum with it, to the cent."""
    listed = list(client.listed("balance_transactions", params={"payout": payout["id"], "expand": ["data.source"]}))
    _store(listed, payout["id"])
    with acting_as(WORKER):
        ids = [one["id"] for one in listed]
        StripeMovement.objects.filter(pk__in=ids).update(payout_id=payout["id"])
        cents = queries.movements_cents(payout["id"])
        is_explained = bool(cents == payout["amount"])
        StripePayout.objects.update_or_create(
            id=payout["id"],
            defaults={"movements_cents": cents, "explained_at": now if is_explained else None},
            create_defaults={
                "cents": payout["amount"],
                "movements_cents": cents,
                "created_at": datetime.fromtimestamp(payout["created"], UTC),
                "explained_at": now if is_explained else None,
            },
        )
    return is_explained
