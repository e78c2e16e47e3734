"""Ways of treatment, as versioned data with their sources, and the planner that turns one into dates."""
