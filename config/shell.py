"""The shell around every page: where each role can go, as data, and how forms are rendered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, kw_only=True)
class Item:
    """A place in the navigation: the name of its URL, its words, and the permission that an operator needs for it."""

    page: str
    label: Any
    about: Any = ""
    permission: str = ""


NAVIGATION: Mapping[str, tuple[Item, ...]] = {
    "employee": (
        Item(page="page-care", label=_("The care")),
        Item(page="page-find-clinic", label=_("Find a clinic")),
        Item(page="page-referrals", label=_("Your referral")),
        Item(page="page-courses", label=_("Appointments")),
        Item(page="page-payments", label=_("Payments")),
        Item(page="page-employers-view", label=_("Employer’s view")),
    ),
    "hr_admin": (
        Item(page="page-employees", label=_("Employees"), about=_("Everybody on your roster: find, change, end.")),
        Item(
            page="page-eligibility-files",
            label=_("Eligibility files"),
            about=_("Send a file, see what it would do, apply it, take it back."),
        ),
        Item(page="page-plans", label=_("Plans"), about=_("What was agreed, for whom, and until when.")),
        Item(
            page="page-invoices",
            label=_("Invoices"),
            about=_("What you owe and have paid; no single person is in it."),
            permission="billing",
        ),
        Item(
            page="page-enrollment",
            label=_("Reports"),
            about=_("How many are covered, came, went and were reached; and why a number is hidden."),
        ),
        Item(page="page-admins", label=_("Admins"), about=_("Who may do what, and whom you invited.")),
        Item(
            page="page-sign-on",
            label=_("Sign-on"),
            about=_("Your own identity provider, for your admins and the roster."),
        ),
        Item(page="page-history", label=_("History"), about=_("Who changed what."), permission="owner"),
    ),
    "clinic_staff": (
        Item(
            page="page-clinic-offers",
            label=_("Offers and referrals"),
            about=_("What waits for your answer, and whom you accepted."),
        ),
        Item(
            page="page-endpoints",
            label=_("Webhook addresses"),
            about=_("How your system is doing, and what was sent to it."),
        ),
        Item(
            page="page-api-clients",
            label=_("Access for your software"),
            about=_("Keys and OAuth clients, what each may do, and when it was used."),
        ),
    ),
    "operator": (
        Item(
            page="page-urgent-screenings",
            label=_("Urgent screenings"),
            about=_("People to call first."),
            permission="care",
        ),
        Item(
            page="page-board",
            label=_("Referrals"),
            about=_("What is stuck or late comes first."),
            permission="care",
        ),
        Item(page="page-engine", label=_("Engine"), about=_("What waits in the queues, and what is dead.")),
        Item(
            page="page-endpoints",
            label=_("Webhook addresses"),
            about=_("How the clinics’ systems are doing, and what was sent to them."),
        ),
    ),
}


def shell(request: HttpRequest) -> dict[str, Any]:
    """What `page.html` shows around a page; asked for only where it is shown."""
    return {"navigation": SimpleLazyObject(lambda: navigation_of(request))}


def navigation_of(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the places of whoever is signed in: `url`, `label`, `about`, and whether it `is_current`."""
    user: Any = request.user
    items = NAVIGATION.get(getattr(user, "role", ""), ())
    permissions = getattr(user, "permissions", ())
    return [_shown(item, request.path) for item in items if not item.permission or item.permission in permissions]


def _shown(item: Item, path: str) -> dict[str, Any]:
    url = reverse(item.page)
    return {"url": url, "label": item.label, "about": item.about, "is_current": path.startswith(url)}


class Forms(TemplatesSetting):
    """Every form, allauth's too: label, hint, control, and what is wrong with it, said to screen readers as well."""

    field_template_name = "components/field.html"
