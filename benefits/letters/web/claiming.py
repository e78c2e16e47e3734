"""The page on which somebody enters the code of a letter, and what they read afterwards, whatever they entered."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views import View
from django.views.generic import TemplateView

from benefits.letters import services
from benefits.letters.forms import LetterForm
from workers.kernel import clock
from workers.kernel.web import language


class EnterCode(View):
    """A letter's code becomes a link by e-mail, if what is said besides fits; which it was is not told here."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask. The code comes in no address: those are kept in logs and histories."""
        return _asked(request, LetterForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep what was said until a worker judges it; what cannot be right is said at its field."""
        form = LetterForm(request.POST)
        if not form.is_valid():
            return _asked(request, form, 422)
        if seconds := services.seconds_until_claim(form.cleaned_data["code"]):
            form.add_error(None, _("Too many tries at once. Nothing is lost: wait a minute, and send it again."))
            answer = _asked(request, form, 429)
            answer.headers["Retry-After"] = str(seconds)
            return answer
        services.receive(**form.said(), language=language(), now=clock.now())
        return redirect("letter-sent")


class Sent(TemplateView):
    """What happens now, the same for everybody; it can be loaded again without sending anything."""

    template_name = "benefits/letter_sent.html"


def _asked(request: HttpRequest, form: LetterForm, status: int = 200) -> HttpResponse:
    return render(request, "benefits/letter.html", {"form": form}, status=status)
