"""The physiotherapists' list, and the charts of one case."""

from uuid import UUID

from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from pathway import physio
from pathway.casefile.trends import trends as of_case
from pathway.engine.now import now
from pathway.record.access import opened
from pathway.record.ask import text
from pathway.record.rota import units_of
from pathway.record.step import CARE
from pathway.web.find import case_or_404, person

FIND = text("Name or number", required=False)


@require_safe
def work(request: HttpRequest) -> HttpResponse:
    """Who is to be seen, what is due first on top; only the list where the page asks for it in the background."""
    user, unit = person(request), request.GET.get("unit", "")
    if not user.role_set & CARE:
        raise PermissionDenied("the physiotherapists' list")
    try:
        find = FIND.clean(request.GET.get("find", ""))
        found = physio.work(user, unit, find)
    except physio.BadUnit as wrong:
        raise BadRequest("unit") from wrong
    except ValidationError as wrong:
        raise BadRequest("find") from wrong
    units = [(str(each.uuid), each.name) for each in units_of(user)]
    part = request.headers.get("X-Background") == "1"
    return render(
        request,
        "physio/_list.html" if part else "physio/physio.html",
        {"round": found, "unit": unit, "units": units, "find": find, "now": found.now},
    )


@require_safe
def trends(request: HttpRequest, case: UUID) -> HttpResponse:
    """Mobility, power and pain over the treatments, each as a chart and as a table."""
    found, user = case_or_404(request, case), person(request)
    opened(found, by=user, what="trends")
    charts, marks = of_case(found)
    context = {"case": found, "now": now(), "charts": charts, "marks": marks, "back": reverse("case", args=[case])}
    return render(request, "physio/trends.html", context | {"may_write": bool(user.role_set & CARE)})
