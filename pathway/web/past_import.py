"""Past cases out of a file: first what it would enter, row by row; then, on a second word, all of it."""

from functools import cache
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from pathway import protocol
from pathway.casefile.words import Said, answers_said
from pathway.engine import past_cases
from pathway.engine.past_cases import MOST_ROWS, SECOND
from pathway.engine.past_report import Entry, Report
from pathway.engine.past_row import ANSWER, COLUMNS, told_by_files
from pathway.engine.refused import Invalid, Refused
from pathway.record.csv_table import LARGEST
from pathway.record.imported import IMPORTS, files_of
from pathway.record.rota import units_of
from pathway.web.fields import tuned
from pathway.web.find import person
from pathway.web.received import received
from pathway.web.rota_forms import FileForm

NEWEST = 20
UNSETTLED = (
    "Say below of each case that it is none of those that stand, or take it out of the file. Nothing was entered."
)
MEANS = (
    "The number of the case in your own list; the rows of one case share it",
    "Once for each case, or left empty",
    "The name of a unit of your organisation, once for each case",
    "The kind of event, of the list below",
    "Local time: 2024-03-02 20:00 or 02/03/2024 20:00; a date alone is a day. In the doubled hour add BST or GMT",
    "minute, hour, day or unknown; left empty, to the minute",
    'The answers as JSON, such as {"modality": "mri"}, or empty',
    "Who had done it, or empty",
    "Anything else, or empty",
)


class SecondForm(forms.Form):
    """Who else stands for the file."""

    second_person = tuned(SECOND["second_person"])


@csrf_exempt  # the size is looked at before the form is read; `received` then asks for the key of the form
@require_http_methods(["GET", "HEAD", "POST"])
def past_import(request: HttpRequest) -> HttpResponse:
    """See to the file of whoever may enter one."""
    if not person(request).role_set & IMPORTS:
        raise PermissionDenied("entering past cases, which is for managers")
    return received(request, checked)


def checked(request: HttpRequest) -> HttpResponse:
    """Report on a file, or enter the one that was reported on."""
    if request.method != "POST":
        return drawn(request, FileForm())
    if text := request.POST.get("text"):
        return entered(request, text)
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return drawn(request, form, status=422)
    data = form.cleaned_data["file"].read(LARGEST + 1)
    try:
        report = past_cases.look(data, person(request))
    except Refused as refused:
        return drawn(request, form, status=409, refused=refused.reasons)
    if report.problems:
        return drawn(request, form, status=422, report=report)
    return drawn(request, form, report=report, text=data.decode("utf-8-sig"), second=SecondForm())


def entered(request: HttpRequest, text: str) -> HttpResponse:
    """Enter a file, or say again what it holds and what stands against it.

    For a name that is refused not all of it is tried again, which may take as long as entering it.
    """
    user, second, apart = person(request), SecondForm(request.POST), request.POST.getlist("apart")
    data = text.replace("\r\n", "\n").encode(errors="surrogatepass")  # a form sends each line end as two letters
    if second.is_valid():
        try:
            report = past_cases.enter(data, user, apart=apart, **second.cleaned_data)
        except Invalid as invalid:
            second.add_error("second_person", list(invalid.fields["second_person"]))
            return drawn(request, FileForm(), status=422, text=text, second=second, apart=apart)
        except Refused as refused:
            return drawn(request, FileForm(), status=409, refused=refused.reasons)
        else:
            if report.may_be_entered or not (report.new or report.problems):
                rows, cases = len(report.entries), len(report.opened)
                if not report.new:
                    messages.info(request, "All of it was there already: nothing was entered.")
                    return redirect("past_import")
                of_rows = f"{len(report.new)} of {rows} row{'' if rows == 1 else 's'}"
                opened = f"{cases} case{'' if cases == 1 else 's'} opened"
                messages.success(request, f"Entered {of_rows}, {opened}.")
                return redirect("past_import")
            if not report.problems:
                second.add_error(None, UNSETTLED)
            return drawn(request, FileForm(), status=422, report=report, text=text, second=second)
    return drawn(request, FileForm(), status=422, text=text, second=second, apart=apart)


@cache
def events() -> list[tuple[str, str, list[str]]]:
    """What a file may tell: each kind of event with its words and its answers."""
    return [
        (kind, words, [answer(name, field) for name, field in asks.items()]) for kind, words, asks in told_by_files()
    ]


def answer(name: str, field: forms.Field) -> str:
    """An answer as the file may give it, a must with an asterisk: `modality*: mri, ct`."""
    keys = [str(key) for key, _ in getattr(field, "choices", ()) if key not in ("", None)]
    return f"{name}{'*' if field.required else ''}" + (f": {', '.join(keys)}" if keys else "")


def in_words(report: Report) -> list[tuple[Entry, Said]]:
    """Each row with its answers as a form calls them."""
    standards = protocol.get(protocol.CURRENT).standards
    return [(each, answers_said(each.row.kind, each.row.answers, standards)) for each in report.entries]


def drawn(request: HttpRequest, file_form: FileForm, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page with this form and, where a file was sent, its report."""
    second = more.get("second")
    context = {
        "form": second if second and second.errors else file_form, "file_form": file_form,
        "title": "Enter past cases from a file", "explained": list(zip(COLUMNS, MEANS, strict=True)),
        "answer": ANSWER, "largest": LARGEST // 1024, "most": MOST_ROWS, "files": files_of(person(request))[:NEWEST],
        "events": events(), "units": units_of(person(request)),
        "rows": in_words(more["report"]) if "report" in more else [], **more,
    }  # fmt: skip
    return render(request, "analytics/import.html", context, status=status)
