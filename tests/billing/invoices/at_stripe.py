"""Our invoices as the simulator has them, and what a company does there."""

from billing.invoices.models import Invoice
from workers.kernel.actor import WORKER, acting_as


def invoices_at_stripe(world):
    """The invoices in the simulator, with its own items and payments."""
    return [one.to_dict() for one in world.bench.stripe.v1.invoices.list().data]


def fresh(invoice):
    """Our invoice as it is now."""
    with acting_as(WORKER):
        return Invoice.objects.get(pk=invoice.pk)


def pay_at_stripe(world, stripe_id):
    """The company pays on the hosted page, and we hear of it."""
    world.bench.order("invoices/pay", invoice=stripe_id)
    world.run()


def recover(world):
    """Give failed jobs their time."""
    for _ in range(12):
        world.advance(minutes=10)
        world.run()
