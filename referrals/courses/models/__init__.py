"""Courses, their sessions with the history of each, and the calendars that plans are made from."""

from referrals.courses.models.calendars import ClinicCalendar, MemberAvailability
from referrals.courses.models.courses import Course, Session
from referrals.courses.models.history import SessionStep

__all__ = ["ClinicCalendar", "Course", "MemberAvailability", "Session", "SessionStep"]
