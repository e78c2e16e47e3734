"""Invitations become users; users are disabled, and close their own accounts."""

from benefits.accounts.services.closing import close, keep_open
from benefits.accounts.services.inviting import (
    EmailNotUsable,
    InvitationNotValid,
    TooManyAddresses,
    WeakPassword,
    accept,
    activation_url,
    close_invitations,
    create_operator,
    disable_user,
    invite_member,
    invite_staff,
    issue,
    mail,
)

__all__ = [
    "EmailNotUsable",
    "InvitationNotValid",
    "TooManyAddresses",
    "WeakPassword",
    "accept",
    "activation_url",
    "close",
    "close_invitations",
    "create_operator",
    "disable_user",
    "invite_member",
    "invite_staff",
    "issue",
    "keep_open",
    "mail",
]
