"""Addresses of the pages of webhooks, below /p/<slug>/webhooks/."""

from django.urls import path

from reviewapp.webhooks import views

urlpatterns = [
    path("", views.webhooks, name="webhooks"),
    path("<int:webhook_id>/", views.webhook, name="webhook"),
    path("<int:webhook_id>/secret/", views.rotate_webhook_secret, name="rotate_webhook_secret"),
    path("<int:webhook_id>/test/", views.test_webhook, name="test_webhook"),
    path("<int:webhook_id>/delete/", views.delete_webhook, name="delete_webhook"),
    path(
        "<int:webhook_id>/deliveries/<int:delivery_id>/again/",
        views.resend_webhook,
        name="resend_webhook",
    ),
]
