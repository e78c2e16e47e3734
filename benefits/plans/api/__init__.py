"""Operators agree on plans with employers; their HR reads what was agreed, and proposes renewals."""
