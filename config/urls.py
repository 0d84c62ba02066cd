"""Every address. Of the sign-in package only the pages that are designed are routed."""

from allauth.account import views as account
from django.urls import include, path

urlpatterns = [
    path("account/login/", account.login, name="account_login"),
    path("account/logout/", account.logout, name="account_logout"),
    path("account/password/", account.password_change, name="account_change_password"),
    path("account/confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("", include("pathway.web.urls")),
]
handler400 = "pathway.web.errors.bad_request"
handler403 = "pathway.web.errors.forbidden"
handler404 = "pathway.web.errors.not_found"
handler429 = "pathway.web.errors.too_many"
handler500 = "pathway.web.errors.server_error"
