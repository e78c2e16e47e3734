"""Pages of invitations: HR sends one again, and a member enters the code of a letter."""

from benefits.letters.web.claiming import EnterCode, Sent
from benefits.letters.web.inviting import InviteAgain

__all__ = ["EnterCode", "InviteAgain", "Sent"]
