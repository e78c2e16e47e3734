"""The code of a letter, and whether what somebody says fits the person it was sent to. Pure.

A code is 12 characters of an alphabet without 0, 1, I, L and O, printed in fours; the last one is a check character.
11 of 31 characters are 54 bits: nobody guesses one that is asked for a few hundred times a minute.
"""

import secrets
import unicodedata
from collections.abc import Collection
from datetime import date, timedelta

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # 31, a prime: any two swapped or one mistaken character shows
LENGTH = 12
LETTER_LASTS = timedelta(days=60)  # printed, posted, found, and put off
ASKED_PER_HOUR = 120  # invitations once more, by one admin
MOST_FAILURES = 5
CLAIMS_PER_MINUTE = 600  # of everybody: protects the machine, for codes cannot be guessed
CLAIMS_PER_CODE = 5  # a minute
MOST_CLAIMS = 5  # links mailed for one letter: an address may be mistyped


def new_code() -> str:
    """Return a fresh code, as it is printed: "ABCD-EFGH-JKMN"."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    code = drawn + _check_character(drawn)
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def read_code(text: str) -> str | None:
    """Return a code as it is compared, however it was typed; None for one that no letter has."""
    code = characters_of(text)
    if len(code) != LENGTH or set(code) - set(ALPHABET):
        return None
    return code if code[-1] == _check_character(code[:-1]) else None


def characters_of(text: str) -> str:
    """Return the letters and digits of what was typed, in upper case; what stands between them does not count."""
    return "".join(character for character in unicodedata.normalize("NFKC", text).upper() if character.isalnum())


def _check_character(drawn: str) -> str:
    """What makes the weighted sum divisible by 31, the weights being 1 to 12."""
    weighted = sum(weight * ALPHABET.index(character) for weight, character in enumerate(drawn, start=1))
    inverse = pow(LENGTH, -1, len(ALPHABET))
    return ALPHABET[-weighted * inverse % len(ALPHABET)]


def fits(number: str, born: date, *, numbers: Collection[str], date_of_birth: date) -> bool:
    """Whether somebody said one of a person's numbers (a dependant also knows the employee's) and their birthday."""
    return born == date_of_birth and _plain(number) in {_plain(known) for known in numbers}


def _plain(number: str) -> str:
    """Case, blanks and leading zeros are how a number is written, and not which it is."""
    text = "".join(unicodedata.normalize("NFKC", number).casefold().split())
    return text.lstrip("0") or text
