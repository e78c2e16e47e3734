"""Where Stripe is asked, and where its word is turned into ours: client, reduction, webhooks."""
