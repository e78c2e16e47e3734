"""Reading users."""

from uuid import UUID

from benefits.accounts.models import User, UserRole


def email_of_member(member_id: UUID) -> str:
    """Return the address of a member's account, or an empty string when there is none that the actor may see."""
    return User.objects.filter(member_id=member_id).values_list("email", flat=True).first() or ""


def list_operator_emails(permission: str) -> list[str]:
    """Return the addresses of the active operators who hold a permission."""
    operators = User.objects.filter(role=UserRole.OPERATOR, is_active=True, permissions__contains=[permission])
    return list(operators.order_by("email").values_list("email", flat=True))
