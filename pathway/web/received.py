"""A table that was sent: refused unread where it is too large, else read under the key of its form."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_protect

from pathway.record.csv_table import LARGEST
from pathway.web import errors

ROUND_THE_FILE = 64 * 1024  # what a browser sends besides: the boundary, the key of the form
TOO_LARGE = f"The file is larger than {LARGEST // 1024} KB. Send it in parts. Nothing was saved."


def received(request: HttpRequest, then: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    """What `then` answers; its view is exempt from the key of the form, which is asked for here, after the size."""
    # What was typed into a text of a form is encoded, so the second word may be three times the size of the file.
    if int(request.META.get("CONTENT_LENGTH") or 0) > 3 * LARGEST + ROUND_THE_FILE:
        return errors.page(request, 413, "The file is too large", TOO_LARGE, again=request.path)
    answer: HttpResponse = csrf_protect(then)(request)
    return answer
