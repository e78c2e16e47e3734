"""An employer's own sign-on: set up by its owners, gone through by its admins, lifted in an emergency."""

from benefits.sign_on.services.entering import SignedOn, begin, finish, finish_saml
from benefits.sign_on.services.keeping import NoDomain, NotTried, Provider, configure, remove
from benefits.sign_on.services.lifting import NotRequired, lift

__all__ = [
    "NoDomain",
    "NotRequired",
    "NotTried",
    "Provider",
    "SignedOn",
    "begin",
    "configure",
    "finish",
    "finish_saml",
    "lift",
    "remove",
]
