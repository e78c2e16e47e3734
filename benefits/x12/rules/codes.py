"""Codes of 005010X220A1 that mean something here, and what they mean."""

# INS02, individual relationship. Whoever is not named here is somebody else's dependant of another kind.
SELF = "18"
RELATIONSHIPS = {
    SELF: "self",
    "01": "spouse",
    "53": "domestic_partner",
    "05": "child",  # grandson or granddaughter
    "07": "child",  # nephew or niece
    "09": "child",  # adopted
    "10": "child",  # foster
    "15": "child",  # ward
    "17": "child",  # stepchild
    "19": "child",
}
OTHER = "other"

# INS03, maintenance type.
CHANGE, ADD, END, REINSTATE, AUDIT = "001", "021", "024", "025", "030"
MAINTENANCE = (CHANGE, ADD, END, REINSTATE, AUDIT)
ENDED_COVER = ("002", "024")  # HD01 of a coverage that is deleted, or ended

# INS08, employment status.
ON_LEAVE = "L1"
EMPLOYMENT_ENDED = ("TE", "RT")  # terminated, retired

# DTP01, what a date is, in the order in which it is taken.
HIRED = ("336", "356")  # employment begin, else eligibility begin
EMPLOYMENT_END = ("337", "357")  # employment end, else eligibility end
MAINTENANCE_DATE = "303"
COVER_BEGIN, COVER_END = "348", "349"  # in loop 2300
OPEN_END = "9999"  # the year that stands for "no end" where a system cannot leave a date out

# REF01 of loop 2000.
SUBSCRIBER, SSN, OWN_NUMBERS = "0F", "SY", ("23", "ABB")
SSN_IN_NAME = "34"  # NM108
SSN_AS_NUMBER = "SSN-REMOVED"  # what stands in a file for an employee number that was one

# LUI02: NISO Z39.53 (LUI01 LD) of the languages most spoken in the US; ISO 639 (LE) is taken as it is.
LANGUAGES = {
    "ENG": "en",
    "SPA": "es",
    "FRE": "fr",
    "CHI": "zh",
    "VIE": "vi",
    "TAG": "tl",
    "KOR": "ko",
    "GER": "de",
    "RUS": "ru",
    "ARA": "ar",
    "POR": "pt",
    "ITA": "it",
    "JPN": "ja",
    "POL": "pl",
    "HIN": "hi",
}

# N102 of loop 2750, member reporting categories, by which an employer says what a plan's assignment may ask for.
CATEGORIES = {"CLASS": "employee_class", "LOCATION": "work_location"}

# Where a cell stands, for whoever has to mend it.
ELEMENTS = {
    "employee_number": "REF02 (0F)",
    "subscriber_number": "REF02 (0F)",
    "first_name": "NM104",
    "last_name": "NM103",
    "date_of_birth": "DMG02",
    "address_line_1": "N301",
    "address_line_2": "N302",
    "city": "N401",
    "state": "N402",
    "postal_code": "N403",
    "personal_email": "PER (EM)",
    "language": "LUI02",
    "hire_date": "DTP03 (336)",
    "end_date": "DTP03 (337)",
    "leave_starts_on": "DTP03 (303)",
    "date_of_death": "INS12",
    "cover_from": "DTP03 (348)",
    "relationship": "INS02",
    "employment_status": "INS08",
    "employee_class": "REF02 (2750 CLASS)",
    "work_location": "REF02 (2750 LOCATION)",
}
