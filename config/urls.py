"""Every address. Of the sign-in package only the pages that are designed are routed."""

from allauth.account import views as account
from django.urls import include, path

from pathway.web.account import no_password

urlpatterns = [
    path("account/login/", account.login, name="account_login"),
    path("account/logout/", account.logout, name="account_logout"),
    path("account/password/", account.password_change, name="account_change_password"),
    path("account/no-password/", no_password, name="account_set_password"),  # where the page above sends them
    path("account/closed/", account.account_inactive, name="account_inactive"),
    path("account/confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("", include("pathway.web.urls")),
]
handler400 = "pathway.web.errors.bad_request"
handler403 = "pathway.web.errors.forbidden"
handler404 = "pathway.web.errors.not_found"
handler429 = "pathway.web.errors.too_many"
handler500 = "pathway.web.errors.server_error"
