"""Chapters 3 and 4: employees activate, screen and ask; every request ends accepted or on the operator's list."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from config.local.failures import StoryBroke
from config.local.story import census
from config.local.story.cast import EMPLOYEES, EmployeeRole
from config.local.story.enrolling import EMPLOYEE_PASSWORD
from config.local.story.person import JSON, Person
from config.local.story.stage import Stage

ANSWER_HOURS = 25  # an offer is open for eight opening hours: a day, unless a weekend lies between
TELLING_ANSWERS: dict[str, JSON] = {
    "proceed": {},
    "clinician_review": {"hypertension": True},
    "urgent": {"suicidality": True},
}
ANSWERS_PAUSE = 4  # looks without work: what one clinic said may send another an offer
ROUNDS = 12  # more than there are clinics in any one city, and a weekend


@dataclass
class Employee:
    """An employee of the story: the role, the person at the browser, and what came of the request."""

    role: EmployeeRole
    person: Person
    home: str
    request_id: str = ""


def activate_and_ask(stage: Stage) -> list[Employee]:
    """24 employees accept their invitations, answer the questionnaire, and 20 ask for a referral."""
    stage.tell.chapter("3. Employees activate, answer a questionnaire, and ask for a referral")
    good = _rows_without_faults()
    with ThreadPoolExecutor(4) as pool:
        employees = list(pool.map(lambda pair: _activate(stage, *pair), zip(EMPLOYEES, good, strict=False)))
    stage.tell.say(f"{len(employees)} employees activated by the link in their mail, on their own address.")
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(_screen_and_ask, employees))
    for result in ("clinician_review", "urgent"):
        if results.count(result) != 1:
            raise StoryBroke(f"{results.count(result)} screenings ended {result!r}; the story has one.")
    asking = [employee for employee in employees if employee.request_id]
    stage.tell.say("One answer is for a clinician to review; one was urgent and saw crisis help at once.")
    stage.tell.say(f"{len(asking)} asked for a referral. Their employer sees nothing of it.")
    return asking


def route(stage: Stage, operator: Person, asking: list[Employee]) -> list[Employee]:
    """Let the clinics answer, and the clock pass over silence, until no request is open; return the accepted."""
    stage.tell.chapter("4. Workers route each request until a clinic says yes")
    for _ in range(ROUNDS):
        stage.settle("clinics answer", calm=ANSWERS_PAUSE)
        if not any(_status(employee) in ("open", "offered") for employee in asking):
            break
        stage.forward(timedelta(hours=ANSWER_HOURS))
    ended = [_status(employee) for employee in asking]
    if set(ended) - {"accepted", "unplaced"}:
        raise StoryBroke(f"Requests are left between clinics: {ended}")
    unplaced = operator.get("/api/v1/operator/unplaced-referrals/")["results"]
    if len(unplaced) != ended.count("unplaced"):
        raise StoryBroke(f"{ended.count('unplaced')} requests found nobody; the operator's list has {len(unplaced)}.")
    stage.tell.say(f"{ended.count('accepted')} accepted; {len(unplaced)} found nobody and is on the operator's list.")
    return [employee for employee, status in zip(asking, ended, strict=True) if status == "accepted"]


def _rows_without_faults() -> list[dict[str, str]]:
    """Rows that will be enrolled, and not the one that lives where nobody answers."""
    faulty = {fault.row - 2 for fault in census.FAULTS} | {19}
    return [
        row
        for number, row in enumerate(census.rows())
        if number not in faulty and (row["postal_code"], row["state"]) != census.REMOTE_HOME
    ]


def _activate(stage: Stage, role: EmployeeRole, row: dict[str, str]) -> Employee:
    email = row["personal_email"]
    person = Person(stage.base_url, email=email, password=EMPLOYEE_PASSWORD)
    person.accept_invitation(stage.invitation_of(email))
    person.sign_in()
    return Employee(role=role, person=person, home=role.near or row["postal_code"])


def _screen_and_ask(employee: Employee) -> str:
    person = employee.person
    questionnaire = person.get("/api/v1/questionnaires/current/")
    answers = _answers(questionnaire, employee.role.screening)
    agreed = {text["kind"]: text["version"] for text in questionnaire["other_consents"] if text["kind"] == "clinic"}
    sheet = {"questionnaire": questionnaire["id"], "answers": answers, "consents": agreed}
    screening = person.post("/api/v1/screenings/", sheet)
    if screening["result"] == "urgent" and not screening.get("crisis_help"):
        raise StoryBroke("An urgent answer saw no crisis help.")
    if employee.role.asks:
        preferences = {"near": employee.home, "max_distance_km": 120, "routes": ["im", "sublingual", "iv"]}
        asked = {"screening_id": screening["id"], "preferences": preferences}
        employee.request_id = person.post("/api/v1/referrals/", asked)["id"]
    return str(screening["result"])


def _answers(questionnaire: JSON, wanted: str) -> JSON:
    """Answer what has to be answered, so that it ends as the role wants it."""
    required = [item["id"] for section in questionnaire["sections"] if section["required"] for item in section["items"]]
    return {item: item == "age_18" for item in required} | TELLING_ANSWERS[wanted]


def _status(employee: Employee) -> str:
    return str(employee.person.get(f"/api/v1/referrals/{employee.request_id}/")["status"])
