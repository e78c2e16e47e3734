"""What the NPI registry says of the clinics of the network."""

from dataclasses import dataclass
from datetime import date

from referrals.clinics.models import Clinic
from referrals.clinics.rules.standing import ClinicStatus
from referrals.npi_registry.queries import find_deactivated, is_deactivated


@dataclass(frozen=True, kw_only=True)
class StruckOff:
    """A clinic whose number, or that of its medical overseer, was deactivated on a day: a person looks at it."""

    clinic: Clinic
    npi: str
    deactivated_on: date


def list_struck_off() -> list[StruckOff]:
    """Return them by the clinics' names, as far as the registry was imported; as an operator or a worker."""
    struck_off = is_deactivated("npi") | is_deactivated("medical_overseer_npi")
    clinics = list(Clinic.objects.exclude(status=ClinicStatus.ARCHIVED).filter(struck_off).order_by("name", "id"))
    deactivated = find_deactivated({npi for clinic in clinics for npi in _numbers(clinic)})
    return [
        StruckOff(clinic=clinic, npi=npi, deactivated_on=deactivated[npi])
        for clinic in clinics
        for npi in _numbers(clinic)
        if npi in deactivated
    ]


def _numbers(clinic: Clinic) -> list[str]:
    return [npi for npi in dict.fromkeys((clinic.npi, clinic.medical_overseer_npi)) if npi]
