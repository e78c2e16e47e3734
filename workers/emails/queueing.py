"""Queueing an e-mail."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from workers.emails.models import Email
from workers.kernel.bells import ring

KEY_LENGTH = 200  # characters of the column; a longer key is known by its hash


def queue_email(
    *,
    key: str,
    to: str,
    template: str,
    context: Mapping[str, object],
    now: datetime,
    language: str = "en",
    drop_after: datetime | None = None,
) -> None:
    """Queue the e-mail of `template` to one address, once per `key`.

    "billing/debit_soon" is <app>/templates/billing/mail/<language>/debit_soon.txt, English where that is missing: its
    first line is the subject, the rest the text. It is rendered now; `base_url` is in every context. Past
    `drop_after` the e-mail is dropped instead of sent late.
    """
    app, name = template.split("/")
    templates = [f"{app}/mail/{code}/{name}.txt" for code in (language, "en")]
    with translation.override(language):
        text = render_to_string(templates, {"base_url": settings.BASE_URL, **context}).strip()
    subject, _, text = text.partition("\n")
    email = Email(
        key=key if len(key) <= KEY_LENGTH else hashlib.sha256(key.encode()).hexdigest(),
        template=template,
        message={"to": to, "subject": subject.strip(), "text": text.strip() + "\n"},
        due_at=now,
        drop_after=drop_after,
    )
    Email.objects.bulk_create([email], ignore_conflicts=True)
    ring("mail")
