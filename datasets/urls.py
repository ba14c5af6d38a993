"""Pages of the datasets app, below /p/<slug>/."""

from django.urls import URLPattern

app_name = "datasets"
urlpatterns: list[URLPattern] = []
