"""dj-stripe as its documentation installs it, on PostgreSQL; runs in a virtualenv of its own, without our project.

`python -m tests.benchmarks.peers.dj_stripe` makes the tables and the endpoint; gunicorn serves `application`.
"""

import os
from typing import Any
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

from tests.benchmarks.peers.dj_stripe_endpoint import ACCOUNT, API_KEY, API_VERSION, SECRET, UUID


def _database() -> dict[str, Any]:
    parts = urlsplit(os.environ["DATABASE_OWNER_URL"])
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": parts.username,
        "PASSWORD": parts.password,
        "HOST": parts.hostname,
        "PORT": parts.port,
        "CONN_MAX_AGE": None,
    }


def _stripe() -> dict[str, str]:
    """Where a measure's Stripe listens, if it has one; in the version that this one speaks."""
    if "PEERS_CUSTOMER" not in os.environ:
        return {}
    return {"STRIPE_API_HOST": os.environ["STRIPE_API_BASE"], "STRIPE_API_VERSION": API_VERSION}


settings.configure(
    **_stripe(),
    SECRET_KEY="a peer's",
    ALLOWED_HOSTS=["*"],
    DATABASES={"default": _database()},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "djstripe"],
    ROOT_URLCONF="tests.benchmarks.peers.dj_stripe_urls",
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],  # for the answer's Content-Length
    # The tables as they are now, without the minute that their history takes.
    MIGRATION_MODULES={"djstripe": None, "auth": None, "contenttypes": None},
    USE_TZ=True,
    STRIPE_LIVE_MODE=False,
    STRIPE_TEST_SECRET_KEY=API_KEY,
    DJSTRIPE_FOREIGN_KEY_TO_FIELD="id",
    LOGGING={"version": 1, "root": {"level": "WARNING"}},
)
django.setup()
application = get_wsgi_application()


def prepare() -> None:
    """Make the tables, the endpoint for the requests, and the account that dj-stripe would ask Stripe for."""
    from djstripe.models import Account, APIKey, WebhookEndpoint  # noqa: PLC0415 - once Django is set up

    call_command("migrate", run_syncdb=True, verbosity=0)
    account = Account.objects.create(id=ACCOUNT, livemode=False)
    key, _ = APIKey.objects.get_or_create_by_api_key(API_KEY)
    APIKey.objects.filter(pk=key.pk).update(djstripe_owner_account=account)
    WebhookEndpoint.objects.create(
        id="we_peer",
        djstripe_uuid=UUID,
        djstripe_owner_account=account,
        secret=SECRET,
        url="http://127.0.0.1/",
        enabled_events=["*"],
    )
    if "PEERS_CUSTOMER" in os.environ:
        _know_payer()


def _know_payer() -> None:
    """The payer's Customer and payment method, so that no event makes it ask for them."""
    import stripe  # noqa: PLC0415 - dj-stripe's own
    from djstripe.models import Customer, PaymentMethod  # noqa: PLC0415

    options: dict[str, Any] = {"api_key": API_KEY, "stripe_version": API_VERSION}
    Customer.sync_from_stripe_data(stripe.Customer.retrieve(os.environ["PEERS_CUSTOMER"], **options))
    PaymentMethod.sync_from_stripe_data(stripe.PaymentMethod.retrieve(os.environ["PEERS_METHOD"], **options))


if __name__ == "__main__":
    prepare()
