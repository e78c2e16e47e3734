"""Reading employers."""

from uuid import UUID

from benefits.employers.models import Employer
from workers.kernel.errors import NotFound


def get_employer(employer_id: UUID) -> Employer:
    """Return an employer. Raises NotFound."""
    employer = Employer.objects.filter(pk=employer_id).first()
    if employer is None:
        raise NotFound("There is no such employer.")
    return employer
