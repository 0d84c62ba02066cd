"""Finds what a page is about, among what the signed-in person may see; everything else does not exist for them."""

from uuid import UUID

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest

from pathway.record.case import READS_CASES, Case
from pathway.record.person import User
from pathway.worklist import find_case


def person(request: HttpRequest) -> User:
    """Who is signed in. Every page but the sign-in and the health pages requires it."""
    assert isinstance(request.user, User)  # noqa: S101 - SignInFirst has seen to it
    return request.user


def reader(request: HttpRequest, what: str) -> User:
    """Who is signed in, where their role reads cases; `what` they asked for is said where it does not.

    Raises:
        PermissionDenied: it does not.
    """
    user = person(request)
    if not user.role_set & READS_CASES:
        raise PermissionDenied(what)
    return user


def page_asked(request: HttpRequest) -> int:
    """The page of a list that the address asks for. One below the first is the first; past the last, it is the last.

    Raises:
        BadRequest: it is no whole number.
    """
    number = request.GET.get("page", "1")
    if not (number.isascii() and number.removeprefix("-").isdecimal()):
        raise BadRequest("page")
    return max(1, int(number[:9]))


def case_or_404(request: HttpRequest, uuid: UUID) -> Case:
    """A case with its patient, unit and organisation.

    Raises:
        Http404: there is no such case, or it is not for this person.
    """
    case = find_case(person(request), uuid)
    if case is None:
        raise Http404
    return case
