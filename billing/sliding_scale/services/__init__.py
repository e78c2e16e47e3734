"""Declaring an income, deciding on evidence and appeals, saving programmes, and keeping the subsidy funds."""
