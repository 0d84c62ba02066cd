"""The pack of a period: one page to read or print, and the same figures as a workbook."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from pathway.analytics import pack as figures
from pathway.analytics.pack import Pack, Period
from pathway.analytics.pack_book import TYPE, workbook
from pathway.engine.now import now
from pathway.protocol.hours import LONDON
from pathway.record.ask import unanswered
from pathway.record.person import Unit, User
from pathway.record.rota import units_of
from pathway.web.period import who_audits

MONTH, QUARTER, YEAR = 1, 3, 12
OFFERED = (
    ("Quarters", QUARTER, 1, 8),
    ("Months", MONTH, 1, 24),
    ("Years", YEAR, 1, 5),
    ("Financial years", YEAR, 4, 5),
)


def begun(today: date, length: int, opens: int) -> date:
    """The first day of the quarter, month or year that a day lies in; a year opens with the month `opens`."""
    months = 12 * today.year + today.month - opens
    months = months // length * length + opens - 1
    return date(months // 12, months % 12 + 1, 1)


def named(first: date, length: int, opens: int) -> Period:
    """The period that begins on a day."""
    after = begun(first + timedelta(days=31 * length), length, opens)
    name = {
        MONTH: f"{first:%B %Y}",
        QUARTER: f"{first.year}, quarter {(first.month + 2) // QUARTER}",
        YEAR: str(first.year) if opens == 1 else f"Financial year {first.year} to {first.year + 1}",
    }[length]
    return Period(name, first, after - timedelta(days=1))


def periods(today: date) -> Iterator[tuple[str, list[tuple[str, Period]]]]:
    """What may be chosen, in groups: each with its key, the newest that is over first, then the one that goes on."""
    for group, length, opens, count in OFFERED:
        found, first = [], begun(today, length, opens)
        running = named(first, length, opens)
        for _ in range(count):
            first = begun(first - timedelta(days=1), length, opens)
            found.append(named(first, length, opens))
        going_on = Period(f"{running.name}, so far", running.first, today)
        yield group, [(f"{length}-{opens}-{each.first}", each) for each in (*found, going_on)]


class PackForm(forms.Form):
    """Which period, and which unit of the own organisation or all; at first the last quarter that is over."""

    period = forms.ChoiceField(label="Period", error_messages=unanswered("Period"))
    unit = forms.ChoiceField(label="Unit", required=False, error_messages=unanswered("Unit"))

    def __init__(self, asked: Mapping[str, str], user: User) -> None:
        groups = list(periods(now().astimezone(LONDON).date()))
        self.periods = {key: each for _, of in groups for key, each in of}
        super().__init__({"period": next(iter(self.periods)), **asked}, auto_id="pack_%s")
        self.units = {str(unit.uuid): unit for unit in units_of(user)}
        self.fields["period"].choices = [(group, [(key, each.name) for key, each in of]) for group, of in groups]  # type: ignore[attr-defined]
        self.fields["unit"].choices = [("", "All units"), *((key, each.name) for key, each in self.units.items())]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> tuple[Period, Unit | None]:
        """What was chosen."""
        return self.periods[self.cleaned_data["period"]], self.units.get(self.cleaned_data["unit"])


def asked(request: HttpRequest) -> tuple[PackForm, Pack | None]:
    """The form, and the pack that it asks for; None where it asks for none that can be."""
    user = who_audits(request)
    form = PackForm(request.GET.dict(), user)
    return form, figures.pack(user, *form.chosen) if form.is_valid() else None


@require_safe
def pack(request: HttpRequest) -> HttpResponse:
    """The pack as a page."""
    form, found = asked(request)
    if found is None:
        return render(request, "analytics/pack.html", {"form": form}, status=422)
    wanted = form.cleaned_data
    of_measure = {
        "first": found.period.first.isoformat(),
        "last": found.period.last.isoformat(),
        "unit": wanted["unit"],
    }
    context = {"form": form, "found": found, "chosen": wanted, "period": of_measure}
    return render(request, "analytics/pack.html", context)


@require_safe
def pack_workbook(request: HttpRequest) -> HttpResponse:
    """The same as a file."""
    form, found = asked(request)
    if found is None:
        return render(request, "analytics/pack.html", {"form": form}, status=422)
    name = slugify(f"mscc pack {found.unit} {found.period.first} to {found.period.last}")
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return HttpResponse(workbook(found), content_type=TYPE, headers=headers)
