"""How large what is sent may be, and the scope by which software sends it. A million people take 130 MB of CSV."""

MOST_BYTES = 200 * 1024**2
MOST_ROWS = 1_000_000
KEPT_DAYS = 30  # for which rows wait to be applied, and those with errors to be corrected
ROSTER = "roster:write"  # of an employer's own software: it may change members, and nothing else
