"""A Stripe test server in a process of its own: `python -m tests.simulators.stripe --port 0`.

It keeps everything in memory and is as strict as Stripe, stricter where in doubt. The state is touched only by
plain (never awaiting) functions on the one event-loop thread, which makes every operation atomic.
"""
