"""The worklist: the page, its table and one row of it, all drawn from the same templates."""

from functools import lru_cache
from uuid import UUID

from django import forms
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from pathway.protocol.phase import PHASES
from pathway.record.case import READS_CASES
from pathway.record.person import User
from pathway.record.rota import units_of
from pathway.web.find import page_asked, person
from pathway.worklist import BadFilter, Filters, board, row
from pathway.worklist.filters import ME, NOBODY, STATES
from pathway.worklist.handover import waiting
from pathway.worklist.page import owners

HEADINGS = ("Patient", "Class, phase, owner", "Tracks", "Next clock", "Next action", "Alerts")
ANY = [("", "All")]


class Fields(forms.Form):
    """What may be left out of the list."""

    text = forms.CharField(
        label="Name, NHS or local number, case",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"class": "nhsuk-input--width-10", "type": "search"}),
    )
    unit = forms.ChoiceField(required=False)
    klass = forms.ChoiceField(label="Class", choices=[*ANY, *((letter, letter) for letter in "ABC")], required=False)
    phase = forms.ChoiceField(choices=[*ANY, *PHASES.items()], required=False)
    state = forms.ChoiceField(label="Clocks", choices=[*ANY, *STATES.items()], required=False)
    owner = forms.CharField(max_length=200, required=False, widget=forms.Select)
    alerts = forms.BooleanField(label="Only with open alerts", required=False)
    unanswered = forms.BooleanField(label="Only unanswered", required=False)
    contradictions = forms.BooleanField(label="Only with contradictions", required=False)
    closed = forms.BooleanField(required=False, widget=forms.HiddenInput)

    units: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()

    def offer(self, units: tuple[tuple[str, str], ...], names: tuple[str, ...], shared: str) -> None:
        """Let the form offer these units and owners; `shared` says what it means that others have one's name."""
        self.units, self.names, self.fields["owner"].help_text = units, names, shared
        unit: forms.ChoiceField = self.fields["unit"]  # type: ignore[assignment]
        unit.choices = [*ANY, *units]
        pairs = [(name, name) for name in names]
        self.fields["owner"].widget.choices = [*ANY, (ME, "Me"), (NOBODY, "Nobody named"), *pairs]


class FilterForm(Fields):
    """The same for one person: their units, and the owners of the cases that they see."""

    def __init__(self, request: HttpRequest, user: User) -> None:
        super().__init__(request.GET, auto_id="filter_%s")
        self.query = request.GET.urlencode()
        units = tuple((str(each.uuid), each.name) for each in units_of(user))
        asked = self.data.get("owner", "")
        names = [name for name in owners(user) if name not in (ME, NOBODY)]
        others = [asked] if asked not in ("", ME, NOBODY, *names) else []
        self.offer(units, (*names, *others), user.name_is_shared)

    @property
    def drawn(self) -> SafeString:
        """The fields as the page shows them; most people ask for the same ones again and again."""
        return drawn(self.query, self.units, self.names, str(self.fields["owner"].help_text))

    @property
    def filters(self) -> Filters:
        """What was chosen.

        Raises:
            BadRequest: a value that no choice of the form gives; left out in silence it would mislead.
        """
        if not self.is_valid():
            raise BadRequest(f"filter: {', '.join(self.errors)}")
        return Filters(**self.cleaned_data)


@lru_cache(maxsize=256)
def drawn(query: str, units: tuple[tuple[str, str], ...], names: tuple[str, ...], shared: str) -> SafeString:
    """The fields of the form, with what was chosen."""
    form = Fields(QueryDict(query), auto_id="filter_%s")
    form.offer(units, names, shared)
    return form.as_div()


@require_safe
def worklist(request: HttpRequest) -> HttpResponse:
    """The whole page."""
    user = person(request)
    if not user.role_set & READS_CASES:
        return render(request, "worklist/not_for_you.html")
    form = FilterForm(request, user)
    shown = {**context(request, form.filters), "filter_form": form, "waiting": waiting(user)}
    return render(request, "worklist/worklist.html", shown)


@require_safe
def table(request: HttpRequest) -> HttpResponse:
    """The part of the page that changes by itself."""
    filters = FilterForm(request, person(request)).filters
    return render(request, "worklist/_table.html", context(request, filters))


@require_safe
def one_row(request: HttpRequest, case: UUID) -> HttpResponse:
    """One row; 404 where the case is not, or no longer, among those shown."""
    user = person(request)
    found = row(user, case, FilterForm(request, user).filters)
    if found is None:
        raise Http404
    return render(request, "worklist/_row.html", {"row": found, "now": found.now})


def context(request: HttpRequest, filters: Filters) -> dict[str, object]:
    """What page and table show.

    Raises:
        BadRequest: a page that is no number, or a filter that has no such value.
    """
    try:
        shown = board(person(request), filters, page_asked(request))
    except BadFilter as error:
        raise BadRequest(str(error)) from error
    return {"board": shown, "filters": filters, "now": shown.now, "headings": HEADINGS}
