"""The check digit of a provider's number."""

_ISSUER_SUM = 24  # what "80840" (80 health application, 840 United States) adds: CMS, "NPI check digit"
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)  # twice a digit, its own digits added (ISO/IEC 7812-1, annex B)


def is_npi(number: bytes) -> bool:
    """Whether ASCII digits are a National Provider Identifier: ten, and Luhn over "80840" and them."""
    if len(number) != 10 or not number.isdigit():
        return False
    digits = [digit - 48 for digit in number]
    return (_ISSUER_SUM + sum(digits[1::2]) + sum(_DOUBLED[digit] for digit in digits[0::2])) % 10 == 0
