"""The fault run: real processes are killed, stopped and cut off, and nothing may be lost, doubled or misordered.

`python -m tests.chaos --duration 60 --seed 7` (make chaos). docs/chaos.md says what happens and how to read the result.
"""
