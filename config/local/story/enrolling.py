"""Chapters 1 and 2: the operator signs a network and an employer; HR enrolls its staff from a file with faults."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from config.local.failures import StoryBroke
from config.local.stack import Stack
from config.local.state import PROJECT
from config.local.story import census
from config.local.story.cast import CLINICS, ClinicRole
from config.local.story.person import Person
from config.local.story.stage import TOKEN, Stage

OPERATOR = ("operator@benefit.example", "correct horse battery 1")
HR = ("hr@lumber.example", "correct horse battery 2")
CLINIC_STAFF = ("desk@bayleaf.example", "correct horse battery 4")
EMPLOYEE_PASSWORD = "correct horse battery 3"  # noqa: S105 - the demo prints it


def sign_network(stage: Stage) -> Person:
    """The operator signs the clinics and the employer; returns the operator."""
    stage.tell.chapter("1. An operator signs a clinic network and an employer")
    operator = first_operator(stage)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda role: join(stage, operator, role), CLINICS))
    stage.tell.say(f"{len(CLINICS)} clinics joined, each with prices, capacity and a webhook endpoint of its own.")
    employer = operator.post("/api/v1/employers/", {"name": "Northern Lumber"})["id"]
    operator.post(f"/api/v1/employers/{employer}/plans/", _plan())
    operator.post(f"/api/v1/employers/{employer}/admins/", {"email": HR[0]})
    stage.tell.say("Northern Lumber joined: its plan pays 60 % of each session, up to $5,000 a year.")
    return operator


def clinic_staff(stage: Stage, operator: Person) -> Person:
    """Invite somebody of a clinic that took referrals; their page shows its offers and courses."""
    invited = {"clinic_id": stage.clinic_ids["bayleaf"], "email": CLINIC_STAFF[0]}
    operator.post("/api/v1/clinic-staff/", invited)
    return staff(stage, *CLINIC_STAFF, token=stage.invitation_of(CLINIC_STAFF[0]))


def first_operator(stage: Stage) -> Person:
    """Make the first operator on the command line, then accept the invitation at the site."""
    found = TOKEN.search(invite_operator(stage.stack))
    if found is None:
        raise StoryBroke("manage.py create_operator printed no link with a token.")
    return staff(stage, *OPERATOR, token=found[1])


def invite_operator(stack: Stack) -> str:
    """Invite an operator on the command line and return the link it prints."""
    command = [sys.executable, "manage.py", "create_operator", "--email", OPERATOR[0]]
    run = subprocess.run(
        command, cwd=PROJECT, env={**os.environ, **stack.environment}, capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise StoryBroke(f"manage.py create_operator failed: {run.stdout}{run.stderr}")
    return run.stdout.strip()


def staff(stage: Stage, email: str, password: str, *, token: str) -> Person:
    """Accept an invitation, sign in, and add one-time codes."""
    person = Person(stage.base_url, email=email, password=password)
    person.accept_invitation(token)
    person.sign_in()
    person.add_one_time_codes()
    return person


def join(stage: Stage, operator: Person, role: ClinicRole) -> None:
    """Add a clinic, register its endpoint, and give the secrets to the clinic's server."""
    clinic = stage.clinic_ids[role.key] = operator.post("/api/v1/clinics/", _clinic(role))["id"]
    clinics_url = stage.stack.url("clinics")
    url = f"{clinics_url}/clinics/{role.key}/webhooks"
    endpoint = operator.post(f"/api/v1/clinics/{clinic}/endpoints/", {"url": url})
    learned = {name: endpoint[name] for name in ("signing_secret", "inbound_secret", "answer_url")}
    told = stage.http.post(
        f"{clinics_url}/control/clinics",
        json={
            "key": role.key,
            "behaviour": role.behaviour,
            "options": {"delay": 0.2 * (role.behaviour == "slow")},
            **learned,
        },
    )
    told.raise_for_status()


def enroll(stage: Stage) -> Person:
    """HR uploads the census, reads what is wrong with it, and applies the good rows."""
    stage.tell.chapter("2. HR enrolls its staff from a file")
    hr = staff(stage, *HR, token=stage.invitation_of(HR[0]))
    content = census.as_csv(census.rows())
    file = hr.upload("/api/v1/eligibility-files/", name="census.csv", content=content, kind="full")
    stage.tell.say(f"Uploaded census.csv: {file['rows']} rows, {len(file['errors'])} of them with faults:")
    for error in file["errors"]:
        stage.tell.say(f"    row {error['row']}, {error['column']}: {error['message']}")
    stage.tell.say(f"What applying it would change: {_counts(file['diff'])}.")
    hr.post(f"/api/v1/eligibility-files/{file['id']}/apply/", {"skip_rows_with_errors": True})
    again = hr.upload("/api/v1/eligibility-files/", name="census.csv", content=content, kind="full")
    if again["id"] != file["id"]:
        raise StoryBroke("The same file, uploaded again, was taken for another one.")
    stage.tell.say("Applied. The same file, uploaded again, changes nothing.")
    return hr


def _counts(diff: dict[str, Any]) -> str:
    return ", ".join(f"{diff[name]} {name}" for name in ("added", "changed", "ended", "unchanged"))


def _plan() -> dict[str, Any]:
    return {
        "name": "Standard",
        "starts_on": "2025-01-01",
        "employer_share_percent": 60,
        "annual_cap_cents": 500_000,
        "deductible_cents": 10_000,
        "covered_routes": ["iv", "im", "sublingual", "nasal"],
        "waiting_days": 0,
    }


def _clinic(role: ClinicRole) -> dict[str, Any]:
    return {
        "name": role.name,
        "npi": npi(CLINICS.index(role)),
        "street": "1 Main Street",
        "city": role.city,
        "state": role.state,
        "postal_code": role.postal_code,
        "latitude": role.latitude,
        "longitude": role.longitude,
        "timezone": role.timezone,
        "languages": list(role.languages),
        "routes": list(role.routes),
        "protocols": list(role.protocols),
        "conditions": ["depression", "anxiety", "ptsd"],
        "formats": ["individual"],
        "states_served": [role.state],
        "open_slots": role.open_slots,
        "licence_expires_on": role.licence,
        "malpractice_expires_on": role.licence,
        "kap_training_hours": 60,
        "sessions_facilitated": 120,
        "has_medical_overseer": True,
        "prices": _prices(role),
    }


def _prices(role: ClinicRole) -> list[dict[str, Any]]:
    """Price points seen in public (docs/facts.md, "Money")."""
    cents = {
        "consultation": 25_000,
        "preparation": 17_500,
        "dosing": role.dosing_cents,
        "integration": 17_500,
        "follow_up": 15_000,
    }
    return [
        {"kind": kind, "route": route, "format": "individual", "cents": price}
        for route in role.routes
        for kind, price in cents.items()
    ]


def npi(number: int) -> str:
    """Return a valid NPI: nine digits and the Luhn check digit over "80840" and them."""
    first = f"1{number:08}"
    digits = [int(digit) for digit in reversed("80840" + first)]
    total = sum(digits[1::2]) + sum(2 * digit - 9 * (digit > 4) for digit in digits[::2])
    return first + str(-total % 10)
