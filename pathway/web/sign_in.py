"""The forms of signing in and of the password; what was left empty is asked for by its name."""

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from django.forms import Form


class Asking(Form):
    """Names the field that was left empty."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.label = str(field.label).capitalize()
            field.error_messages["required"] = f"Enter your {field.label.lower()}."


class SignIn(Asking, LoginForm):  # type: ignore[misc]
    """Name and password."""


class NewPassword(Asking, ChangePasswordForm):  # type: ignore[misc]
    """The password as it is and, twice, as it is to be."""


class Again(Asking, ReauthenticateForm):  # type: ignore[misc]
    """The password, from somebody who is signed in."""
