"""The OpenAPI document describes the API: whatever it allows to be sent gets an answer it names."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core import signals
from django.db import close_old_connections, transaction
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from reviewapp.people.actions import members as people
from reviewapp.people.models import Role
from reviewapp.web.api.assembly import api
from reviewapp.wsgi import application
from tests.factories.people import make_member
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
"""What the document promises of every answer. What a bad request is, the API's own tests say."""


EXAMPLES = 6
OPERATIONS = [
    (method, path)
    for path, methods in api.get_openapi_schema()["paths"].items()
    for method in methods
]
# Clients generated from the document call its operations by these names.
OPERATION_IDS = [
    "datasets_api_assignments_assign",
    "datasets_api_bulk_cancel",
    "datasets_api_bulk_confirm",
    "datasets_api_bulk_list",
    "datasets_api_bulk_repeat",
    "datasets_api_bulk_show",
    "datasets_api_bulk_start",
    "datasets_api_bulk_undo",
    "datasets_api_comments_accept_suggestion",
    "datasets_api_comments_decline_suggestion",
    "datasets_api_comments_delete",
    "datasets_api_comments_edit",
    "datasets_api_comments_list_suggestions",
    "datasets_api_comments_list_threads",
    "datasets_api_comments_mark_read",
    "datasets_api_comments_mentions",
    "datasets_api_comments_open_thread",
    "datasets_api_comments_reopen_thread",
    "datasets_api_comments_reply",
    "datasets_api_comments_resolve_thread",
    "datasets_api_coverage_coverage",
    "datasets_api_duplicates_dismiss",
    "datasets_api_duplicates_list",
    "datasets_api_duplicates_restore",
    "datasets_api_examples_correct_rows",
    "datasets_api_examples_discard_import",
    "datasets_api_examples_list_examples",
    "datasets_api_examples_map_import",
    "datasets_api_examples_rejected_rows",
    "datasets_api_examples_show_import",
    "datasets_api_examples_start_import",
    "datasets_api_examples_start_looked_at",
    "datasets_api_mini_batches_freeze",
    "datasets_api_saved_views_list",
    "datasets_api_system_messages_change",
    "datasets_api_system_messages_show",
    "datasets_api_text_blocks_change",
    "datasets_api_text_blocks_create",
    "datasets_api_text_blocks_delete",
    "datasets_api_text_blocks_list",
    "datasets_api_versions_download",
    "datasets_api_versions_list_versions",
    "datasets_api_versions_show_version",
    "datasets_api_voice_rules",
    "evaluation_api_aliases_serving",
    "evaluation_api_batches_cancel",
    "evaluation_api_batches_list",
    "evaluation_api_bundle_add_part",
    "evaluation_api_bundle_announce",
    "evaluation_api_bundle_download",
    "evaluation_api_bundle_events",
    "evaluation_api_judges_cancel",
    "evaluation_api_judges_list",
    "evaluation_api_judges_replies",
    "evaluation_api_judges_resume",
    "evaluation_api_judges_retry",
    "evaluation_api_judges_start",
    "evaluation_api_pipeline_list",
    "evaluation_api_pipeline_show",
    "evaluation_api_preferences_file",
    "evaluation_api_preferences_freeze",
    "evaluation_api_preferences_list",
    "evaluation_api_preferences_show",
    "evaluation_api_promotions_decline",
    "evaluation_api_promotions_list",
    "evaluation_api_promotions_promote",
    "evaluation_api_promotions_roll_back",
    "evaluation_api_promotions_sign",
    "evaluation_api_runs_act",
    "evaluation_api_runs_adjudications",
    "evaluation_api_runs_create",
    "evaluation_api_runs_export",
    "evaluation_api_runs_generation",
    "evaluation_api_runs_models",
    "evaluation_api_runs_runs",
    "evaluation_api_runs_show",
    "evaluation_api_runs_trained_matches",
    "evaluation_api_runs_win_rates",
    "evaluation_api_service_limits",
    "evaluation_api_service_limits_set",
    "evaluation_api_service_report",
    "evaluation_api_serving_act",
    "evaluation_api_serving_show",
    "evaluation_api_shadow_list",
    "evaluation_api_shadow_show",
    "evaluation_api_shadow_start",
    "evaluation_api_training_schedules",
    "evaluation_api_training_windows",
    "evaluation_api_trainings_act",
    "evaluation_api_trainings_list",
    "evaluation_api_trainings_show",
    "evaluation_api_trainings_start",
    "evaluation_api_trainings_start_now",
    "evaluation_api_voting_broken",
    "evaluation_api_voting_criteria",
    "evaluation_api_voting_next_comparison",
    "evaluation_api_voting_progress",
    "evaluation_api_voting_skip",
    "evaluation_api_voting_undo",
    "evaluation_api_voting_vote",
    "reviewapp_api_assembly_me",
    "reviewapp_api_notifications_list",
    "reviewapp_api_notifications_preferences",
    "reviewapp_api_notifications_read",
    "reviewapp_api_notifications_set_preferences",
    "reviewapp_api_webhooks_change",
    "reviewapp_api_webhooks_create",
    "reviewapp_api_webhooks_delete",
    "reviewapp_api_webhooks_deliveries",
    "reviewapp_api_webhooks_list",
    "reviewapp_api_webhooks_resend",
    "reviewapp_api_webhooks_rotate_secret",
    "reviewapp_api_webhooks_test",
]


@cache
def served_document() -> BaseSchema:
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


@pytest.fixture
def described() -> Iterator[BaseSchema]:
    """The document as it is served; the test's connection stays open between the requests."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield served_document()
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


def sections() -> dict[str, list[tuple[str, str]]]:
    """Return the operations by the first part of their path, such as `runs`."""
    found: dict[str, list[tuple[str, str]]] = {}
    for method, path in OPERATIONS:
        found.setdefault(path.split("/")[3], []).append((method, path))
    return found


@pytest.mark.parametrize("section", sections())
def test_every_answer_is_one_that_the_document_names(
    described: BaseSchema, subtests: pytest.Subtests, section: str
) -> None:
    # Making a run takes longer than the requests: once for a section.
    run, (reviewer, *_others) = make_small_run()
    lead = make_member(run.project, Role.LEAD)
    secrets = {user: people.create_token(user=user).secret for user in (reviewer, lead)}
    known = {"slug": run.project.slug, "project": run.project.slug, "run_id": run.pk}

    def check(method: str, path: str) -> None:
        is_of_reviewers = "comparison" in path or path.endswith("/progress")
        secret = secrets[reviewer if is_of_reviewers else lead]

        @hypothesis.given(case=described[path][method].as_strategy())
        @hypothesis.settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
        def request(case: schemathesis.Case[Any]) -> None:
            case.path_parameters |= {
                name: known[name] for name in case.path_parameters.keys() & known.keys()
            }
            headers = {"Authorization": f"Bearer {secret}"}
            case.call_and_validate(headers=headers, checks=CHECKS)

        request()

    for method, path in sections()[section]:
        with subtests.test(operation=f"{method} {path}"), transaction.atomic():
            savepoint = transaction.savepoint()
            check(method, path)
            transaction.savepoint_rollback(savepoint)


def test_the_document_names_exactly_what_scripts_may_rely_on() -> None:
    """A script somewhere calls each of these: none goes or changes its name unnoticed."""
    assert {f"{method} {path.removeprefix('/api/v1')}" for method, path in OPERATIONS} == {
        "get /me",
        "get /notifications",
        "post /notifications/read",
        "get /notifications/preferences",
        "put /notifications/preferences",
        "get /projects/{slug}/webhooks",
        "post /projects/{slug}/webhooks",
        "patch /projects/{slug}/webhooks/{webhook_id}",
        "delete /projects/{slug}/webhooks/{webhook_id}",
        "post /projects/{slug}/webhooks/{webhook_id}/secret",
        "post /projects/{slug}/webhooks/{webhook_id}/test",
        "get /projects/{slug}/webhooks/{webhook_id}/deliveries",
        "post /projects/{slug}/webhooks/{webhook_id}/deliveries/{delivery_id}/again",
        "post /projects/{slug}/imports",
        "get /projects/{slug}/imports/{import_id}",
        "post /projects/{slug}/imports/{import_id}/map",
        "post /projects/{slug}/imports/{import_id}/start",
        "delete /projects/{slug}/imports/{import_id}",
        "get /projects/{slug}/imports/{import_id}/rejected-rows",
        "post /projects/{slug}/imports/{import_id}/corrections",
        "get /projects/{slug}/examples",
        "get /projects/{slug}/examples/{example_id}/threads",
        "post /projects/{slug}/examples/{example_id}/threads",
        "post /projects/{slug}/examples/{example_id}/threads/{thread_id}/comments",
        "post /projects/{slug}/examples/{example_id}/threads/{thread_id}/resolve",
        "post /projects/{slug}/examples/{example_id}/threads/{thread_id}/reopen",
        "post /projects/{slug}/examples/{example_id}/threads/read",
        "put /projects/{slug}/examples/{example_id}/comments/{comment_id}",
        "delete /projects/{slug}/examples/{example_id}/comments/{comment_id}",
        "post /projects/{slug}/examples/{example_id}/comments/{comment_id}/accept",
        "post /projects/{slug}/examples/{example_id}/comments/{comment_id}/decline",
        "get /projects/{slug}/suggestions",
        "get /projects/{slug}/mentions",
        "get /projects/{slug}/bulk-actions",
        "post /projects/{slug}/bulk-actions",
        "get /projects/{slug}/bulk-actions/{action_id}",
        "post /projects/{slug}/bulk-actions/{action_id}/confirm",
        "post /projects/{slug}/bulk-actions/{action_id}/cancel",
        "post /projects/{slug}/bulk-actions/{action_id}/undo",
        "post /projects/{slug}/bulk-actions/{action_id}/repeat",
        "get /projects/{slug}/system-messages",
        "put /projects/{slug}/system-messages",
        "put /projects/{slug}/examples/{example_id}/assignment",
        "get /projects/{slug}/views",
        "get /projects/{slug}/coverage",
        "get /projects/{slug}/voice",
        "get /projects/{slug}/text-blocks",
        "post /projects/{slug}/text-blocks",
        "put /projects/{slug}/text-blocks/{block_id}",
        "delete /projects/{slug}/text-blocks/{block_id}",
        "get /projects/{slug}/duplicates",
        "post /projects/{slug}/duplicates/{first}/{second}/dismiss",
        "post /projects/{slug}/duplicates/{first}/{second}/restore",
        "get /projects/{slug}/versions",
        "get /projects/{slug}/versions/{number}",
        "get /projects/{slug}/versions/{number}/{split}",
        "get /projects/{slug}/runs",
        "get /aliases/{project}/{alias}",
        "get /runs/{run_id}/win-rates",
        "get /projects/{slug}/models",
        "post /projects/{slug}/runs",
        "get /runs/{run_id}",
        "post /runs/{run_id}/actions",
        "post /runs/{run_id}/export",
        "post /runs/{run_id}/promote",
        "get /projects/{slug}/promotions",
        "post /promotions/{promotion_id}/sign",
        "post /promotions/{promotion_id}/decline",
        "post /aliases/{project}/{alias}/roll-back",
        "get /runs/{run_id}/adjudications",
        "get /runs/{run_id}/judges",
        "post /runs/{run_id}/judges",
        "post /judges/{judge_id}/resume",
        "post /judges/{judge_id}/cancel",
        "post /judges/{judge_id}/retry",
        "get /judges/{judge_id}/replies",
        "get /projects/{slug}/pipeline",
        "post /projects/{slug}/models/{name}/service-reports",
        "get /projects/{slug}/service-limits",
        "put /projects/{slug}/service-limits",
        "get /projects/{slug}/shadow-checks",
        "post /projects/{slug}/shadow-checks",
        "get /shadow-checks/{check_id}",
        "get /projects/{slug}/pipeline/{kind}/{number}",
        "get /runs/{run_id}/generation",
        "get /runs/{run_id}/trained-matches",
        "get /runs/{run_id}/batches",
        "post /runs/{run_id}/batches/{batch_id}/cancel",
        "get /projects/{slug}/preferences",
        "post /projects/{slug}/preferences",
        "get /projects/{slug}/preferences/{number}",
        "get /projects/{slug}/preferences/{number}/file",
        "get /projects/{slug}/trainings",
        "post /projects/{slug}/trainings",
        "get /projects/{slug}/models/{name}/serving",
        "post /projects/{slug}/models/{name}/serving/{act}",
        "get /projects/{slug}/training-schedules",
        "post /projects/{slug}/mini-batches",
        "get /projects/{slug}/training-windows",
        "get /trainings/{training_id}",
        "post /trainings/{training_id}/start",
        "post /trainings/{training_id}/bundle",
        "post /trainings/{training_id}/events",
        "post /trainings/{training_id}/uploads",
        "patch /trainings/{training_id}/uploads/{upload_id}",
        "post /trainings/{training_id}/{act}",
        "get /runs/{run_id}/progress",
        "get /runs/{run_id}/criteria",
        "post /runs/{run_id}/comparisons/next",
        "post /comparisons/{comparison_id}/vote",
        "post /comparisons/{comparison_id}/skip",
        "post /comparisons/{comparison_id}/broken",
        "post /comparisons/{comparison_id}/undo",
    }


def test_operation_ids_never_change() -> None:
    operations = [
        operation
        for methods in api.get_openapi_schema()["paths"].values()
        for operation in methods.values()
    ]
    assert sorted(operation["operationId"] for operation in operations) == OPERATION_IDS
