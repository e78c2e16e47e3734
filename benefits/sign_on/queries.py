"""Reading where an employer's admins sign in; never the secret."""

from uuid import UUID

from benefits.sign_on.models import SignOn
from workers.kernel.errors import NotFound


def get_sign_on(employer_id: UUID) -> SignOn:
    """Return an employer's provider, without the client's secret. Raises NotFound."""
    sign_on = SignOn.objects.defer("client_secret").filter(employer_id=employer_id).first()
    if sign_on is None:
        raise NotFound("This employer has no sign-on of its own: its admins sign in with a password.")
    return sign_on
