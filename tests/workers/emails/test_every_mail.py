"""Every e-mail of every app, in every language: as it was looked at last, without a hole, and telling nobody anything.

`WRITE_GOLDEN_MAILS=1 python -m pytest tests/workers/emails/test_every_mail.py` writes the golden files anew; read their
diff before you commit it.
"""

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from workers.emails.catalogue import LANGUAGES, MissingValue, is_owed_to_estate, list_kinds, list_mails
from workers.emails.rendering import Rendered, html_of, render

GOLDEN = Path(__file__).with_name("golden")
# No drug, no condition, no clinic, in either language (docs/facts.md, "Privacy rules that shape the software").
TELLING = re.compile(
    r"k[ei]tamin|esketamin|clinic|clínic|dosing|dosis|dose|depress|depres|anxi|ansied|therap|terapia|treatment|tratamiento"
    r"|psych|psic|psiq|mental|trauma|ptsd|infusi|medic|médic|patient|paciente|symptom|síntoma|health|salud|referral|derivaci"
    r"|integration|integración|phq|gad-?7|suicid|trip\b|bayleaf",
    re.IGNORECASE,
)
# What members get tells nothing in its text either; what staff get may speak of their work.
FOR_STAFF = {"work"}
EACH = [(template, language) for template in sorted(list_mails()) for language in LANGUAGES]


# Who asks at the sign-in page is answered, whoever reads that address, and who leaves is told so at last; all the
# others write to staff.
WITHOUT_READER = {
    ("benefits/accounts/adapters.py", "send_mail"),
    ("benefits/accounts/operators.py", "tell_of_stopped_address"),
    ("benefits/accounts/services/closing.py", "_say_goodbye"),
    ("benefits/letters/services/claiming.py", "tell_of_lock"),
    ("billing/invoices/services/notices.py", "_tell_low"),
    ("billing/invoices/services/notices.py", "tell_issued"),
    ("referrals/clinic_access/services/clients.py", "tell_staff"),
    ("referrals/clinics/services/endpoints.py", "tell_of_disabled_endpoint"),
    ("referrals/clinics/services/standing.py", "tell"),
    ("referrals/courses/services/stalling.py", "tell_operators"),
    ("referrals/offer_links/services.py", "mail_links"),
    ("referrals/requests/services/telling.py", "tell_operators"),
    ("referrals/screening/services/urgent.py", "alert_operators"),
}


def rendered(template: str, language: str) -> list[Rendered]:
    return [
        render(template, context, language=language, zone="America/New_York")
        for context in list_mails()[template].contexts
    ]


def described(template: str, language: str) -> str:
    """All that a reader sees of an e-mail, with each of its samples."""
    kind = list_mails()[template].kind
    shown = [f"Kind: {kind}\nSubject: {one.subject}\n\n{one.text}" for one in rendered(template, language)]
    return f"\n{'-' * 72}\n".join(shown)


def templates_on_disk() -> Iterator[tuple[str, str]]:
    for app in apps.get_app_configs():
        for path in (Path(app.path) / "templates" / app.label / "mail").glob("*/*.txt"):
            yield f"{app.label}/{path.stem}", path.parent.name


@pytest.mark.parametrize(("template", "language"), EACH)
def test_an_email_reads_as_it_was_looked_at_last(template: str, language: str) -> None:
    path = GOLDEN / language / f"{template.replace('/', '.')}.txt"
    if os.environ.get("WRITE_GOLDEN_MAILS"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(described(template, language))
    assert described(template, language) == path.read_text()


def test_the_layout_looks_as_it_was_looked_at_last() -> None:
    [one, *_] = rendered("referrals/session_evening_before", "es")
    path = GOLDEN / "layout.html"
    if os.environ.get("WRITE_GOLDEN_MAILS"):
        path.write_text(html_of(one.text, language="es"))
    assert html_of(one.text, language="es") == path.read_text()


def test_there_is_no_golden_file_of_an_email_that_is_gone() -> None:
    kept = {(path.stem.replace(".", "/", 1), path.parent.name) for path in GOLDEN.glob("*/*.txt")}
    assert kept == set(EACH)


def test_every_template_is_declared_and_is_there_in_every_language() -> None:
    assert sorted(set(templates_on_disk())) == sorted(EACH)
    assert {mail.kind for mail in list_mails().values()} == set(list_kinds())


@pytest.mark.parametrize(("template", "language"), EACH)
def test_no_subject_tells_anything(template: str, language: str) -> None:
    for one in rendered(template, language):
        assert not TELLING.search(one.subject), one.subject
        assert one.subject
        assert "\n" not in one.subject


@pytest.mark.parametrize(("template", "language"), EACH)
def test_what_a_member_gets_tells_nothing_but_where_to_read(template: str, language: str) -> None:
    if list_mails()[template].kind not in FOR_STAFF:
        for one in rendered(template, language):
            assert not TELLING.search(one.text), one.text


def test_the_sender_and_the_kinds_tell_nothing() -> None:
    titles = [title for kind in list_kinds().values() for title in kind.title.values()]
    assert not [words for words in [settings.DEFAULT_FROM_EMAIL, *list_kinds(), *titles] if TELLING.search(words)]


def test_links_lead_to_us_alone() -> None:
    for template, language in EACH:
        for one in rendered(template, language):
            links = re.findall(r"https?://[^/\s]+", one.text)
            assert set(links) <= {settings.BASE_URL.rstrip("/"), "https://portal.example"}, template


@pytest.mark.parametrize("template", sorted(list_mails()))
def test_an_email_with_a_hole_is_refused(template: str) -> None:
    mail = list_mails()[template]
    for name in mail.samples[0]:
        left = {key: value for key, value in mail.samples[0].items() if key != name}
        with pytest.raises(MissingValue, match=name):
            render(template, left, language="en")
        if not any(sample.get(name) == "" for sample in mail.samples):
            with pytest.raises(MissingValue, match=name):
                render(template, left | {name: ""}, language="en")


@pytest.mark.parametrize(("template", "language"), EACH)
def test_whatever_a_template_uses_its_samples_give(template: str, language: str) -> None:
    """A value that only one language needs would be missed only there."""
    for one in rendered(template, language):
        assert "{" not in one.subject + one.text
        assert "None" not in one.subject + one.text


def calls_without_reader() -> Iterator[tuple[str, str]]:
    """Where an e-mail is queued that no death takes back."""
    for app in apps.get_app_configs():
        root = Path(app.path)
        for path in root.rglob("*.py") if root.parent == Path(settings.BASE_DIR) else ():
            if not re.search(r"(queue|draft)_email\(", source := path.read_text()):
                continue
            for function in (one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.FunctionDef)):
                for call in (one for one in ast.walk(function) if isinstance(one, ast.Call)):
                    named = {keyword.arg for keyword in call.keywords}
                    if getattr(call.func, "id", "") in ("queue_email", "draft_email") and "reader_id" not in named:
                        yield f"{path.relative_to(settings.BASE_DIR)}", function.name


def test_every_email_to_a_member_is_taken_back_when_they_die() -> None:
    assert set(calls_without_reader()) == WITHOUT_READER


def test_only_what_proves_a_payment_is_owed_to_an_estate() -> None:
    assert [template for template in list_mails() if is_owed_to_estate(template)] == ["billing/receipt"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_after_a_session_no_number_is_promised_that_nobody_gave_us(language: str) -> None:
    """No clinic of the directory has a telephone number: the page behind the link shows its name and address."""
    [one] = rendered("referrals/session_rest_now", language)
    assert not re.search(r"number|phone|número|teléfono", one.text, re.IGNORECASE)
    assert "911" in one.text
    assert "988" in one.text
