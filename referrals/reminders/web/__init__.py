"""A session as a file for one's calendar, the page behind a reminder's link, and the list before a dosing."""

from referrals.reminders.web.appointments import OneAppointment, SessionFile
from referrals.reminders.web.preparing import OwnPreparation, PreparationPanel

__all__ = ["OneAppointment", "OwnPreparation", "PreparationPanel", "SessionFile"]
