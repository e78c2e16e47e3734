"""Reading the policy, candidates, decisions, and where requests find nobody."""
