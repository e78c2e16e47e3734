"""The local stack: PostgreSQL and Valkey from wheels, and a runner for the project's own processes.

`servers.py` the two servers and the environment they make · `stack.py` the table of processes on top ·
`processes.py`, `leashing.py`, `leash.py` how a process is started, watched, ended · `__main__.py` commands.
Only standard library here: the leash is imported through this package and has to start fast.
"""
