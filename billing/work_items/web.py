"""The operator's page of what of the money a person has to decide."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.work_items import queries, services
from workers.kernel import clock
from workers.kernel.errors import NotFound
from workers.kernel.web import Page, rows_of

_SIZE = 25


class ClosingForm(forms.Form):
    """Which item, and what was done about it."""

    item_id = forms.UUIDField(widget=forms.HiddenInput)
    resolution = forms.CharField(label=gettext_lazy("What was done"), max_length=services.LONGEST_RESOLUTION)


class WorkItemsPage(Page):
    """What waits for a decision, the oldest first, each with a form that closes it."""

    template_name = "billing/work_items.html"
    roles = ("operator",)
    permission = "finance"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A page of the open ones. Raises NotFound for a page that is none."""
        items = queries.list_items(is_open=True)
        page = rows_of(self.request, items, ordering=("opened_at", "id"), size=_SIZE)
        return super().get_context_data(page=page, now=clock.now(), **kwargs)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Close one. Raises NotFound."""
        form = ClosingForm(request.POST)
        user: Any = request.user
        if not form.is_valid():
            if "item_id" in form.errors:
                raise NotFound("There is no such item.")
            wrong = {"wrong": str(request.POST["item_id"]), "errors": form.errors["resolution"]}
            return self.render_to_response(self.get_context_data(**wrong), status=422)
        try:
            services.close(user_id=user.pk, now=clock.now(), **form.cleaned_data)
        except services.AlreadyClosed:
            messages.error(request, _("Somebody closed it meanwhile."))
        else:
            messages.success(request, _("Closed, with your name and your words."))
        return redirect("page-work-items")
