"""Finds cases by what people know of the patient."""

from django.db.models import Q

from pathway.record.case import Case


def named(text: str) -> Q:
    """Cases whose code, patient's name, initials or number begin with, or for names contain, what was typed.

    The code of a merged case finds the one that goes on.
    """
    words, digits = text.strip(), "".join(letter for letter in text if letter in "0123456789")
    found = Q(patient__initials__istartswith=words) | Q(patient__local_number__istartswith=words)
    name = Q()
    for word in words.replace(",", " ").split():
        name &= Q(patient__family_name__icontains=word) | Q(patient__given_names__icontains=word)
    if name:
        found |= name
    if digits and not words.strip("0123456789 -"):
        found |= Q(patient__nhs_number__startswith=digits)
    if digits and words[:1] in "Mm" and words[1:] == digits:
        key = min(int(digits), 2**63 - 1)
        found |= Q(pk=key) | Q(pk__in=Case.objects.filter(pk=key).values("survivor"))
    return found
