"""python -m tests.chaos.prepare: what a run needs in its database, and at Stripe, before the first fault.

Writes `clinics.json` and `members.json` into CHAOS_FOLDER.
"""

import json
import os
from pathlib import Path
from typing import Any
from uuid import UUID

import django

SUBJECTS, CLINICS, MEMBERS = 10_000, 4, 8


def main() -> None:
    """Fill the database; imports of models wait for the set-up."""
    django.setup()
    from tests.chaos.app.models import Subject  # noqa: PLC0415
    from workers.kernel.actor import Actor, Role, acting_as  # noqa: PLC0415

    folder = Path(os.environ["CHAOS_FOLDER"])
    with acting_as(Actor(role=Role.OPERATOR)):
        Subject.objects.bulk_create(Subject() for _ in range(SUBJECTS))
        clinics = [_clinic(number) for number in range(CLINICS)]
    (folder / "clinics.json").write_text(json.dumps(clinics))
    members = [_member() for _ in range(MEMBERS)]
    (folder / "members.json").write_text(json.dumps(members))
    _make_due(members, int(os.environ["CHAOS_DUE"]))


def _make_due(members: list[dict[str, str]], count: int) -> None:
    """So many plans of one instalment each, due now, every amount used once."""
    from billing.payment_plans.rules import Interval  # noqa: PLC0415
    from tests.chaos.payer import SMALLEST  # noqa: PLC0415
    from tests.factories.payments import agree  # noqa: PLC0415
    from workers.kernel import clock  # noqa: PLC0415
    from workers.kernel.actor import Actor, Role  # noqa: PLC0415

    actors = [Actor(role=Role.EMPLOYEE, employer=UUID(one["employer"]), member=UUID(one["member"])) for one in members]
    for number in range(count):
        payer = actors[number % len(actors)]
        agree(payer, cents=SMALLEST + number, interval=Interval.MONTHLY, now=clock.now())


def _clinic(number: int) -> dict[str, Any]:
    from workers.deliveries.queueing import register_endpoint  # noqa: PLC0415
    from workers.kernel.ids import new_id  # noqa: PLC0415

    owner = new_id()
    endpoint = register_endpoint(owner_id=owner, url=f"{os.environ['CHAOS_CLINICS_URL']}/hooks/{number}")
    return {
        "owner_id": str(owner),
        "endpoint_id": str(endpoint.pk),
        "signing_secret": endpoint.signing_secrets[0],
        "inbound_secret": endpoint.inbound_secrets[0],
    }


def _member() -> dict[str, str]:
    """A covered member with a good card, as Stripe's word on a SetupIntent would leave it."""
    import stripe  # noqa: PLC0415
    from django.conf import settings  # noqa: PLC0415

    from billing.payment_plans.services import methods  # noqa: PLC0415
    from tests.factories.payments import paying_member  # noqa: PLC0415
    from workers.kernel import clock  # noqa: PLC0415
    from workers.kernel.actor import WORKER, acting_as  # noqa: PLC0415

    client = stripe.StripeClient(settings.STRIPE_SECRET_KEY, base_addresses={"api": settings.STRIPE_API_BASE})
    customer = client.v1.customers.create()
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    member = paying_member()
    assert member.member is not None
    with acting_as(member):
        setup = methods.request_setup(member_id=member.member, mandate_accepted=True, now=clock.now())
    with acting_as(WORKER):
        methods.store(setup_id=setup.pk, stripe_id=card.id, customer_id=customer.id, now=clock.now())
    return {name: str(getattr(member, name)) for name in ("user", "employer", "member")}


if __name__ == "__main__":
    main()
