"""Pages of the evaluation app, below /p/<slug>/."""

from django.urls import URLPattern, path

from evaluation.adjudication import views as adjudication
from evaluation.batches import views as batches
from evaluation.erasure.views import erase_gold, erase_run_example
from evaluation.judge.views import judging, replies, rubrics
from evaluation.pipeline import views as pipeline
from evaluation.preferences import views as preferences
from evaluation.promotion.views import candidates, promotion, promotions
from evaluation.registry import views as registry
from evaluation.results.views import (
    charts,
    export,
    gold,
    revealed,
    reviewer,
    run,
    run_examples,
    training,
)
from evaluation.runs.views import answer_upload, run_setup, runs
from evaluation.service_reports.views import service
from evaluation.shadow import views as shadow
from evaluation.training import views as trainings
from evaluation.training.bundle import views as bundles
from evaluation.training.local import views as serving
from evaluation.training.results.views import result_file
from evaluation.training.retirement.views import shutdowns
from evaluation.training.schedules import views as schedules
from evaluation.training.windows import views as windows
from evaluation.voting import views as voting

app_name = "evaluation"

promotion_pages: list[URLPattern] = [
    path("promotions/", promotions.promotions, name="promotions"),
    path("promotions/declare/", promotions.declare, name="declare"),
    path("promotions/<int:promotion_id>/", promotion.promotion_page, name="promotion"),
    path("promotions/<int:promotion_id>/sign/", promotion.sign, name="sign_promotion"),
    path("promotions/<int:promotion_id>/decline/", promotion.decline, name="decline_promotion"),
    path("runs/compare/", candidates.compare_runs, name="compare_runs"),
    path("runs/<int:run_id>/promote/", promotion.promote, name="promote"),
    path("aliases/<slug:alias>/roll-back/", promotions.roll_back, name="roll_back"),
    path("aliases/<slug:alias>/take-out/", promotions.withdraw_model, name="withdraw_model"),
]

VOTE = "vote/<int:run_id>/"
voting_pages: list[URLPattern] = [
    path("vote/", voting.voting, name="voting"),
    path(VOTE, voting.vote, name="vote"),
    path(f"{VOTE}training/", training.training, name="training"),
    path(f"{VOTE}cast/", voting.cast, name="cast"),
    path(f"{VOTE}lease/", voting.lease, name="lease"),
    path(f"{VOTE}skip/", voting.skip, name="skip"),
    path(f"{VOTE}broken/", voting.broken, name="broken"),
    path(f"{VOTE}undo/", voting.undo, name="undo"),
    path(f"{VOTE}reasons/", voting.reasons, name="reasons"),
    path(f"{VOTE}progress/", voting.progress, name="vote_progress"),
    path(f"{VOTE}pause/", voting.pause, name="vote_pause"),
    path(f"{VOTE}revealed/", revealed.revealed, name="revealed"),
]

MODEL = "models/<int:model_id>/"
model_pages: list[URLPattern] = [
    path("models/", registry.models, name="models"),
    path("models/new/", registry.register, name="register_model"),
    path("models/key/", registry.key_notes, name="key_notes"),
    path(MODEL, registry.model, name="model"),
    path(f"{MODEL}describe/", registry.describe, name="describe_model"),
    path(f"{MODEL}limits/", registry.limits, name="model_limits"),
    path(f"{MODEL}try/", registry.try_it, name="try_model"),
    path(f"{MODEL}serve/", serving.serve_model, name="serve_model"),
    path(f"{MODEL}stop/", serving.stop_serving, name="stop_serving"),
    path(f"{MODEL}served/", serving.served_model, name="served_model"),
]

UPLOAD = "runs/answers/<int:upload_id>/"
SETUP = "runs/<int:run_id>/setup/"
run_pages: list[URLPattern] = [
    path("runs/", runs.runs, name="runs"),
    path("runs/new/", runs.new_run, name="new_run"),
    path("runs/new/intents/", runs.preview, name="preview_intents"),
    path("runs/new/name/", runs.propose_name, name="propose_run_name"),
    path("runs/answers/", answer_upload.upload_answers, name="upload_answers"),
    path(UPLOAD, answer_upload.answer_upload, name="answer_upload"),
    path(f"{UPLOAD}progress/", answer_upload.upload_progress, name="upload_progress"),
    path(f"{UPLOAD}confirm/", answer_upload.confirm_upload, name="confirm_upload"),
    path(f"{UPLOAD}discard/", answer_upload.discard_upload, name="discard_upload"),
    path(SETUP, run_setup.setup, name="run_setup"),
    path(f"{SETUP}progress/", run_setup.progress, name="run_progress"),
    path(f"{SETUP}plan/", run_setup.plan, name="run_plan"),
    path(f"{SETUP}terms/", run_setup.terms, name="run_terms"),
    path(f"{SETUP}intents/", run_setup.group_intents, name="run_group_intents"),
    path(f"{SETUP}do/", run_setup.act, name="run_act"),
    path(f"{SETUP}batches/<int:batch_id>/cancel/", batches.cancel, name="cancel_batch"),
    path(f"{SETUP}copy/", run_setup.copy, name="copy_run"),
]

RUN = "runs/<int:run_id>/"
figure_pages: list[URLPattern] = [
    path("gold-checks/", gold.gold, name="gold"),
    path("gold-checks/<int:gold_check_id>/retire/", gold.retire_gold, name="retire_gold"),
    path("gold-checks/<int:gold_check_id>/erase/", erase_gold, name="erase_gold"),
    path(f"{RUN}examples/<int:position>/gold-check/", gold.gold_from_run, name="gold_from_run"),
    path("reviewers/<int:user_id>/", reviewer.reviewer, name="reviewer"),
    path(RUN, run.run, name="run"),
    path(f"{RUN}examples/", run_examples.run_examples, name="run_examples"),
    path(f"{RUN}examples/<int:position>/decide/", run_examples.decide_broken, name="decide_broken"),
    path(f"{RUN}examples/<int:position>/erase/", erase_run_example, name="erase_run_example"),
    path(f"{RUN}adjudication/", adjudication.queue, name="adjudication"),
    path(f"{RUN}adjudication/curate/", adjudication.curate, name="return_to_curation"),
    path(f"{RUN}adjudication/<int:position>/", adjudication.outcome, name="adjudicate"),
    path(f"{RUN}charts/", charts.run_charts, name="run_charts"),
    path(f"{RUN}charts/overall/", charts.overall_chart, name="run_overall_chart"),
    path(f"{RUN}charts/win-rates.csv", charts.course_csv, name="run_course_csv"),
    path(f"{RUN}charts/votes.csv", charts.votes_csv, name="run_votes_csv"),
    path(f"{RUN}figures.json", run.figures_json, name="run_figures_json"),
    path(f"{RUN}figures.csv", run.figures_csv, name="run_figures_csv"),
    path(f"{RUN}export/", export.export, name="export_run"),
    path(f"{RUN}add-raters/", run.add_reviewers, name="add_reviewers"),
    path(f"{RUN}remove-rater/", run.remove_rater, name="remove_rater"),
    path(f"{RUN}withdraw/", run.withdraw_unread_examples, name="withdraw_unread"),
]

JUDGE = "runs/<int:run_id>/judge/"
judge_pages: list[URLPattern] = [
    path(JUDGE, judging.judge, name="judge"),
    path(f"{JUDGE}forecast/", judging.judge_forecast, name="judge_forecast"),
    path(f"{JUDGE}<int:judge_id>/progress/", judging.judge_progress_part, name="judge_progress"),
    path(f"{JUDGE}<int:judge_id>/act/", judging.act_on_judge, name="act_on_judge"),
    path(f"{JUDGE}<int:judge_id>/resume/", judging.resume_judge, name="resume_judge"),
    path(f"{JUDGE}<int:judge_id>/replies/", replies.judge_replies, name="judge_replies"),
    path(f"{JUDGE}<int:judge_id>/replies.csv", replies.judge_csv, name="judge_csv"),
    path("rubric/", rubrics.latest_rubric, name="rubrics"),
    path("rubric/<int:number>/", rubrics.rubric, name="rubric"),
]

TRAINING = "trainings/<int:training_id>/"
training_pages: list[URLPattern] = [
    path("trainings/", trainings.trainings, name="trainings"),
    path("trainings/new/", trainings.new_training, name="new_training"),
    path("trainings/settings/", trainings.training_settings, name="training_settings"),
    path("trainings/shutdowns/", shutdowns, name="shutdowns"),
    path("trainings/schedules/", schedules.schedules, name="training_schedules"),
    path("trainings/schedules/new/", schedules.new, name="new_schedule"),
    path("trainings/schedules/dates/", schedules.preview, name="preview_dates"),
    path(
        "trainings/schedules/prepared/<int:scheduled_id>/dismiss/",
        schedules.dismiss,
        name="dismiss_prepared",
    ),
    path("trainings/schedules/<int:schedule_id>/", schedules.schedule, name="training_schedule"),
    path("trainings/schedules/<int:schedule_id>/act/", schedules.act, name="act_on_schedule"),
    path("trainings/windows/", windows.windows, name="training_windows"),
    path("trainings/windows/add/", windows.add, name="add_training_window"),
    path("trainings/windows/zone/", windows.set_zone, name="set_time_zone"),
    path(
        "trainings/windows/<int:window_id>/remove/", windows.remove, name="remove_training_window"
    ),
    path(TRAINING, trainings.training_run, name="training_run"),
    path(f"{TRAINING}live/", trainings.training_live, name="training_live"),
    path(f"{TRAINING}start/", windows.start_now, name="start_training_now"),
    path(f"{TRAINING}results/<int:result_id>/", result_file, name="training_result"),
    path(f"{TRAINING}bundle/", bundles.download_bundle, name="download_bundle"),
    path(f"{TRAINING}act/", trainings.act_on_training, name="act_on_training"),
]

pipeline_pages: list[URLPattern] = [
    path("pipeline/", pipeline.pipeline, name="pipeline"),
    path("pipeline/models/<int:model_id>/", pipeline.model_pipeline, name="model_pipeline"),
    path(
        "pipeline/trainings/<int:training_id>/",
        pipeline.training_pipeline,
        name="training_pipeline",
    ),
    path("pipeline/versions/<int:number>/", pipeline.version_pipeline, name="version_pipeline"),
    path("pipeline/service/", service, name="service"),
]

PREFERENCES = "preferences/<int:number>/"
preference_pages: list[URLPattern] = [
    path("preferences/", preferences.preferences, name="preferences"),
    path("preferences/new/", preferences.new_preferences, name="new_preferences"),
    path(PREFERENCES, preferences.preference_set, name="preference_set"),
    path(f"{PREFERENCES}file/", preferences.download_preferences, name="download_preferences"),
    path("preferences/retire/<int:number>/", preferences.retire_split, name="retire_test_split"),
]

CHECK = "shadow/checks/<int:check_id>/"
shadow_pages: list[URLPattern] = [
    path("shadow/", shadow.shadow, name="shadow"),
    path("shadow/settings/", shadow.shadow_settings, name="shadow_settings"),
    path("shadow/propose/", shadow.propose, name="propose_archetypes"),
    path("shadow/archetypes/<int:example_id>/", shadow.change_archetype, name="change_archetype"),
    path(CHECK, shadow.shadow_check, name="shadow_check"),
    path(f"{CHECK}progress/", shadow.shadow_progress, name="shadow_progress"),
    path(f"{CHECK}act/", shadow.act_on_check, name="act_on_check"),
    path(f"{CHECK}<int:position>/rate/", shadow.rate, name="rate_shadow_answer"),
]

urlpatterns: list[URLPattern] = [
    *voting_pages,
    *model_pages,
    *run_pages,
    *figure_pages,
    *promotion_pages,
    *judge_pages,
    *training_pages,
    *pipeline_pages,
    *preference_pages,
    *shadow_pages,
]
