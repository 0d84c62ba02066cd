"""Finds cases by what people know of the patient."""

from django.db.models import Func, Q, TextField, Value
from django.db.models.lookups import Contains

from pathway.record.case import Case


def named(text: str) -> Q:
    """Cases whose code, patient's name, initials or number begin with, or for names contain, what was typed.

    Accents, apostrophes, hyphens and spaces count for nothing. The code of a merged case finds the one that goes on.
    """
    typed, joined = text.strip(), "".join(text.split()).replace("-", "")
    digits = "".join(letter for letter in text if letter in "0123456789")
    found = Q()
    for start in {typed, joined}:
        found |= Q(patient__initials__istartswith=start) | Q(patient__local_number__istartswith=start)
    name = Q()
    for word in typed.replace(",", " ").split():
        if any(letter.isalnum() for letter in word):
            bare = Folded(Value(word))
            name &= Q(Contains(Folded("patient__family_name"), bare)) | Q(
                Contains(Folded("patient__given_names"), bare)
            )
    if name:
        found |= name
    if digits and digits == joined:
        found |= Q(patient__nhs_number__startswith=digits)
    if digits and joined[:1] in "Mm" and joined[1:] == digits:
        key = min(int(digits), 2**63 - 1)
        found |= Q(pk=key) | Q(pk__in=Case.objects.filter(pk=key).values("survivor"))
    return found


class Folded(Func):
    """A name as it is looked for: small letters, without accents, apostrophes, hyphens and spaces."""

    function = "lower"
    template = (
        r"%(function)s(regexp_replace(normalize(translate(%(expressions)s, 'ØøŁłĐđ', 'OoLlDd'), NFKD), "
        r"'[\u0300-\u036f\s''’‘ʼ`´.-]', '', 'g'))"  # noqa: RUF001
    )
    output_field = TextField()
