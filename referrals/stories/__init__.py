"""A member's whole story for operators, behind a reason: who looked, when and why is kept for the member to see."""
