"""Signing employers, their e-mail domains, and who administers them."""

from benefits.employers.services.admins import (
    DomainNotTheirs,
    LastOwner,
    disable_admin,
    invite_admin,
    revoke_invitation,
    set_permissions,
    sign_out_everyone,
)
from benefits.employers.services.recording import record
from benefits.employers.services.signing import (
    DomainTaken,
    EmployerExists,
    add_domain,
    await_quarter,
    create,
    remove_domain,
    set_brake,
)

__all__ = [
    "DomainNotTheirs",
    "DomainTaken",
    "EmployerExists",
    "LastOwner",
    "add_domain",
    "await_quarter",
    "create",
    "disable_admin",
    "invite_admin",
    "record",
    "remove_domain",
    "revoke_invitation",
    "set_brake",
    "set_permissions",
    "sign_out_everyone",
]
