"""The hand-over sheet of one case, to print: one page of A4."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pathway import casefile
from pathway.casefile.sbar import sbar
from pathway.record.access import opened
from pathway.web.find import case_or_404, person


@require_safe
def case_sheet(request: HttpRequest, case: UUID) -> HttpResponse:
    """The sheet as the case stands now; that somebody took it is logged."""
    found, user = case_or_404(request, case), person(request)
    opened(found, by=user, what="hand-over sheet")
    file = casefile.read(found, user)
    context = {"case": found, "file": file, "now": file.now, "sheet": sbar(file), "user": user}
    return render(request, "case/sheet.html", context)
