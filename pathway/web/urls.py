"""The addresses of the pages."""

from django.urls import path

from pathway.web import account, pulse

urlpatterns = [
    path("live/now/", pulse.pulse, name="pulse"),
    path("account/stay/", account.stay, name="stay"),
]
