"""HR systems as a door: one interface, and an adapter per system."""

from benefits.eligibility.services.hris.collecting import collect
from benefits.eligibility.services.hris.connector import Company, Connector, Employment, Individual, NotReadable
from benefits.eligibility.services.hris.drop_folder import DropFolder

__all__ = ["Company", "Connector", "DropFolder", "Employment", "Individual", "NotReadable", "collect"]
