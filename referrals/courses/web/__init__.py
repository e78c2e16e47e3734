"""The member's pages of their courses, of the times at which a session could be instead, and when they can come."""

from referrals.courses.web.availability import OwnAvailability
from referrals.courses.web.own import NextSession, OwnCourse, OwnCourses
from referrals.courses.web.times import OtherTimes

__all__ = ["NextSession", "OtherTimes", "OwnAvailability", "OwnCourse", "OwnCourses"]
