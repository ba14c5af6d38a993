"""Pages of the evaluation app, below /p/<slug>/."""

from django.urls import URLPattern

app_name = "evaluation"
urlpatterns: list[URLPattern] = []
