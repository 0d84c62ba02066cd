"""How people sign in: accounts are made by an administrator, never from outside."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal.ratelimit import get_ip
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe

from pathway.record.draft import drafts_of
from pathway.web.context import home_of
from pathway.web.find import person

WRONG = "The username or the password is not right. Both must be typed exactly."
PAUSE = "Too many attempts failed. Wait five minutes, then try again, or ask your administrator."


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """No sign-up from outside; one message for a wrong name and a wrong password."""

    error_messages: ClassVar[dict[str, str]] = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": WRONG,
        "too_many_login_attempts": PAUSE,
        "account_inactive": "This account is closed. Ask your administrator.",
        "incorrect_password": "That is not your password.",
        "rate_limited": PAUSE,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: an administrator makes accounts."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The page on which this person begins; the one that they asked for goes before it."""
        return reverse(home_of(person(request)))

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """Offer again what the person began and did not send."""
        answer: HttpResponse = super().post_login(request, user, **kwargs)
        if count := len(drafts_of(user)):
            began = ("1 form", "it") if count == 1 else (f"{count} forms", "them")
            words = 'You began {} and did not send {}: see <a href="{}">Drafts</a>.'
            messages.info(request, format_html(words, *began, reverse("drafts")))
        return answer

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """What failed attempts are counted by: one account from one address."""
        account: str = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{account}:{get_ip(request)}"


@require_safe
def no_password(request: HttpRequest) -> HttpResponse:
    """Somebody is signed in without a password of their own: there is none to change."""
    return render(request, "account/no_password.html")


@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """Somebody is still there: the request itself is the activity."""
    return HttpResponse(status=204)
