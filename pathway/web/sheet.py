"""One form about one case, from drawing it to the entry or the refusal: the flow that every such page shares."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html

from pathway.casefile import newest
from pathway.casefile.late import late_now
from pathway.casefile.told import made_by_form, worse
from pathway.casefile.tracks import may_record
from pathway.engine.refused import Doubtful, Invalid, NotAllowed, Refused, Stale, Used
from pathway.record.case import Case
from pathway.record.draft import throw_away
from pathway.record.event import Event
from pathway.record.step import asked
from pathway.web.drafts import LATER, put_aside, put_back, replaced
from pathway.web.errors import damaged, forbidden
from pathway.web.find import person
from pathway.web.forms import EntryForm, is_damaged, sent_as
from pathway.web.session import KEPT


def up_to_date(case: Case, sent: QueryDict) -> str:
    """Let a form that came too late know the newest event; return what to say of the values that it keeps."""
    sent["seen"] = str(newest(case))
    return "What you typed is below. If it still applies, send it again."


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands round a form. `back` is the address of the case, with the place to return to.

    `context` is asked only where the page is drawn: a form that is taken needs none of it. `then` is where to go once
    it is recorded, where that is not `back`.
    """

    case: Case
    title: str
    button: str
    back: str
    template: str = "move/page.html"
    context: Callable[[], dict[str, Any]] = dict
    renew: Callable[[Case, QueryDict], str] = up_to_date
    then: str = ""


Draw = Callable[[QueryDict | None], EntryForm]
Record = Callable[[Any], str]


def serve(request: HttpRequest, sheet: Sheet, draw: Draw, record: Record) -> HttpResponse:
    """Draw the form; once sent, let `record` write it and go back to the case with the sentence that it returns.

    What is put aside is kept as a draft, and gone once the form was sent.
    """
    if request.method != "POST":
        form, kept = put_back(request, draw)
        return shown(request, sheet, form, **kept)
    if LATER in request.POST:
        return put_aside(request, sheet.title, sheet.back, sheet.case)
    if made := kept_and_made(request, sheet.case):
        return heard(sheet, "Recorded.", made)
    form = draw(request.POST)
    if is_damaged(form):
        return damaged(request)
    if not form.is_valid():
        return shown(request, sheet, form, status=422)
    try:
        said = record(form)
    except NotAllowed as refusal:
        return forbidden(request, refusal)
    except Invalid as refusal:
        for name, errors in refusal.fields.items():
            form.add_error(name if name in form.fields else None, list(errors))
        return shown(request, sheet, form, status=422)
    except (Stale, Used) as refusal:
        now_known = request.POST.copy()
        now_known["submission"] = str(new := uuid4())
        replaced(request, new)
        below = sheet.renew(sheet.case, now_known)
        return shown(request, sheet, draw(now_known), status=409, refused=refusal.reasons, stale=below)
    except Doubtful as refusal:
        form.ask_time(str(refusal))
        return shown(request, sheet, form, status=409, refused=refusal.reasons, doubtful=True)
    except Refused as refusal:
        ask_on(request, form, refusal)
        return shown(request, sheet, form, status=409, refused=refusal.reasons, senior=refusal.senior)
    throw_away(person(request), form.cleaned_data["submission"])
    if made := kept_and_made(request, sheet.case):
        return heard(sheet, said, made)
    messages.success(request, said)
    ask_why_late(request, sheet.case, form.cleaned_data["submission"])
    return HttpResponseRedirect(sheet.then or sheet.back)


def ask_why_late(request: HttpRequest, case: Case, submission: UUID) -> None:
    """Ask on the next page about each clock that the entry has ended late."""
    for each in late_now(case, submission):
        address = f"{reverse('observe', args=[case.uuid, each.kind])}?{urlencode(each.initial)}"
        messages.warning(request, format_html('{} <a href="{}">{}</a>', each.sentence, address, asked(each.kind)))


def kept_and_made(request: HttpRequest, case: Case) -> Event | None:
    """The entry that a script had kept, once it was made; None before, and for what is not sent by a script.

    Asked before anything is checked: an entry whose answer was lost is recorded, whatever has changed since.
    """
    key = sent_as(request) if KEPT in request.headers else None
    return made_by_form(case, key) if key else None


def heard(sheet: Sheet, said: str, made: Event) -> HttpResponse:
    """What a script hears of an entry that it had kept. Which page comes next is not known here, so none is told."""
    answer = {"said": said, "worse": worse(made)}
    return JsonResponse(answer, status=201, headers={"Location": sheet.then or sheet.back})


def ask_on(request: HttpRequest, form: EntryForm, refusal: Refused) -> None:
    """Ask on a refused form for what would let it pass: the missing fact, and the senior."""
    for need in refusal.asks:
        if may_record(person(request), need):
            form.ask_also(need)
    if refusal.senior and not form.override:
        form.ask_senior()


def shown(request: HttpRequest, sheet: Sheet, form: EntryForm, *, status: int = 200, **context: Any) -> HttpResponse:
    """The page with this form, and with what was refused."""
    names = {"case": sheet.case, "title": sheet.title, "button": sheet.button, "back": sheet.back, "form": form}
    return render(request, sheet.template, {**sheet.context(), **names, **context}, status=status)
