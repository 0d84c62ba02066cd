"""The filters of a timeline: a plain form in the address, without script."""

from collections.abc import Sequence

from django import forms
from django.core.exceptions import BadRequest
from django.http import HttpRequest

from pathway.casefile.sift import SORTS, Sieve, everybody, parts
from pathway.casefile.timeline import Entry

ALL = [("", "All")]


class SieveForm(forms.Form):
    """What of a timeline to show; only what is in it is offered."""

    track = forms.ChoiceField(label="About", required=False)
    person = forms.ChoiceField(label="Recorded by", required=False)
    only = forms.ChoiceField(
        label="Sort", required=False, choices=[*ALL, *((key, words) for key, (words, _) in SORTS.items())]
    )

    def __init__(self, request: HttpRequest, entries: Sequence[Entry]) -> None:
        super().__init__(request.GET, auto_id="sieve_%s")
        offered = {"track": parts(entries), "person": [(name, name) for name in everybody(entries)]}
        for name, pairs in offered.items():
            field: forms.ChoiceField = self.fields[name]  # type: ignore[assignment]
            field.choices = [*ALL, *pairs]

    @property
    def sieve(self) -> Sieve:
        """What was chosen.

        Raises:
            BadRequest: a value that no choice gives; left out in silence it would mislead.
        """
        if not self.is_valid():
            raise BadRequest(f"filter: {', '.join(self.errors)}")
        return Sieve(**self.cleaned_data)
