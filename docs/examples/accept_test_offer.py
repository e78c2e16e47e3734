"""The typed client in use: list the directory near a ZIP code, then make a test offer and accept it.

`make client` generates it, `pip install .local/client` installs it; then

    BENEFIT=https://… KEY=clinic_key_… SESSION=… python docs/examples/accept_test_offer.py

KEY is a clinic's key that may use the sandbox. The directory is for people: SESSION is the cookie, name=value, of
somebody who is signed in.
"""

import os

from benefit_client import AuthenticatedClient
from benefit_client.api.clinic import (
    clinic_referral_accepted,
    clinic_sandbox_offers_create,
    sandbox_offers_list,
)
from benefit_client.api.clinics import clinics_list
from benefit_client.models import SandboxOfferInput, SandboxOfferOutputStatusEnum


def clinics_near(postal_code: str, *, people: AuthenticatedClient) -> list[str]:
    """Return the names of the clinics near a ZIP code, the nearest first."""
    page = clinics_list.sync(client=people, near=postal_code)
    assert page is not None
    return [clinic.name for clinic in page.results]


def accept_a_test_offer(*, software: AuthenticatedClient) -> SandboxOfferOutputStatusEnum:
    """Make a test offer and say yes to it; returns what became of it."""
    offer = clinic_sandbox_offers_create.sync(client=software, body=SandboxOfferInput(answer_seconds=900))
    assert offer is not None
    accepted = clinic_referral_accepted.sync(offer.id, client=software)
    assert accepted is not None
    page = sandbox_offers_list.sync(client=software)
    assert page is not None
    [status] = [one.status for one in page.results if one.id == offer.id]
    assert isinstance(status, SandboxOfferOutputStatusEnum)
    return status


if __name__ == "__main__":
    base_url = os.environ["BENEFIT"]

    signed_in = AuthenticatedClient(base_url, token=os.environ["SESSION"], prefix="", auth_header_name="Cookie")
    print("near 10025:", ", ".join(clinics_near("10025", people=signed_in)))
    key = AuthenticatedClient(base_url, token=os.environ["KEY"])
    print("the test offer:", accept_a_test_offer(software=key))
