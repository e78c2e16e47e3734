"""What stands for Stripe.js: a script, and a frame that shows what its SetupIntent takes."""

from typing import Any

import httpx
import pytest

from tests.simulators_tests.stripe.bench import Bench


@pytest.mark.parametrize(
    ("kind", "shown", "hidden"),
    [("card", "pm_card_visa", "pm_usBankAccount"), ("us_bank_account", "pm_usBankAccount_success", "pm_card")],
)
def test_the_frame_offers_what_the_setup_intent_takes(bench: Bench, kind: str, shown: str, hidden: str) -> None:
    params: Any = {"allowed_payment_method_types": [kind]}
    intent = bench.stripe.v1.setup_intents.create(params)
    frame = httpx.get(f"{bench.url}/js/payment_element", params={"client_secret": str(intent.client_secret)})
    assert frame.status_code == 200
    assert f"<option>{shown}</option>" in frame.text
    assert hidden not in frame.text


@pytest.mark.parametrize("secret", ["", "seti_1", "seti_1_secret_x", "<script>"])
def test_no_frame_without_the_secret(bench: Bench, secret: str) -> None:
    assert httpx.get(f"{bench.url}/js/payment_element", params={"client_secret": secret}).status_code == 404


def test_the_script_is_one(bench: Bench) -> None:
    script = httpx.get(f"{bench.url}/js/stripe.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert "confirmSetup" in script.text
