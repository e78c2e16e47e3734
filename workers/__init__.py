"""The engine: events, jobs, timers, webhooks out and in, e-mails. It knows no domain app."""
