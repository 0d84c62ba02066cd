"""What lies ahead: gaps in the rota, people who cannot be reached, and who is told if a clock runs out."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from pathway import protocol
from pathway.casefile import forecast
from pathway.engine.now import now
from pathway.protocol.types import Role
from pathway.record import outlook
from pathway.web.find import case_or_404, person
from pathway.web.rota_forms import PreviewForm


@require_safe
def gaps(request: HttpRequest) -> HttpResponse:
    """The gaps of the next 14 days, people on the rota without a verified contact, units without a fixed one."""
    user, at = person(request), now()
    home = user.organisation_id or 0
    context = {
        "found": outlook.gaps_ahead(home, at), "people": outlook.without_contact(home, at),
        "unfixed": outlook.without_fixed(home), "may_change": Role.ADMINISTRATOR in user.role_set, "now": at,
    }  # fmt: skip
    return render(request, "rota/gaps.html", context)


@require_http_methods(["GET", "HEAD"])
def preview(request: HttpRequest) -> HttpResponse:
    """Who would be told of a clock that runs out at a time, if nobody answered."""
    user, at = person(request), now()
    form = PreviewForm(user, request.GET if request.GET else None)
    context = {"form": form, "now": at, "title": "If a clock runs out"}
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        standard = protocol.get(protocol.CURRENT).standards[given["clock"]]
        context |= {
            "steps": forecast.of_unit(given["unit"], standard, given["at"]),
            "standard": standard,
            "due": given["at"],
        }
        context["unit"] = given["unit"]
    return render(request, "rota/preview.html", context, status=422 if form.errors else 200)


@require_safe
def ahead(request: HttpRequest, case: UUID, clock: str) -> HttpResponse:
    """Who will be told of a running clock of a case, if nobody answers and nothing ends it."""
    found, at = case_or_404(request, case), now()
    standard = protocol.get(found.protocol).standards.get(clock)
    if standard is None:
        raise Http404
    runs = forecast.of_case(found, clock)
    return render(request, "rota/ahead.html", {"case": found, "now": at, "standard": standard, "runs": runs})
