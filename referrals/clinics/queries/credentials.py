"""What is on file about a clinic's credentials, and the policy, which is a data file."""

from collections.abc import Collection
from datetime import date
from functools import cache
from pathlib import Path
from uuid import UUID

import msgspec
from django.db.models import Exists, OuterRef, QuerySet

from referrals.clinics.models import ClinicCredential
from referrals.clinics.rules.standing import ClinicStatus, CredentialPolicy, Expiry
from workers.kernel.errors import NotFound

_POLICY = Path(__file__).parent.parent / "data" / "credentials.json"


@cache
def get_policy() -> CredentialPolicy:
    """Return the policy in force."""
    return msgspec.json.decode(_POLICY.read_bytes(), type=CredentialPolicy)


def get_credential(credential_id: UUID) -> ClinicCredential:
    """Return a credential that the actor may see. Raises NotFound."""
    credential = ClinicCredential.objects.select_related("clinic").filter(pk=credential_id).first()
    if credential is None:
        raise NotFound("There is no such credential.")
    return credential


def expiries(clinic_ids: Collection[UUID]) -> dict[UUID, list[Expiry]]:
    """Return (kind, last day) of all that is on file about each of these clinics."""
    found: dict[UUID, list[Expiry]] = {clinic_id: [] for clinic_id in clinic_ids}
    on_file = ClinicCredential.objects.filter(clinic_id__in=clinic_ids, withdrawn_at=None)
    for clinic_id, kind, expires_on in on_file.values_list("clinic_id", "kind", "expires_on"):
        found[clinic_id].append((kind, expires_on))
    return found


def list_credentials(clinic_id: UUID) -> QuerySet[ClinicCredential]:
    """Return what is on file about a clinic, by kind, the longest first; not what was withdrawn."""
    on_file = ClinicCredential.objects.filter(clinic_id=clinic_id, withdrawn_at=None)
    return on_file.order_by("kind", "-expires_on", "id")


def list_expiring(*, until: date) -> QuerySet[ClinicCredential]:
    """Return the longest credential of each kind of every clinic of the network, where it ends by a day.

    What ends first stands first; each has its `clinic`.
    """
    longer = ClinicCredential.objects.filter(
        clinic_id=OuterRef("clinic_id"),
        kind=OuterRef("kind"),
        expires_on__gt=OuterRef("expires_on"),
        withdrawn_at=None,
    )
    ending = ClinicCredential.objects.filter(~Exists(longer), withdrawn_at=None, expires_on__lte=until)
    in_network = ending.exclude(clinic__status=ClinicStatus.ARCHIVED).select_related("clinic")
    return in_network.order_by("expires_on", "clinic_id", "kind", "id")
