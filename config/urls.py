"""Every address."""

from django.urls import include, path

urlpatterns = [
    path("account/", include("allauth.account.urls")),
    path("", include("pathway.web.urls")),
]
handler400 = "pathway.web.errors.bad_request"
handler403 = "pathway.web.errors.forbidden"
handler404 = "pathway.web.errors.not_found"
handler500 = "pathway.web.errors.server_error"
