"""How django-allauth fits in: nobody signs up by themselves, its e-mails go through ours, its secrets are encrypted."""

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from workers.emails.queueing import queue_email
from workers.kernel import clock
from workers.kernel.actor import AUTH, acting_as
from workers.kernel.encryption import open_sealed, seal
from workers.kernel.ids import new_id
from workers.kernel.web import language

_TEMPLATES = {"account/email/password_reset_key": "benefits/password_reset"}
_NOTICE = "benefits/sign_in_changed"  # everything else that allauth has to say
_SECRET = "allauth.mfa"  # noqa: S105 - what the ciphertext is bound to, not a secret


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth is not typed
    """Sign-up is by invitation only; e-mails are queued in the request's transaction, in neutral words."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: see accounts.services.accept."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue our own e-mail in place of allauth's."""
        url = context.get("password_reset_url", "")
        with acting_as(AUTH):
            queue_email(
                key=f"sign-in:{hashlib.sha256(url.encode()).hexdigest() if url else new_id()}",
                to=email,
                template=_TEMPLATES.get(template_prefix, _NOTICE),
                context={"url": url},
                now=clock.now(),
                language=language(),
            )

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """As AUTH: allauth calls this after the commit, when nobody acts any more."""
        with acting_as(AUTH):
            super().send_notification_mail(*args, **kwargs)

    def refusal(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse | None:
        """Return what is answered to whoever may not come in by a password; None lets them (sign_on/web.py)."""
        return None

    def pre_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse | None:
        """Before a second factor is asked for. Raises allauth's ImmediateHttpResponse."""
        self._admit(request, user)
        return super().pre_login(request, user, **kwargs)  # type: ignore[no-any-return]  # allauth has no types

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Begin a session; asked once more, for the answer may be another one meanwhile."""
        self._admit(request, user)
        super().login(request, user)

    def _admit(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        if (refusal := self.refusal(request, user)) is not None:
            raise ImmediateHttpResponse(refusal)

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        """Signing in, by whatever, counts as re-authenticating: for five minutes nothing is asked for again."""
        method = get_authentication_records(request, user)[-1]["method"]
        record_authentication(request, user, method=method, reauthenticated=True)
        return super().post_login(request, user, **kwargs)  # type: ignore[no-any-return]  # allauth has no types


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types there
    """TOTP secrets and the seeds of recovery codes are encrypted at rest; of passkeys there is only the public half."""

    def encrypt(self, text: str) -> str:
        """Seal for storage in a text column."""
        return base64.b64encode(seal(text.encode(), bound_to=_SECRET)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open what `encrypt` returned."""
        return open_sealed(base64.b64decode(encrypted_text), bound_to=_SECRET).decode()

    def get_totp_issuer(self) -> str:
        """The name in an authenticator app, neutral like our e-mails."""
        return settings.MFA_TOTP_ISSUER

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """What a device shows beside a passkey: our neutral name and not the host's."""
        theirs: dict[str, str] = super().get_public_key_credential_rp_entity()
        return theirs | {"name": settings.MFA_TOTP_ISSUER}

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        """A name to begin with; people say which device it is."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Passkey {number}").format(number=number)
