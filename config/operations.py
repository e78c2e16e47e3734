"""The operator's pages of the whole: today at a glance, and every e-mail as it reads in both languages."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from workers.emails.catalogue import LANGUAGES, list_mails
from workers.emails.rendering import Rendered, html_of, render
from workers.kernel.errors import NotFound
from workers.kernel.web import LivePanel, Page, content_policy
from workers.operations.heartbeats import pulses
from workers.status import waiting

# An e-mail is shown as it is sent, with the styles that stand in it; it runs nothing and loads nothing.
_MAIL_POLICY = content_policy(default_src="'none'", style_src="'unsafe-inline'", sandbox="allow-popups")


class Operations(Page):
    """What needs a person today, counted anew by itself."""

    template_name = "operations.html"
    roles = ("operator",)


class LiveEngine(LivePanel):
    """What waits in the queues, what is dead, and which lanes are silent."""

    template_name = "live_engine.html"
    roles = ("operator",)
    name = "panel-live-engine"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """As of now."""
        context = super().get_context_data(**kwargs)
        queues = waiting(now=context["now"])
        return context | {
            "queues": queues,
            "silent": [pulse.lane for pulse in pulses() if not pulse.is_alive],
        }


class Mails(Page):
    """Every e-mail that there is, by its kind; or one of them, each sample side by side in both languages."""

    template_name = "mails.html"
    roles = ("operator",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound for an e-mail that there is not."""
        asked = self.request.GET.get("template", "")
        mails = sorted((mail.kind, name) for name, mail in list_mails().items())
        samples = _samples(asked) if asked else []
        return super().get_context_data(asked=asked, mails=mails, samples=samples, **kwargs)


class MailAsSent(Page):
    """A sample of an e-mail as HTML, as a mail program shows it."""

    roles = ("operator",)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Raises NotFound for an e-mail, a language or a sample that there is not."""
        language = request.GET.get("language", "en")
        number = request.GET.get("sample", "0")
        samples = _samples(request.GET.get("template", ""))
        if language not in LANGUAGES or not number.isdecimal() or len(number) > 3 or int(number) >= len(samples):
            raise NotFound("There is no such e-mail.")
        shown = dict(samples[int(number)])[language]
        answer = HttpResponse(html_of(shown.text, language=language))
        answer["Content-Security-Policy"] = _MAIL_POLICY
        return answer


def _samples(template: str) -> list[list[tuple[str, Rendered]]]:
    """Each sample of an e-mail in every language. Raises NotFound."""
    mail = list_mails().get(template)
    if mail is None:
        raise NotFound("There is no such e-mail.")
    return [
        [(language, render(template, context, language=language)) for language in LANGUAGES]
        for context in mail.contexts
    ]
