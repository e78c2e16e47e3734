"""An employer's own sign-on: set up by its owners, and gone through by its admins."""

from benefits.sign_on.services.entering import begin, finish
from benefits.sign_on.services.keeping import NoDomain, configure, remove

__all__ = ["NoDomain", "begin", "configure", "finish", "remove"]
