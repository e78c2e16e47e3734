"""Reading where an employer's admins sign in; never the secret."""

from datetime import datetime
from uuid import UUID

from benefits.accounts.models import User, UserRole
from benefits.sign_on.models import SignOn, SignOnIdentity
from workers.kernel.actor import AUTH, acting_as
from workers.kernel.errors import NotFound


def get_sign_on(employer_id: UUID) -> SignOn:
    """Return an employer's provider, without the client's secret. Raises NotFound."""
    sign_on = SignOn.objects.defer("client_secret").filter(employer_id=employer_id).first()
    if sign_on is None:
        raise NotFound("This employer has no sign-on of its own: its admins sign in with a password.")
    return sign_on


def required_of(user: User, *, now: datetime) -> SignOn | None:
    """Return the provider by which a user has to come in, or None for whom a password does. As AUTH."""
    if user.role != UserRole.HR_ADMIN or user.employer_id is None:
        return None
    with acting_as(AUTH):
        required = SignOn.objects.defer("client_secret").filter(employer_id=user.employer_id, is_required=True)
        return required.exclude(lifted_until__gt=now).first()


def has_come_in(user_id: UUID, sign_on: SignOn) -> bool:
    """Whether an admin has signed in at this very provider before. As AUTH: HR does not read who is bound."""
    with acting_as(AUTH):
        bound = SignOnIdentity.objects.filter(
            employer_id=sign_on.employer_id, protocol=sign_on.protocol, issuer=sign_on.issuer, user_id=user_id
        )
        return bound.exists()
