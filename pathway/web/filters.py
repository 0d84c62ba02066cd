"""The filters that a person keeps: named, put in order, renamed and removed."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from pathway.engine.refused import Invalid, Refused
from pathway.record.ask import text
from pathway.record.person import User
from pathway.record.saved import SavedFilter
from pathway.web import errors
from pathway.web.find import reader
from pathway.web.worklist import FilterForm
from pathway.worklist import saved
from pathway.worklist.filters import Filters
from pathway.worklist.page import kept_by


class NameForm(forms.Form):
    """What a filter is called."""

    name = text("Name")


@require_http_methods(["GET", "HEAD", "POST"])
def filters(request: HttpRequest) -> HttpResponse:
    """Every filter that this person keeps; the query of the address holds what is to be kept anew.

    Raises:
        PermissionDenied: the person reads no cases.
    """
    user = reader(request, "keeping filters of the worklist")
    chosen = FilterForm(request, user).filters
    posted, what = request.method == "POST", request.POST.get("what", "")
    if posted and what not in DONE:
        return errors.damaged(request)
    found = asked(request, user) if posted and what != "keep" else None
    named = posted and what in ("keep", "rename")
    sent = NameForm(request.POST if named else None, auto_id=f"{found.uuid if found else 'new'}_%s")
    if posted and (not named or sent.is_valid()):
        try:
            kept = change(what, user, found, sent.cleaned_data["name"] if named else "", chosen)
        except Invalid as invalid:
            sent.add_error("name", invalid.fields["name"])
        except Refused as refused:
            sent.add_error(None, list(refused.reasons))
        else:
            messages.success(request, DONE[what].format(kept.name))
            return redirect(f"{reverse('worklist')}?{chosen.address}" if what == "keep" else "filters")
    cards = [(each, Filters.of(each.query), form_of(each, sent, found)) for each in kept_by(user)]
    context = {
        "chosen": chosen,
        "form": sent,
        "new": sent if found is None else NameForm(auto_id="new_%s"),
        "cards": cards,
    }
    return render(request, "worklist/filters.html", context, status=422 if posted else 200)


DONE = {
    "keep": "“{}” is kept. It stands above the worklist.",
    "rename": "It is now called “{}”.",
    "earlier": "“{}” stands earlier.",
    "remove": "“{}” is removed. No case is changed by that.",
}


def asked(request: HttpRequest, user: User) -> SavedFilter:
    """The filter that a form is about.

    Raises:
        Http404: this person keeps no such filter.
    """
    try:
        found = saved.find(user, UUID(request.POST.get("filter", "")))
    except ValueError:
        found = None
    if found is None:
        raise Http404
    return found


def form_of(each: SavedFilter, sent: NameForm, found: SavedFilter | None) -> NameForm:
    """The form that renames one filter: the one that was sent, where it is about this filter."""
    if found == each and sent.is_bound:
        return sent
    return NameForm(initial={"name": each.name}, auto_id=f"{each.uuid}_%s")


def change(what: str, user: User, found: SavedFilter | None, name: str, chosen: Filters) -> SavedFilter:
    """Do what a checked form asks, and return the filter that it is about.

    Raises:
        Refused: as `worklist.saved` says.
    """
    if found is None:
        return saved.keep(user, name, chosen)
    match what:
        case "rename":
            return saved.rename(user, found, name)
        case "earlier":
            saved.earlier(user, found)
        case _:
            saved.remove(found)
    return found
