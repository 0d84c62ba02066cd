"""Headers of every response: the content security policy, no storing of pages, no access to devices."""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

DEVICES = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"


def policy(directives: dict[str, list[str]]) -> str:
    """The header's value, from a dictionary of directives and their sources."""
    return "; ".join(" ".join((name, *sources)) for name, sources in directives.items())


class ContentSecurityPolicy:
    """Sends `settings.SECURE_CSP`; what names no caching of its own is not stored anywhere."""

    sync_capable = async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.policy = policy(settings.SECURE_CSP)
        self.asynchronous = iscoroutinefunction(get_response)
        if self.asynchronous:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        return self.later(request) if self.asynchronous else self.signed(self.get_response(request))

    async def later(self, request: HttpRequest) -> HttpResponseBase:
        return self.signed(await self.get_response(request))

    def signed(self, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Content-Security-Policy", self.policy)
        response.headers.setdefault("Permissions-Policy", DEVICES)
        response.headers.setdefault("Cache-Control", "no-store")
        return response
