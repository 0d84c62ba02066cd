"""A rota out of a file: first what it would enter, row by row; then, on a second word, all of it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from pathway.engine import rota_file
from pathway.engine.refused import Refused
from pathway.protocol.types import Role
from pathway.record import rota
from pathway.record.csv_table import LARGEST, MOST_ROWS
from pathway.web.find import person
from pathway.web.people import also
from pathway.web.received import received
from pathway.web.rota_forms import FileForm


@csrf_exempt  # the size is looked at before the form is read; `received` then asks for the key of the form
@require_http_methods(["GET", "HEAD", "POST"])
def rota_import(request: HttpRequest) -> HttpResponse:
    """Refuse what is too large unread, and whoever may not change the rota; then see to the form."""
    user = person(request)
    if Role.ADMINISTRATOR not in user.role_set:
        raise PermissionDenied("changing the rota, which is for administrators")
    return received(request, checked)


def checked(request: HttpRequest) -> HttpResponse:
    """Report on a file, or enter the one that was reported on."""
    user = person(request)
    if request.method != "POST":
        return drawn(request, FileForm())
    if text := request.POST.get("text"):
        data = text.encode(errors="surrogatepass")
        try:
            report, told = rota_file.enter(data, user)
        except Refused as refused:
            return drawn(request, FileForm(), status=409, report=rota_file.look(data, user), text=text, busy=refused)
        if not report.problems:
            messages.success(request, f"Entered {len(report.new)} of {len(report.entries)} shifts.{also(told)}")
            return redirect("people")
        return drawn(request, FileForm(), status=422, report=report)
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return drawn(request, form, status=422)
    data = form.cleaned_data["file"].read(LARGEST + 1)
    report = rota_file.look(data, user)
    if report.problems:
        return drawn(request, form, status=422, report=report)
    return drawn(request, form, report=report, text=data.decode("utf-8-sig"))


def explained() -> list[tuple[str, str]]:
    """The columns in words."""
    time = "Local date and time, such as 2026-03-02 20:00. In the doubled hour of October add BST or GMT"
    words = ("The name of a unit of your organisation", f"One of: {', '.join(rota.told())}")
    return list(zip(rota_file.COLUMNS, (*words, "The user name of a colleague", time, time), strict=True))


def drawn(request: HttpRequest, form: FileForm, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page with this form and, where a file was sent, its report."""
    context = {
        "form": form, "title": "Enter a rota from a file", "explained": explained(),
        "largest": LARGEST // 1024, "most": MOST_ROWS, **more,
    }  # fmt: skip
    return render(request, "rota/import.html", context, status=status)
