"""The JSON API's manners (docs/architecture.md, "API call")."""

from config.settings.environment import DEVELOPMENT

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["config.http.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["workers.kernel.wire.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "workers.kernel.wire.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.http.problem",
    "URL_FORMAT_OVERRIDE": None,  # `format` is how sessions are held, not how an answer is rendered
    "PAGE_SIZE": 50,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Ketamine-assisted therapy benefit",
    "DESCRIPTION": "Enrollment, referrals, courses of treatment and billing of an employer's benefit.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": [f"rest_framework.permissions.{'AllowAny' if DEVELOPMENT else 'IsAuthenticated'}"],
    # Names for choices that several schemas share; when one changes, `spectacular --fail-on-warn` asks for it here.
    "ENUM_NAME_OVERRIDES": {
        "RouteEnum": ["iv", "im", "sublingual", "nasal"],
        "ProtocolEnum": ["concurrent", "separated", "sequential"],
        "FormatEnum": ["individual", "group"],
        "SessionKindEnum": ["consultation", "preparation", "dosing", "integration", "follow_up"],
        "RequestStatusEnum": ["review", "open", "offered", "unplaced", "accepted", "withdrawn"],
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "workers.catalogue.openapi.add_webhooks",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
