"""Statements about many rows are planned for as many.

Row security hides from PostgreSQL's planner how many rows a tenant has: it expects an average one, or next to none
while a table has no statistics. For those few it chooses a nested loop, which then reads 50,000 rows for each of
50,000: the first census of a new database took 180 seconds in place of 3. By hash the worst is one reading of the
tenant's rows, by an index that begins with the tenant: a scan of the table would read those of all others, which took a
census of 2,000 people beside 600,000 twice as long.
"""

MANY = 100  # rows from which that reading costs less than what a nested loop may
BY_HASH = "set_config('enable_nestloop', 'off', true), set_config('enable_seqscan', 'off', true)"
FRESH_BY_HASH = f"PERFORM {BY_HASH} FROM fresh HAVING count(*) > {MANY};"  # in a trigger, of its transition table
# What a function with this clause sets does not outlast it.
ENDS_WITH_FUNCTION = "SET enable_nestloop = on SET enable_seqscan = on"
