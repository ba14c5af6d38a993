"""The addresses of an installation with a mail server, as urls.py has them with EMAIL_HOST."""

from django.urls import include, path

from reviewapp.urls import urlpatterns as without_mail

urlpatterns = [path("accounts/", include("allauth.urls")), *without_mail]
