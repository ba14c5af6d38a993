"""What the frame of a page needs to know of its language."""

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language

from reviewapp.i18n.views import catalog_version

register = template.Library()


@register.simple_tag
def catalog_script_url() -> str:
    """Return the address of the script with the texts of scripts in the active language."""
    language = get_language() or settings.LANGUAGE_CODE
    return reverse("catalog_script", args=catalog_version(language))
