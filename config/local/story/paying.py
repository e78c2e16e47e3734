"""Chapter 5: a price by sliding scale, split with the employer, and paid by instalments through Stripe."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from config.local.failures import StoryBroke
from config.local.story.asking import Employee
from config.local.story.person import JSON, Person
from config.local.story.stage import Stage

GOOD_CARD = "pm_card_visa"


def agree_on_prices(stage: Stage, accepted: list[Employee]) -> None:
    """Each member declares income (or not), accepts a quote, chooses instalments and stores a card."""
    stage.tell.chapter("5. Prices by sliding scale, payment by instalments")
    with ThreadPoolExecutor(4) as pool:
        quotes = list(pool.map(lambda employee: _agree(stage, employee), accepted))
    for employee, quote in zip(accepted, quotes, strict=True):
        stage.tell.say(_summary(employee, quote))


def replace_declined_cards(stage: Stage, people: list[Person]) -> int:
    """Those of the people whose card will not do store another; returns how many did."""
    declined = [person for person in people if any(i["status"] == "needs_method" for i in instalments(person))]
    for person in declined:
        store_card(stage, person, GOOD_CARD)
    return len(declined)


def authenticate_payments(stage: Stage, people: list[Person]) -> int:
    """Those of the people whose bank wants 3-D Secure confirm; returns how many payments."""
    waiting = [(person, i["id"]) for person in people for i in instalments(person) if i["status"] == "action_required"]
    for person, instalment in waiting:
        _pay_with_customer_present(stage, person, instalment)
    return len(waiting)


def instalments(person: Person) -> list[JSON]:
    """Every instalment of a member's plans."""
    plans = person.get("/api/v1/payment-plans/")["results"]
    return [instalment for plan in plans for instalment in plan["instalments"]]


def store_card(stage: Stage, person: Person, card: str) -> None:
    """Store a card as Stripe's form does: the browser talks to Stripe, our server hears of it by webhook."""
    setup = person.post("/api/v1/payment-methods/setups/", {"mandate_accepted": True})["id"]
    path = f"/api/v1/payment-methods/setups/{setup}/"
    ready = stage.wait_until("Stripe prepares a form", lambda: _with_status(person, path, "ready"))
    intent, secret = ready["setup_intent"], ready["client_secret"]
    confirmed = _as_browser(stage, f"/v1/setup_intents/{intent}/confirm", ready, payment_method=card)
    if confirmed["status"] == "requires_action":
        _authenticate(stage, intent, secret)
    stage.wait_until("the card is stored", lambda: _with_status(person, path, "stored"))


def _agree(stage: Stage, employee: Employee) -> JSON:
    person, role = employee.person, employee.role
    course = person.get("/api/v1/courses/")["results"][0]["id"]
    if role.income_cents is not None:
        declaration = {"annual_income_cents": role.income_cents, "household_size": role.household_size}
        person.post("/api/v1/income-declarations/", declaration | {"region": "contiguous"})
    quote = person.post("/api/v1/quotes/", {"course_id": course})
    person.post(f"/api/v1/quotes/{quote['id']}/accept/")
    if quote["member_cents"]:
        choice = {"quote_id": quote["id"], "instalments": role.instalments, "interval": role.interval}
        person.post("/api/v1/payment-plans/", choice)
        store_card(stage, person, role.card)
    return quote


def _summary(employee: Employee, quote: JSON) -> str:
    role, cents = employee.role, ("total_list_cents", "discount_cents", "employer_cents", "member_cents")
    income = "no income given" if role.income_cents is None else f"income {_dollars(role.income_cents)}"
    listed, discount, employer, member = (_dollars(quote[name]) for name in cents)
    return (
        f"{income}, household of {role.household_size}: {listed} − {discount} by the scale − {employer} by the employer"
        f" = {member} in {role.instalments}"
    )


def _pay_with_customer_present(stage: Stage, person: Person, instalment: str) -> None:
    """Confirm the same payment again, now that somebody is there to answer the bank."""
    action = person.get(f"/api/v1/instalments/{instalment}/")["action"]
    intent, card = action["payment_intent"], action["payment_method"]
    _as_browser(stage, f"/v1/payment_intents/{intent}/confirm", action, payment_method=card)
    _authenticate(stage, intent, action["client_secret"])


def _authenticate(stage: Stage, intent: str, client_secret: str) -> None:
    """Confirm with the bank, on the page that 3-D Secure shows."""
    page = f"{stage.stack.url('stripe')}/3ds/{intent}"
    answer = stage.http.post(page, params={"client_secret": client_secret}, data={"outcome": "succeed"})
    if answer.is_error:
        raise StoryBroke(f"The bank's page answered {answer.status_code}: {answer.text[:300]}")


def _with_status(person: Person, path: str, status: str) -> JSON | None:
    setup = person.get(path)
    if setup["status"] == "failed":
        raise StoryBroke(f"{person.email}: Stripe refused the card's form.")
    return setup if setup["status"] == status else None


def _as_browser(stage: Stage, path: str, ready: JSON, **form: Any) -> JSON:
    """What Stripe.js does: the publishable key, the intent's own secret, and where to return to."""
    headers = {"Authorization": f"Bearer {ready['publishable_key']}"}
    form |= {"client_secret": ready["client_secret"], "return_url": f"{stage.base_url}/paid/"}
    answer = stage.http.post(stage.stack.url("stripe") + path, headers=headers, data=form)
    answer.raise_for_status()
    body: JSON = answer.json()
    return body


def _dollars(cents: int) -> str:
    return f"${cents / 100:,.2f}"
