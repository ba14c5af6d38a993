"""Pages of the evaluation app, below /p/<slug>/."""

from django.urls import URLPattern, path

from evaluation.views import promotions

app_name = "evaluation"

promotion_pages: list[URLPattern] = [
    path("promotions/", promotions.promotions, name="promotions"),
    path("promotions/declare/", promotions.declare, name="declare"),
    path("promotions/<int:promotion_id>/", promotions.promotion_page, name="promotion"),
    path("promotions/<int:promotion_id>/sign/", promotions.sign, name="sign_promotion"),
    path("promotions/<int:promotion_id>/decline/", promotions.decline, name="decline_promotion"),
    path("runs/<int:run_id>/promote/", promotions.promote, name="promote"),
    path("aliases/<slug:alias>/roll-back/", promotions.roll_back, name="roll_back"),
]

urlpatterns: list[URLPattern] = [*promotion_pages]
