"""Every movement at Stripe against the ledger, day by day; what differs is work for a person."""
