"""One line per event of the log: level, trace, logger, message. Ids and codes, never names, health or income."""

import sentry_sdk

from config.settings.environment import SENTRY_DSN

if SENTRY_DSN:
    sentry_sdk.init(  # no values of variables, no bodies, no users: a report holds code and ids only
        dsn=SENTRY_DSN,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
    )

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"trace": {"()": "config.logs.TraceFilter"}},
    "formatters": {"line": {"format": "{levelname} {trace} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["trace"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "celery.worker.request": {"level": "WARNING"},  # a bell that expired unheard is no news
        "httpx": {"level": "WARNING"},
        "stripe": {"level": "WARNING"},  # it tells of every request
    },
}
