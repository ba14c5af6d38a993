"""The WSGI application that the web server serves."""

from django.core.wsgi import get_wsgi_application

from reviewapp import env

env.set_default("DJANGO_SETTINGS_MODULE", "reviewapp.settings")

application = get_wsgi_application()
