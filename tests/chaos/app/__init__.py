"""What the fault run announces and reacts to: one reaction of every kind, each leaving a trace that can be counted."""
