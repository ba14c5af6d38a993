"""How templates print a moment: in UTC, with the zone beside it, as the language writes it."""

from django import template

from reviewapp.core import time_elements

register = template.Library()
register.simple_tag(time_elements.moment)
register.simple_tag(time_elements.day)
