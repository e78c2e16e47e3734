"""Keys, versions, routes and parameters: what never gets as far as being executed."""

import httpx
import pytest
import stripe

from tests.simulators_tests.stripe.bench import PUBLISHABLE_KEY, SECRET_KEY, Bench

MONEY = {"amount": "2000", "currency": "usd"}
BEARER = {"Authorization": f"Bearer {SECRET_KEY}"}


def test_a_request_without_a_key_is_unauthorized(bench: Bench) -> None:
    answer = httpx.get(f"{bench.url}/v1/customers")

    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("key", ["sk_live_abc", "nonsense", "rk_test_abc"])
def test_another_key_than_a_test_key_is_unauthorized(bench: Bench, key: str) -> None:
    client = stripe.StripeClient(key, base_addresses={"api": bench.url})

    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key"):
        client.v1.customers.create()


def test_a_publishable_key_cannot_create_anything(bench: Bench) -> None:
    with pytest.raises(stripe.AuthenticationError) as refused:
        bench.browser.v1.customers.create()

    assert refused.value.error is not None
    assert refused.value.error.code == "secret_key_required"


def test_another_api_version_is_refused(bench: Bench) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="2020-08-27"):
        bench.stripe.v1.customers.create(options={"stripe_version": "2020-08-27"})


def test_a_connected_account_is_refused(bench: Bench) -> None:
    with pytest.raises(stripe.PermissionError) as refused:
        bench.stripe.v1.customers.create(options={"stripe_account": "acct_1"})

    assert refused.value.error is not None
    assert refused.value.error.code == "account_invalid"


def test_every_answer_names_its_request_and_version(bench: Bench) -> None:
    answer = bench.stripe.v1.customers.create().last_response

    assert answer is not None
    assert str(answer.request_id).startswith("req_")
    assert answer.headers["stripe-version"] == "2026-10-28.endive"


@pytest.mark.parametrize("path", ["/v1/subscriptions", "/v1/topups", "/v1/charges/ch_1/capture", "/v2/core/events"])
def test_an_unknown_route_is_stripes_404(bench: Bench, path: str) -> None:
    answer = httpx.post(f"{bench.url}{path}", headers=BEARER)

    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == f"Unrecognized request URL (POST: {path})."


def test_payment_method_types_is_an_unknown_parameter(bench: Bench) -> None:
    params = {**MONEY, "payment_method_types[0]": "card"}
    for noun in ("payment_intents", "setup_intents"):
        answer = httpx.post(f"{bench.url}/v1/{noun}", headers=BEARER, data=params)

        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "parameter_unknown"


@pytest.mark.parametrize(
    ("data", "code", "param"),
    [
        ({**MONEY, "metdata[a]": "b"}, "parameter_unknown", "metdata"),
        (
            {**MONEY, "automatic_payment_methods[enabeld]": "true"},
            "parameter_unknown",
            "automatic_payment_methods[enabeld]",
        ),
        (
            {**MONEY, "automatic_payment_methods[allow_redirects]": "never"},
            "parameter_missing",
            "automatic_payment_methods[enabled]",
        ),
        ({"amount": "2000"}, "parameter_missing", "currency"),
        ({**MONEY, "amount": "20.00"}, "parameter_invalid_integer", "amount"),
        ({**MONEY, "amount": "2e3"}, "parameter_invalid_integer", "amount"),
        ({**MONEY, "description": ""}, "parameter_invalid_empty", "description"),
        ({**MONEY, "confirm": "yes"}, None, "confirm"),
        ({**MONEY, "setup_future_usage": "sometimes"}, None, "setup_future_usage"),
        ({**MONEY, "allowed_payment_method_types[0]": "cheque"}, None, "allowed_payment_method_types[0]"),
        ({**MONEY, "metadata[k]": "v" * 501}, None, "metadata[k]"),
        ({**MONEY, f"metadata[{'k' * 41}]": "v"}, None, f"metadata[{'k' * 41}]"),
        ({**MONEY, "expand[0]": "amount"}, None, "expand"),
        ({**MONEY, "transfer_data[destination]": "acct_1"}, "simulator_not_implemented", "transfer_data"),
    ],
)
def test_a_wrong_parameter_is_named(bench: Bench, data: dict[str, str], code: str | None, param: str) -> None:
    answer = httpx.post(f"{bench.url}/v1/payment_intents", headers=BEARER, data=data)

    error = answer.json()["error"]
    assert (answer.status_code, error.get("code"), error["param"]) == (400, code, param)
    assert bench.stripe.v1.payment_intents.list().data == []


def test_json_is_refused(bench: Bench) -> None:
    answer = httpx.post(f"{bench.url}/v1/customers", headers=BEARER, json={"email": "a@example.org"})

    assert answer.status_code == 400
    assert "application/x-www-form-urlencoded" in answer.json()["error"]["message"]


def test_a_parameter_given_twice_is_refused(bench: Bench) -> None:
    headers = {**BEARER, "Content-Type": "application/x-www-form-urlencoded"}
    answer = httpx.post(f"{bench.url}/v1/customers", headers=headers, content="name=a&name=b")

    assert answer.status_code == 400


def test_a_browser_sees_its_intent_with_the_client_secret_only(bench: Bench) -> None:
    intent = bench.intent(bench.saved())
    assert intent.client_secret is not None

    seen = bench.browser.v1.payment_intents.retrieve(intent.id, {"client_secret": intent.client_secret})
    with pytest.raises(stripe.InvalidRequestError):
        bench.browser.v1.payment_intents.retrieve(intent.id, {"client_secret": f"{intent.id}_secret_guess"})

    assert seen.status == "requires_payment_method"
    assert not {"customer", "metadata"} & seen.to_dict().keys()


def test_a_browser_cannot_claim_that_the_customer_is_away(bench: Bench) -> None:
    intent = bench.intent(bench.saved())
    answer = httpx.post(
        f"{bench.url}/v1/payment_intents/{intent.id}/confirm",
        headers={"Authorization": f"Bearer {PUBLISHABLE_KEY}"},
        data={
            "client_secret": intent.client_secret or "",
            "off_session": "true",
            "payment_method": "pm_card_visa",
        },
    )

    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "off_session"
    assert bench.charged() == []


def test_the_request_log_has_every_request(bench: Bench) -> None:
    bench.stripe.v1.customers.create({"name": "A"}, {"idempotency_key": "k"})
    bench.stripe.v1.customers.create({"name": "A"}, {"idempotency_key": "k"})
    httpx.get(f"{bench.url}/v1/nothing", headers=BEARER)

    seen = [
        (
            each["method"],
            each["path"],
            each["params"],
            each["idempotency_key"],
            each["status"],
            each["replayed"],
        )
        for each in bench.read("log")
    ]
    assert seen == [
        ("POST", "/v1/customers", {"name": "A"}, "k", 200, False),
        ("POST", "/v1/customers", {"name": "A"}, "k", 200, True),
        ("GET", "/v1/nothing", None, None, 404, False),
    ]
