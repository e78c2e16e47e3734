"""A small app that uses the engine as the others do: two tables, a few events, one reaction each."""
