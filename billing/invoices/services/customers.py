"""An employer's Customer at Stripe: an address to send invoices to, and our ids. External."""

from django.db.models import F

from billing.invoices.models import EmployerAccount
from billing.stripe import client
from billing.stripe.rules import metadata
from billing.stripe.services.setups import environment
from workers.kernel.actor import WORKER, acting_as


def customer_of(account: EmployerAccount) -> str:
    """Return the Customer's id; a second one made by accident owes nothing and is never used.

    Stripe sends an invoice only to a Customer with an address: an address for bills, which is no person's.
    """
    if account.customer_id:
        return account.customer_id
    mine = EmployerAccount.objects.filter(pk=account.pk)
    params = {
        "email": account.billing_email,
        "metadata": metadata(env=environment(), obj="employer", obj_uuid=account.pk),
    }
    try:
        key = f"employer-customer:{account.pk}:v{account.tries}"
        made = client.request("customers", "create", params=params, key=key)
    except client.OutcomeUnknown as error:
        if error.is_stored:
            with acting_as(WORKER):
                mine.filter(tries=account.tries).update(tries=F("tries") + 1)
        raise
    with acting_as(WORKER):
        mine.filter(customer_id="").update(customer_id=made["id"])
        return mine.get().customer_id
