"""Members move to the plan that they belong to, when plans, classes or places of work changed."""
