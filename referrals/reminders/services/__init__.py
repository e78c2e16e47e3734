"""What is said about sessions, and when: reminders, entries for calendars, what clinics ask for beforehand."""
