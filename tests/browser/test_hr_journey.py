"""HR from a file that was sent to one that was taken back, and to next year's plan."""

from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect

from benefits.eligibility.models import ChangeSet
from benefits.plans.models import Plan
from tests.browser import CHROMIUM, MISSING, serving
from tests.browser.walks import Walk, in_both_languages, walking
from tests.factories.benefits import make_employer, make_hr, make_plan, signed_in
from tests.factories.census import ANA, sheet
from workers.kernel.actor import WORKER, acting_as
from workers.outbox.draining import drain

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=MISSING)

PEOPLE = sheet(
    ANA,
    ANA | {"employee_number": "E2", "last_name": "Ruiz", "personal_email": "ruiz@home.example"},
    ANA | {"employee_number": "E3", "last_name": "Abreu", "hire_date": "31 June 2020"},
)
THEIRS = PEOPLE.replace(b"employee_number", b"Staff ID", 1)  # as their payroll calls it
LARGE = PEOPLE + b"\n" * 1024**2  # is read by a worker


@in_both_languages
def test_from_upload_to_undo(language: str, browser: Any, committed_db: str, now: Any, settings: Any) -> None:
    make_plan((employer := make_employer("Northwind")).pk, ends_on=date(2026, 5, 31))
    hr = signed_in(make_hr(employer.pk))
    with serving(settings) as address, walking(browser, address, "hr", language, hr) as walk:
        walk.go("/")
        walk.switch()
        walk.look("start", "You never see who does.", "Nunca ve quién lo usa.")
        walk.press('main a[href="/employees/"]')
        walk.look("nobody", "Nobody on the roster is like this", "Nadie en la plantilla es así")
        walk.press('main a[href="/eligibility-files/"]')
        walk.look("no-file", "No file was sent yet", "Todavía no se envió ningún archivo")
        _name_columns(walk)
        _apply(walk)
        _look_somebody_up(walk)
        _undo(walk)
        _renew(walk)


def _send(walk: Walk, content: bytes) -> None:
    walk.page.set_input_files("#id_file", {"name": "census.csv", "mimeType": "text/csv", "buffer": content})
    walk.press("form[enctype] button")


def _name_columns(walk: Walk) -> None:
    """Their names are not ours: nothing is taken before they said which is which."""
    _send(walk, THEIRS)
    walk.look("unknown-column", "nothing was kept of it", "no se guardó nada de él")
    walk.press('.note a[href^="/eligibility-files/columns/"]')
    walk.look("columns", "Nothing is guessed.", "No se adivina nada.")
    walk.select('select[name="column-0"]', "employee_number")
    walk.press("#main form button")
    walk.look("remembered", "Send the file again.", "Envíe el archivo de nuevo.")


def _apply(walk: Walk) -> None:
    """A large file is read while HR watches; then its effects are looked at, and what is right is applied."""
    _send(walk, LARGE)
    walk.look("reading", "Being read", "Se está leyendo")
    drain("files")
    walk.page.reload()
    walk.look("compared", "Nothing has been changed so far.", "Todavía no ha cambiado nada.")
    walk.press('button[value="apply_others"]')
    walk.look("applied", "Applied", "Aplicado")


def _look_somebody_up(walk: Walk) -> None:
    walk.go("/employees/")
    walk.fill("#id_name", "rui")
    walk.says("#roster", "Ruiz", "Ruiz")
    expect(walk.page.locator("#roster")).not_to_contain_text("Núñez")
    walk.look("found", "Ruiz", "Ruiz")
    assert "rui" not in walk.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    walk.press("#roster th a")
    walk.look("employee", "As the roster has them", "Como figura en la plantilla")


def _undo(walk: Walk) -> None:
    """Nothing is taken back before it was asked whether it is meant."""
    walk.go("/eligibility-files/")
    walk.look("files", "What was sent", "Lo enviado")
    walk.press("#main tbody th a")
    walk.press('button[popovertarget="undo"]', stays=True)
    walk.look("asked", "Take everything back that this file did?", "¿Deshacer todo lo que hizo este archivo?")
    walk.press("#undo button[name=action]")
    walk.look("undone", "Taken back", "Deshecho")
    walk.go("/history/")
    walk.look("history", "Who changed what", "Quién cambió qué")
    with acting_as(WORKER):
        assert ChangeSet.objects.get().status == "undone"


def _renew(walk: Walk) -> None:
    """This year's terms are filled in for the next; nothing holds before it was agreed to."""
    walk.go("/plans/")
    walk.look("plan-ends", "It ends soon, and no renewal is agreed.", "Termina pronto y no hay renovación acordada.")
    walk.press('a[href$="/renewal/"]')
    walk.look("renewal", "The terms of today are filled in", "Las condiciones de hoy ya están puestas")
    walk.fill("#id_employer_share_percent", "70")
    walk.press("#main form button")
    walk.look("proposed", "Its renewal is proposed, and waits for us.", "Su renovación está propuesta y espera")
    with acting_as(WORKER):
        assert Plan.objects.get(status="draft").employer_share_percent == 70
