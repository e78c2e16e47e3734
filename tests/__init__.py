"""Tests, and the simulators they run against."""
