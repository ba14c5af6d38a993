"""Pages of the evaluation app, below /p/<slug>/."""

from django.urls import URLPattern, path

from evaluation.views import promotions, voting

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

VOTE = "vote/<int:run_id>/"
voting_pages: list[URLPattern] = [
    path("vote/", voting.voting, name="voting"),
    path(VOTE, voting.vote, name="vote"),
    path(f"{VOTE}cast/", voting.cast, name="cast"),
    path(f"{VOTE}lease/", voting.lease, name="lease"),
    path(f"{VOTE}skip/", voting.skip, name="skip"),
    path(f"{VOTE}broken/", voting.broken, name="broken"),
    path(f"{VOTE}undo/", voting.undo, name="undo"),
    path(f"{VOTE}reasons/", voting.reasons, name="reasons"),
    path(f"{VOTE}progress/", voting.progress, name="vote_progress"),
    path(f"{VOTE}pause/", voting.pause, name="vote_pause"),
]

urlpatterns: list[URLPattern] = [*voting_pages, *promotion_pages]
