"""The check digit of a provider's number."""

_ISSUER_SUM = 24  # what "80840" (80 health application, 840 United States) adds: CMS, "NPI check digit"
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)  # twice a digit, its own digits added (ISO/IEC 7812-1, annex B)


def is_npi(number: str | bytes) -> bool:
    """Whether `number` is a National Provider Identifier: ten ASCII digits, and Luhn over "80840" and them."""
    written = number.encode(errors="replace") if isinstance(number, str) else number
    if len(written) != 10 or not written.isdigit():
        return False
    digits = [digit - 48 for digit in written]
    return (_ISSUER_SUM + sum(digits[1::2]) + sum(_DOUBLED[digit] for digit in digits[0::2])) % 10 == 0
