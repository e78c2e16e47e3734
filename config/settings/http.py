"""The JSON API's manners (docs/architecture.md, "API call")."""

from config.settings.environment import DEVELOPMENT

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["config.http.BearerAuthentication", "config.http.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["workers.kernel.wire.Person"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["workers.kernel.wire.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "workers.kernel.wire.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.http.problem",
    "URL_FORMAT_OVERRIDE": None,  # `format` is how sessions are held, not how an answer is rendered
    "PAGE_SIZE": 50,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

_DECLINE_REASONS = ["no_capacity", "not_a_fit", "out_of_scope", "schedule", "language", "other"]
SPECTACULAR_SETTINGS = {
    "TITLE": "Ketamine-assisted therapy benefit",
    "DESCRIPTION": "Enrollment, referrals, courses of treatment and billing of an employer's benefit.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",  # what follows names operations and groups them
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": [f"rest_framework.permissions.{'AllowAny' if DEVELOPMENT else 'IsAuthenticated'}"],
    # Names for choices that several schemas share; when one changes, `spectacular --fail-on-warn` asks for it here.
    "ENUM_NAME_OVERRIDES": {
        "RouteEnum": ["iv", "im", "sublingual", "nasal"],
        "ProtocolEnum": ["concurrent", "separated", "sequential"],
        "FormatEnum": ["individual", "group"],
        "SessionKindEnum": ["consultation", "preparation", "dosing", "integration", "follow_up"],
        "GenderEnum": ["female", "male", "non_binary"],
        "RequestKindEnum": ["assisted_therapy", "infusion"],
        "NoteKindEnum": ["note", "contact"],
        "BoardStatusEnum": ["review", "open", "offered", "unplaced", "accepted"],
        "OfferStatusEnum": [
            *("requested", "received", "accepted", "rejected", "in-progress", "completed", "cancelled", "failed"),
        ],
        "DeclineReasonEnum": _DECLINE_REASONS,
        "OfferReasonEnum": [
            *_DECLINE_REASONS,
            *("no_slot_left", "no_endpoint", "no_answer", "request_withdrawn", "wishes_changed", "cover_ended"),
            *("taken_by_other", "clinic_unavailable", "capacity_gone", "reassigned", "clinic_changed"),
            "course_cancelled",
        ],
        "RequestStatusEnum": [
            *("review", "open", "offered", "unplaced", "accepted", "completed", "withdrawn", "moved", "lapsed"),
        ],
        "IncomeEvidenceEnum": ["pay_stub", "w2", "1040", "award_letter"],
        "ApiClientKindEnum": ["client", "key"],
        "ConsentKindEnum": ["screening", "clinic", "substance_use"],
        "PaymentMethodKindEnum": ["card", "us_bank_account"],
        "CourseStatusEnum": ["planned", "active", "completed", "cancelled"],
        "SessionStatusEnum": ["proposed", "scheduled", "completed", "cancelled", "no_show"],
        "CreditReasonEnum": "billing.invoices.models.CreditReason",
        "DifferenceStatusEnum": "billing.reconciliation.models.DifferenceStatus",
        "InvoiceStatusEnum": "billing.invoices.models.InvoiceStatus",
        "TransferStatusEnum": "billing.transfers.models.TransferStatus",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "workers.catalogue.openapi.add_webhooks",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
