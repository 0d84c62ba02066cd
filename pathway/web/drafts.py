"""Drafts: what was typed into a form is put aside on the server, offered with its age, put back, or thrown away."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import resolve, reverse
from django.views.decorators.http import require_http_methods

from pathway.engine.now import now
from pathway.record.case import Case
from pathway.record.draft import Draft, TooLong, drafts_of, go_on_as, keep, throw_away
from pathway.record.person import User
from pathway.web import errors
from pathway.web.find import person
from pathway.web.forms import TICK, as_typed, sent_as, uuids

LATER = "later"  # how a form is put aside: `yes` by a button, `auto` by the script; `throw` by leaving it with Cancel
NOT_TYPED = {"csrfmiddlewaretoken", LATER, "seen", "submission", TICK}
SENT = "This form was sent already. Nothing was put aside."
TOO_LONG = "Go back: what you typed is still there. Shorten it, or send it."
F = TypeVar("F", bound=BaseForm)


@dataclass(frozen=True, slots=True)
class Listed:
    """One form in the list of drafts, with the keys of what is kept of it."""

    title: str
    case: Case | None
    saved_at: datetime
    address: str
    keys: list[UUID]


def put_aside(
    request: HttpRequest, title: str, back: str, case: Case | None = None, parts: Collection[UUID] = ()
) -> HttpResponse:
    """Keep, or drop, what a form holds; nothing is checked, and nothing is recorded.

    `parts` are the submissions of a form that makes several entries.
    """
    user, how, key = person(request), request.POST[LATER], sent_as(request)
    if key is None or how not in ("yes", "auto", "throw"):
        return errors.damaged(request)
    if how == "throw":
        throw_away(user, key)
        return HttpResponse(status=204)
    at = now()
    try:
        kept = keep(user, key, form=address(request), title=title, typed=typed(request.POST), at=at, case=case,
                    sent_as=parts)  # fmt: skip
    except TooLong:
        return errors.page(request, 413, "This is too long to be put aside", TOO_LONG)
    if how == "auto":
        return HttpResponse(status=204 if kept else 409)
    said = f"Put aside, not sent: “{title}”. You find it under Drafts." if kept else SENT
    messages.add_message(request, messages.SUCCESS if kept else messages.INFO, said)
    return HttpResponseRedirect(back)


def address(request: HttpRequest) -> str:
    """The page of a form, without the draft that it may have been opened with."""
    asked = request.GET.copy()
    asked.pop("draft", None)
    return f"{request.path}?{asked.urlencode()}" if asked else request.path


def typed(sent: QueryDict, *also: str) -> str:
    """What people fill in, of what a form sends, and `also` this."""
    kept = sent.copy()
    for name in NOT_TYPED.difference(also):
        kept.pop(name, None)
    return kept.urlencode()


def put_back(request: HttpRequest, draw: Callable[[QueryDict | None], F]) -> tuple[F, dict[str, Any]]:
    """The form of a page, with the draft that the address names put back into it; and what the page says of drafts."""
    found = drafts_of(person(request), request.path)
    keys = uuids(request.GET.get("draft", ""))
    draft = next((each for each in found if each.key in keys), None)
    if keys and draft is None:
        messages.info(request, "That draft is no longer there: it was sent, thrown away, or too old.")
    others = [each for each in found if each is not draft and each.form == address(request)]
    return (filled(draft, draw) if draft else draw(None)), {"draft": draft, "drafts": others}


def as_sent(draft: Draft) -> QueryDict:
    """What a draft holds, as its form would send it."""
    sent = QueryDict(draft.typed, mutable=True)
    sent["submission"] = str(draft.key)
    return sent


def filled(draft: Draft, draw: Callable[[QueryDict | None], F]) -> F:
    """A form as the draft left it, under the draft's own key, knowing what is known now."""
    sent = as_sent(draft)
    form = draw(sent)
    seen = form.initial.get("seen")
    as_typed(form, sent)
    form.initial["seen"] = seen
    return form


def replaced(request: HttpRequest, new: UUID) -> None:
    """Let the draft of a refused form belong to the form that is shown in its place."""
    if old := sent_as(request):
        go_on_as(person(request), old, new)


@require_http_methods(["GET", "HEAD", "POST"])
def drafts(request: HttpRequest) -> HttpResponse:
    """All that a person began and did not send; one of them may be thrown away."""
    user = person(request)
    if request.method == "POST":
        if not (keys := uuids(request.POST.get("key", ""))):
            return errors.damaged(request)
        throw_away(user, *keys)
        messages.success(request, "The draft was thrown away.")
        return redirect("drafts")
    return render(request, "drafts/drafts.html", {"title": "Drafts", "drafts": listed(user)})


def listed(user: User) -> list[Listed]:
    """A person's drafts as they are listed: the steps of one referral form as one."""
    found: dict[str, Listed] = {}
    for draft in drafts_of(user):
        whole = draft.case is not None and resolve(draft.form.partition("?")[0]).url_name == "referral_step"
        address = reverse("referral", args=[draft.case.uuid]) if draft.case and whole else draft.address
        one = Listed("Referral form" if whole else draft.title, draft.case, draft.saved_at, address, [])
        found.setdefault(address, one).keys.append(draft.key)
    return list(found.values())
