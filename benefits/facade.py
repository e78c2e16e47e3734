"""All that other apps may call."""

from allauth.account.authentication import get_authentication_records
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from benefits.accounts.models import User, UserRole
from workers.kernel.actor import AUTH, Actor, Role

_ROLES = {
    UserRole.HR_ADMIN: Role.HR,
    UserRole.EMPLOYEE: Role.EMPLOYEE,
    UserRole.CLINIC_STAFF: Role.CLINIC,
    UserRole.OPERATOR: Role.OPERATOR,
}


def actor_of(user: User | AnonymousUser) -> Actor:
    """Return whom a signed-in user acts for; AUTH when nobody is signed in."""
    if not isinstance(user, User):
        return AUTH
    return Actor(
        role=_ROLES[UserRole(user.role)],
        user=user.pk,
        employer=user.employer_id,
        member=user.member_id,
        clinic=user.clinic_id,
    )


def lacks_mfa(request: HttpRequest) -> bool:
    """Whether the request's user needs a second factor that their session has not seen."""
    user = request.user
    if not isinstance(user, User) or not user.needs_mfa:
        return False
    return all(record["method"] != "mfa" for record in get_authentication_records(request, user))
