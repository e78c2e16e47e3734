"""What an operator decides about incomes: whether a document shows one, and what an appeal leads to."""

from base64 import b64decode
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from billing.sliding_scale.forms import AppealDecisionForm, DocumentDecisionForm
from billing.sliding_scale.queries import get_file, list_open_appeals, list_open_documents
from billing.sliding_scale.services import reviewing
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound
from workers.kernel.web import Page

_MOST = 25  # of each, the oldest
_ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


class IncomeReviews(Page):
    """Documents and appeals that wait, the oldest first, each with a form that decides."""

    template_name = "billing/income_reviews.html"
    roles = ("operator",)
    permission = "finance"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With a form for each appeal; that which was refused says why."""
        refused: AppealDecisionForm | None = kwargs.pop("refused", None)
        appeals = [(one, _form_of(one.pk, refused)) for one in list_open_appeals()[:_MOST]]
        documents = list_open_documents().select_related("declaration", "file").defer("file__content")[:_MOST]
        return super().get_context_data(
            documents=[(one, hasattr(one, "file")) for one in documents], appeals=appeals, now=clock.now(), **kwargs
        )

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Decide on one. Raises NotFound."""
        return self._decide_appeal() if "appeal_id" in request.POST else self._decide_document()

    def _decide_document(self) -> HttpResponseBase:
        form = DocumentDecisionForm(self.request.POST)
        if not form.is_valid():
            raise NotFound("There is no such document.")
        told = form.cleaned_data
        try:
            reviewing.decide_document(
                document_id=told["document_id"], accept=told["decision"] == "accept", now=clock.now()
            )
        except NotFound:
            raise
        except DomainError:
            messages.error(self.request, _("Somebody decided on it meanwhile."))
        else:
            messages.success(self.request, _("Decided. The file is deleted."))
        return redirect("page-income-reviews")

    def _decide_appeal(self) -> HttpResponseBase:
        try:
            appeal_id, user = UUID(self.request.POST["appeal_id"]), self.request.user
        except ValueError:
            raise NotFound("There is no such appeal.") from None
        form = AppealDecisionForm(self.request.POST, auto_id=f"id_{appeal_id}_%s")
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(refused=form), status=422)
        try:
            reviewing.decide_appeal(**form.decided(), operator_id=user.pk, now=clock.now())  # type: ignore[arg-type] # Page lets in who is signed in
        except NotFound:
            raise
        except DomainError:
            messages.error(self.request, _("Somebody decided on it meanwhile."))
        else:
            messages.success(self.request, _("Decided. The member reads your reason."))
        return redirect("page-income-reviews")


class EvidenceFile(Page):
    """A document's file, to be looked at and not kept."""

    roles = ("operator",)
    permission = "finance"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The bytes, under a name of ours. Raises NotFound, also once it is decided on."""
        content = get_file(kwargs["document_id"]).content
        name = f'attachment; filename="evidence.{_ENDINGS[content["type"]]}"'
        headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
        return HttpResponse(b64decode(content["base64"]), content_type=content["type"], headers=headers)


def _form_of(appeal_id: Any, refused: AppealDecisionForm | None) -> forms.Form:
    if refused is not None and refused.data.get("appeal_id") == str(appeal_id):
        return refused
    return AppealDecisionForm(initial={"appeal_id": appeal_id}, auto_id=f"id_{appeal_id}_%s")
