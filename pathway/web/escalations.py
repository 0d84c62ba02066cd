"""Did escalation work: what became of the alerts of a period, who was told how many, and the count of each day."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pathway import protocol
from pathway.analytics import bars, changes, counted, load
from pathway.analytics.effect import Figures, Group, figures
from pathway.analytics.escalations import (
    BEFORE_LIMIT,
    LABELS,
    READINGS,
    UNANSWERED,
    Asked,
    Which,
    by_case,
    cases_of,
    of_cases,
    said_of,
)
from pathway.analytics.lines import SIDES, Line, Measure
from pathway.engine.now import now
from pathway.protocol.types import Level
from pathway.record.access import days
from pathway.record.person import User
from pathway.web.find import page_asked
from pathway.web.period import PeriodForm, listed, unreadable, who_audits

PAGE = 50
CLOCKS = {key: clock.label for key, clock in protocol.known(protocol.CURRENT).items() if clock.ladder}
PARTS = {
    "Somebody said to act before the next level": ("soon",),
    "Somebody said to act, after the next level": ("later",),
    "Nobody said to act": UNANSWERED,
    "No answer needed any more": ("over",),
    "Stands without an answer": ("stands",),
}
VERSION = re.compile(r"[\w.-]{1,40}")
EARLY = {"": None, "1": True, "0": False}


class AlertsForm(PeriodForm):
    """Which alerts: of a clock or of all."""

    clock = listed("Clock", CLOCKS, none="All clocks")
    begins: Mapping[str, str] = {"clock": ""}
    lasts = load.QUARTER
    field_order = ("clock", "unit", "first", "last")

    def asked(self, user: User) -> Asked:
        """The alerts that are asked for."""
        wanted = self.cleaned_data
        return Asked(user, *days(wanted["first"], wanted["last"]), self.chosen, wanted["clock"])

    @property
    def words(self) -> dict[str, Any]:
        """What every page says of what is asked for, and the words of its address."""
        wanted = self.cleaned_data
        period = {name: str(wanted[name]) for name in ("clock", "unit", "first", "last")}
        return {
            "form": self, "period": period, "unit": self.chosen, "first": wanted["first"], "last": wanted["last"],
            "clock": CLOCKS.get(wanted["clock"], ""),
        }  # fmt: skip


@require_safe
def escalations(request: HttpRequest) -> HttpResponse:
    """The alerts of a period: answered and done by level and hour, how long it took, and what changed of the rules."""
    user = who_audits(request)
    form = AlertsForm(request, user)
    if not form.is_valid():
        return render(request, "analytics/escalations.html", {"form": form}, status=422)
    asked = form.asked(user)
    found = figures(asked)
    context = {
        "found": found, "every": found.every, "levels": [(said_of(each.key), each) for each in found.levels],
        "tables": [
            (reading, "1" if reading is BEFORE_LIMIT else "", lines_of(reading, [found.every, *found.levels]))
            for reading in READINGS
        ],
        "left_out": [(key, LABELS[key], count) for key, count in sorted(found.left_out.items())],
        "hours": by_hour(found) if found.every.total else "",
        "changes": sorted(
            [*changes.released(asked.start, asked.end), *changes.moved(user, form.chosen, asked.start, asked.end)],
            key=lambda each: each.at,
        ),
    }  # fmt: skip
    return render(request, "analytics/escalations.html", form.words | context)


def lines_of(reading: Measure, groups: Sequence[Group]) -> list[tuple[Line, str, list[tuple[Group, int]]]]:
    """Each line of a reading: where it counts, and how many alerts of each group are on it."""
    counts = [{count.line.key: count.count for count in each.of(reading).counts} for each in groups]
    return [
        (line, SIDES[line.side], [(each, count[line.key]) for each, count in zip(groups, counts, strict=True)])
        for line in reading.lines
    ]


def by_hour(found: Figures) -> str:
    """The chart of alerts by the hour in which they were raised."""
    parts = {words: [each.on(*lines) for each in found.hours] for words, lines in PARTS.items()}
    names = [f"{int(each.key):02}" for each in found.hours]
    return bars.stacked("Alerts by hour of day", "Hour, time in the United Kingdom", "Alerts", parts, names)


@require_safe
def alerts(request: HttpRequest, which: str) -> HttpResponse:
    """The alerts behind one number, by case. They have codes, no names of patients."""
    user = who_audits(request)
    form = AlertsForm(request, user)
    if which not in LABELS:
        raise Http404
    if not form.is_valid():
        raise unreadable(form)
    asked, wanted = form.asked(user), which_of(request, which, user)
    every = by_case(asked, wanted)
    page = Paginator(every, PAGE).get_page(page_asked(request))
    subjects = [subject for subject, _ in page.object_list]
    found, cases = of_cases(asked, wanted, subjects), cases_of(asked, subjects)
    context = {
        "which": wanted, "page_obj": page, "rows": [(cases[subject], found[subject]) for subject in subjects],
        "total": sum(count for _, count in every), "level": said_of(wanted.level) if wanted.level else "",
    }  # fmt: skip
    return render(request, "analytics/alerts.html", form.words | context)


def which_of(request: HttpRequest, line: str, user: User) -> Which:
    """The alerts that the address asks for.

    Raises:
        BadRequest: there is no such level, hour or person, or it is no version; `early` is neither 1 nor 0.
    """
    level, hour, uuid, version, early = (
        request.GET.get(name, "") for name in ("level", "hour", "person", "version", "early")
    )
    if level and level not in list(Level):
        raise BadRequest("level")
    if hour and hour not in {str(number) for number in range(24)}:
        raise BadRequest("hour")
    if version and not VERSION.fullmatch(version):
        raise BadRequest("version")
    if early not in EARLY:
        raise BadRequest("early")
    person = told(user, uuid) if uuid else None
    return Which(line, level, int(hour) if hour else None, version, EARLY[early], person)


def told(user: User, uuid: str) -> User:
    """The person of whose alerts a list is.

    Raises:
        BadRequest: there is none who was told of a case that the reader may see.
    """
    try:
        found = load.person_told(user, UUID(uuid))
    except ValueError as wrong:
        raise BadRequest("person") from wrong
    if found is None:
        raise BadRequest("person")
    return found


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """How many alerts each person was told, and how many in each shift of the rota."""
    user = who_audits(request)
    form = AlertsForm(request, user)
    if not form.is_valid():
        return render(request, "analytics/escalation_people.html", {"form": form}, status=422)
    asked = form.asked(user)
    burdens, found = load.people(asked), load.shifts(asked)
    page = Paginator(found.busy, PAGE).get_page(page_asked(request))
    bands = bars.bars("Shifts by how many alerts they had", "Shifts", found.bands) if found.rows else ""
    context = {"burdens": burdens, "found": found, "page_obj": page, "bands": bands}
    return render(request, "analytics/escalation_people.html", form.words | context)


@require_safe
def by_day(request: HttpRequest) -> HttpResponse:
    """The signed count of each day of a period, and the days without one."""
    user = who_audits(request)
    form = PeriodForm(request, user)
    del form.fields["unit"]
    if not form.is_valid():
        return render(request, "analytics/escalation_days.html", {"form": form}, status=422)
    wanted = form.cleaned_data
    found = counted.days(wanted["first"], wanted["last"], now())
    page = Paginator(found.rows, PAGE).get_page(page_asked(request))
    context = {"form": form, "found": found, "page_obj": page, "first": wanted["first"], "last": wanted["last"]}
    return render(request, "analytics/escalation_days.html", context)
