"""The member's pages of their courses, and of the times at which a session could be instead."""

from referrals.courses.web.own import NextSession, OwnCourse, OwnCourses
from referrals.courses.web.times import OtherTimes

__all__ = ["NextSession", "OtherTimes", "OwnCourse", "OwnCourses"]
