"""Tier 1: claims, fences, back-offs and bells against a model, with every order of events Hypothesis can think of."""
