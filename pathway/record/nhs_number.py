"""The NHS number: ten ASCII digits with a check digit, written 3-3-4."""

import re

SPACING = re.compile(r"[\s\u00a0\u2007\u202f-]+")
DIGITS = re.compile(r"[0-9]{10}")
MODULUS = 11


class NotAnNhsNumber(ValueError):
    """The text is not a usable NHS number; the message says why."""


def clean(text: str) -> str:
    """Ten digits out of typed text, spaces and hyphens left out.

    Source of the check: NHS Data Dictionary, weights 10 to 2, modulus 11; a check of 10 makes a number invalid.

    Raises:
        NotAnNhsNumber: not ten ASCII digits, one digit repeated, or a wrong check digit.
    """
    digits = SPACING.sub("", text)
    if not DIGITS.fullmatch(digits):
        raise NotAnNhsNumber("An NHS number has 10 digits, 0 to 9, for example 999 000 0018.")
    if len(set(digits)) == 1:
        raise NotAnNhsNumber("An NHS number is not one digit repeated ten times.")
    total = sum(int(digit) * weight for digit, weight in zip(digits[:9], range(10, 1, -1), strict=True))
    check = (MODULUS - total % MODULUS) % MODULUS
    if check != int(digits[9]):
        raise NotAnNhsNumber("The NHS number's check digit does not fit: look for a mistyped or swapped digit.")
    return digits


def spaced(digits: str) -> str:
    """The number as it is shown: 3-3-4."""
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}"
