"""One line per event of the log, with the trace id. Ids and codes, never names, health or income."""

from config.settings.environment import LOG_FORMAT, LOG_LEVEL, OTEL_EXPORTER_OTLP_ENDPOINT, SENTRY_DSN
from config.telemetry import install

if SENTRY_DSN:
    import sentry_sdk  # a tenth of a second of CPU, which who sends no reports does without

    sentry_sdk.init(  # no values of variables, no bodies, no users: a report holds code and ids only
        dsn=SENTRY_DSN,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
    )

if OTEL_EXPORTER_OTLP_ENDPOINT:
    install()

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"trace": {"()": "config.logs.TraceFilter"}},
    "formatters": {
        "text": {"()": "config.logs.BriefFormatter", "format": "{levelname} {trace} {name}: {message}", "style": "{"},
        "json": {"()": "config.logs.JsonFormatter"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["trace"]},
        "nobody": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "celery.worker.request": {"level": "WARNING"},  # a bell that expired unheard is no news
        "django.request": {"level": "ERROR"},  # a refusal is in our own line, without its path
        "httpx": {"level": "WARNING"},
        "fido2": {"level": "WARNING"},  # it tells the id of every passkey
        "stripe": {"level": "WARNING"},  # it tells of every request
        "pyx12": {"handlers": ["nobody"], "propagate": False},  # it tells the values that it finds wrong
    },
}
