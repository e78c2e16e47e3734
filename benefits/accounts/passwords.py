"""A password rule that Django lacks."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class MaximumLengthValidator:
    """At most `max_length` characters, so that nobody can keep Argon2 busy (ASVS 6.2.9 asks for at least 64)."""

    def __init__(self, max_length: int = 128) -> None:
        self.max_length = max_length

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError for a longer password."""
        if len(password) > self.max_length:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        """What a form tells people."""
        return _("A password has at most %(most)d characters.") % {"most": self.max_length}
