"""The whole surface of the simulated API: every route, its parameters, and the part of them that is acted on.

An address that is not here is Stripe's 404 "Unrecognized request URL".
"""

from tests.simulators.stripe import (
    balance_transactions,
    charges,
    checkout_sessions,
    customers,
    disputes,
    events,
    payment_intents,
    payment_methods,
    refunds,
    setup_intents,
    webhook_endpoints,
)
from tests.simulators.stripe.book_routes import OPERATIONS as BOOK_OPERATIONS
from tests.simulators.stripe.errors import unknown_route
from tests.simulators.stripe.operations import Operation, listing, names

_CUSTOMER = names("address description email invoice_settings metadata name phone preferred_locales shipping")
_METHOD = names("allow_redisplay billing_details metadata")
_INTENT_METHODS = names("allowed_payment_method_types automatic_payment_methods")
_SECRET = names("client_secret")
_SETUP_CONFIRM = names("mandate_data payment_method return_url use_stripe_sdk")
_SETUP_UPDATE = names("customer description metadata payment_method")
_CONFIRM = names(
    "error_on_requires_action mandate_data off_session payment_method receipt_email return_url "
    "setup_future_usage shipping use_stripe_sdk"
)
_INTENT = names(
    "amount currency customer description metadata payment_method receipt_email setup_future_usage shipping "
    "statement_descriptor statement_descriptor_suffix transfer_group"
)
_SECRET_ONLY = names("error_on_requires_action off_session")
_ENDPOINT = names("api_version description enabled_events metadata url")

OPERATIONS = (
    Operation("POST", "/v1/customers", "CustomerCreateParams", customers.create, _CUSTOMER | {"payment_method"}),
    Operation("GET", "/v1/customers", "CustomerListParams", customers.list_customers, listing("email")),
    Operation("GET", "/v1/customers/{customer}", "CustomerRetrieveParams", customers.retrieve),
    Operation("POST", "/v1/customers/{customer}", "CustomerUpdateParams", customers.update, _CUSTOMER),
    Operation("DELETE", "/v1/customers/{customer}", "CustomerDeleteParams", customers.delete),
    Operation(
        "GET",
        "/v1/customers/{customer}/payment_methods",
        "CustomerPaymentMethodListParams",
        payment_methods.list_methods,
        listing("type"),
    ),
    Operation(
        "POST",
        "/v1/payment_methods",
        "PaymentMethodCreateParams",
        payment_methods.create,
        _METHOD | names("card type"),
    ),
    Operation(
        "GET",
        "/v1/payment_methods",
        "PaymentMethodListParams",
        payment_methods.list_methods,
        listing("customer type"),
    ),
    Operation("GET", "/v1/payment_methods/{method}", "PaymentMethodRetrieveParams", payment_methods.retrieve),
    Operation("POST", "/v1/payment_methods/{method}", "PaymentMethodUpdateParams", payment_methods.update, _METHOD),
    Operation(
        "POST",
        "/v1/payment_methods/{method}/attach",
        "PaymentMethodAttachParams",
        payment_methods.attach,
        names("customer"),
    ),
    Operation("POST", "/v1/payment_methods/{method}/detach", "PaymentMethodDetachParams", payment_methods.detach),
    Operation(
        "POST",
        "/v1/setup_intents",
        "SetupIntentCreateParams",
        setup_intents.create,
        _SETUP_UPDATE | _SETUP_CONFIRM | _INTENT_METHODS | names("confirm usage"),
    ),
    Operation(
        "GET",
        "/v1/setup_intents",
        "SetupIntentListParams",
        setup_intents.list_intents,
        listing("customer payment_method"),
    ),
    Operation(
        "GET",
        "/v1/setup_intents/{intent}",
        "SetupIntentRetrieveParams",
        setup_intents.retrieve,
        _SECRET,
        publishable=True,
    ),
    Operation("POST", "/v1/setup_intents/{intent}", "SetupIntentUpdateParams", setup_intents.update, _SETUP_UPDATE),
    Operation(
        "POST",
        "/v1/setup_intents/{intent}/confirm",
        "SetupIntentConfirmParams",
        setup_intents.confirm,
        _SETUP_CONFIRM,
        publishable=True,
    ),
    Operation(
        "POST",
        "/v1/setup_intents/{intent}/cancel",
        "SetupIntentCancelParams",
        setup_intents.cancel,
        names("cancellation_reason"),
    ),
    Operation(
        "POST",
        "/v1/payment_intents",
        "PaymentIntentCreateParams",
        payment_intents.create,
        _INTENT | _CONFIRM | _INTENT_METHODS | names("capture_method confirm"),
    ),
    Operation(
        "GET",
        "/v1/payment_intents",
        "PaymentIntentListParams",
        payment_intents.list_intents,
        listing("customer"),
    ),
    Operation(
        "GET",
        "/v1/payment_intents/{intent}",
        "PaymentIntentRetrieveParams",
        payment_intents.retrieve,
        _SECRET,
        publishable=True,
    ),
    Operation("POST", "/v1/payment_intents/{intent}", "PaymentIntentUpdateParams", payment_intents.update, _INTENT),
    Operation(
        "POST",
        "/v1/payment_intents/{intent}/confirm",
        "PaymentIntentConfirmParams",
        payment_intents.confirm,
        _CONFIRM,
        publishable=True,
        secret_only=_SECRET_ONLY,
    ),
    Operation(
        "POST",
        "/v1/payment_intents/{intent}/cancel",
        "PaymentIntentCancelParams",
        payment_intents.cancel,
        names("cancellation_reason"),
    ),
    Operation("GET", "/v1/charges", "ChargeListParams", charges.list_charges, listing("customer payment_intent")),
    Operation("GET", "/v1/charges/{charge}", "ChargeRetrieveParams", charges.retrieve),
    Operation(
        "GET",
        "/v1/balance_transactions",
        "BalanceTransactionListParams",
        balance_transactions.list_transactions,
        listing("currency payout source type"),
    ),
    Operation(
        "GET",
        "/v1/balance_transactions/{transaction}",
        "BalanceTransactionRetrieveParams",
        balance_transactions.retrieve,
    ),
    Operation(
        "POST",
        "/v1/refunds",
        "RefundCreateParams",
        refunds.create,
        names("amount charge metadata payment_intent reason"),
    ),
    Operation("GET", "/v1/refunds", "RefundListParams", refunds.list_refunds, listing("charge payment_intent")),
    Operation("GET", "/v1/refunds/{refund}", "RefundRetrieveParams", refunds.retrieve),
    Operation("POST", "/v1/refunds/{refund}", "RefundUpdateParams", refunds.update, names("metadata")),
    Operation("GET", "/v1/disputes", "DisputeListParams", disputes.list_disputes, listing("charge payment_intent")),
    Operation("GET", "/v1/disputes/{dispute}", "DisputeRetrieveParams", disputes.retrieve),
    Operation(
        "POST",
        "/v1/disputes/{dispute}",
        "DisputeUpdateParams",
        disputes.update,
        names("evidence metadata submit"),
    ),
    Operation("POST", "/v1/disputes/{dispute}/close", "DisputeCloseParams", disputes.close),
    Operation(
        "POST",
        "/v1/checkout/sessions",
        "checkout.SessionCreateParams",
        checkout_sessions.create,
        names("allowed_payment_method_types cancel_url currency customer metadata mode setup_intent_data success_url"),
    ),
    Operation(
        "GET",
        "/v1/checkout/sessions/{session}",
        "checkout.SessionRetrieveParams",
        checkout_sessions.retrieve,
    ),
    Operation(
        "POST",
        "/v1/checkout/sessions/{session}/expire",
        "checkout.SessionExpireParams",
        checkout_sessions.expire,
    ),
    Operation("GET", "/v1/events", "EventListParams", events.list_events, listing("delivery_success type types")),
    Operation("GET", "/v1/events/{event}", "EventRetrieveParams", events.retrieve),
    Operation("POST", "/v1/webhook_endpoints", "WebhookEndpointCreateParams", webhook_endpoints.create, _ENDPOINT),
    Operation(
        "GET",
        "/v1/webhook_endpoints",
        "WebhookEndpointListParams",
        webhook_endpoints.list_endpoints,
        listing(),
    ),
    Operation("GET", "/v1/webhook_endpoints/{endpoint}", "WebhookEndpointRetrieveParams", webhook_endpoints.retrieve),
    Operation(
        "POST",
        "/v1/webhook_endpoints/{endpoint}",
        "WebhookEndpointUpdateParams",
        webhook_endpoints.update,
        _ENDPOINT - {"api_version"} | {"disabled"},
    ),
    Operation("DELETE", "/v1/webhook_endpoints/{endpoint}", "WebhookEndpointDeleteParams", webhook_endpoints.delete),
)


def find(method: str, path: str) -> tuple[Operation, dict[str, str]]:
    """Return the operation of an address and the ids in its path. Raises Refusal 404 for an unknown one."""
    for operation in (*OPERATIONS, *BOOK_OPERATIONS):
        match = operation.pattern.fullmatch(path)
        if match and operation.method == method:
            return operation, match.groupdict()
    raise unknown_route(method, path)
