"""Prices that can be explained: what a course costs, who pays which part, and what the member agreed to."""
