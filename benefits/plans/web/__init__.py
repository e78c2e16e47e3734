"""Pages about plans: HR reads what was agreed and proposes how it goes on, an operator agrees or declines."""

from benefits.plans.web.own import OwnPlans
from benefits.plans.web.proposals import LiveProposals, Proposals
from benefits.plans.web.renewal import Renewal

__all__ = ["LiveProposals", "OwnPlans", "Proposals", "Renewal"]
