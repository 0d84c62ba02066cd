"""The icon, where browsers look for one without asking the page."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseRedirect
from django.templatetags.static import static
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def icon(request: HttpRequest) -> HttpResponseRedirect:
    """To the file that every page names."""
    return HttpResponseRedirect(static("pathway/icon.svg"))
