"""Texts of the messages about people."""

from django.utils.translation import gettext_lazy as _

from reviewapp.core.texts import register, text

register(
    {
        "people.password_changed": text(_("The password was changed.")),
        "people.first_single_sign_on": text(_("First single sign-on of the account.")),
    }
)
