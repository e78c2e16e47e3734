"""A Stripe test server in a process of its own: `python -m tests.simulators.stripe --port 0`.

It keeps everything in memory and is as strict as Stripe, stricter where in doubt. The state is touched only
by plain (never awaiting) functions on the one event-loop thread, which makes every operation atomic.

The API's surface is one table in `routes.py`; the control API (clock, faults, webhook switches, logs) is
`control.py`; the test payment methods are in `documented_methods.py`. Point the SDK at it with
`StripeClient("sk_test_x", base_addresses={"api": url})`.
"""
