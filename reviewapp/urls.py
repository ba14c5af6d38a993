"""Where everything is mounted. A project's pages live below /p/<slug>/."""

from django.urls import include, path

from reviewapp import health, views

urlpatterns = [
    path("", views.home, name="home"),
    path("styleguide/", views.styleguide, name="styleguide"),
    path("demo-sign-in/", views.demo_sign_in, name="demo_sign_in"),
    path("accounts/", include("allauth.urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("p/<slug:slug>/", views.project_home, name="project_home"),
    path("p/<slug:slug>/audit/", views.audit, name="audit"),
    path("p/<slug:slug>/", include("datasets.urls")),
    path("p/<slug:slug>/", include("evaluation.urls")),
]
