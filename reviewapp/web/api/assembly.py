"""Version 1 of the API: the apps' routers, the OpenAPI document and its documentation page."""

import json
from collections import defaultdict
from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI, Schema
from ninja.openapi.docs import Swagger

from datasets.assignments import api as assignments
from datasets.bulk import api as bulk
from datasets.comments.api import mentions, suggestions, threads
from datasets.coverage import api as coverage
from datasets.curation import api as examples
from datasets.duplicates import api as duplicates
from datasets.ingest.api import corrections, imports
from datasets.saved_views import api as saved_views
from datasets.system_messages import api as system_messages
from datasets.text_blocks import api as text_blocks
from datasets.versions import api as versions
from datasets.versions.mini_batches import api as mini_batches
from datasets.voice import api as voice
from evaluation.batches import api as batches
from evaluation.judge import api as judges
from evaluation.pipeline import api as pipeline
from evaluation.preferences import api as preferences
from evaluation.promotion.api import aliases, promotions
from evaluation.results import api as figures
from evaluation.runs import api as runs
from evaluation.service_reports import api as service_reports
from evaluation.shadow import api as shadow
from evaluation.training import api as trainings
from evaluation.training.bundle import api as bundles
from evaluation.training.local import api as serving
from evaluation.training.schedules import api as training_schedules
from evaluation.training.windows import api as training_windows
from evaluation.voting import api as voting
from reviewapp.core.api import Problem
from reviewapp.notifications import api as notifications
from reviewapp.people.http import signed_in_user
from reviewapp.people.models import Membership, Project, Scope
from reviewapp.web.api import problems
from reviewapp.web.api.openapi import DocumentedAPI
from reviewapp.web.api.tokens import TokenAuth
from reviewapp.webhooks import api as webhooks


class ProjectOut(Schema):
    """A project as its members see it."""

    slug: str
    name: str
    roles: list[str]


class Me(Schema):
    """The user of the token. A site admin may use every project, without a role in it."""

    email: str
    name: str
    is_site_admin: bool
    scopes: list[str]
    projects: list[ProjectOut]


class BundledSwagger(Swagger):
    """The documentation page with the scripts that are installed here, not those of a CDN.

    ninja looks for itself among the installed apps, which would load it in every process.
    """

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        """Render the page; a token needs no CSRF token."""
        found = {**self.settings, "url": self.get_openapi_url(api, kwargs)}
        return render(request, self.template, {"swagger_settings": json.dumps(found), "api": api})


api = DocumentedAPI(
    title="Touchstone",
    version="1",
    description="What the pages do, for scripts. Reviewers' tokens see comparisons as blind as "
    "the page does. Lists page by cursor; writes take an Idempotency-Key; errors are RFC 9457 "
    "problem details.",
    urls_namespace="api",
    auth=TokenAuth(),
    docs=BundledSwagger(),
    # The bundled documentation page styles its own elements and draws its icons from data URLs.
    docs_decorator=csp_update({"style-src": [SELF, UNSAFE_INLINE], "img-src": [SELF, "data:"]}),
)
problems.install(api)
api.add_router("", imports.router, auth=TokenAuth(Scope.EXAMPLES))
api.add_router("", corrections.router, auth=TokenAuth(Scope.EXAMPLES))
api.add_router("", examples.router, auth=TokenAuth(Scope.EXAMPLES))
api.add_router("", threads.router, auth=TokenAuth(Scope.EXAMPLES))
api.add_router("", suggestions.router, auth=TokenAuth(Scope.EXAMPLES))
api.add_router("", mentions.router, auth=TokenAuth(Scope.EXAMPLES))
api.add_router("", bulk.router, auth=TokenAuth(Scope.EXAMPLES, writes=Scope.MANAGE))
api.add_router("", assignments.router, auth=TokenAuth(Scope.EXAMPLES))
api.add_router("", saved_views.router, auth=TokenAuth(Scope.EXAMPLES))
api.add_router("", duplicates.router, auth=TokenAuth(Scope.EXAMPLES))
api.add_router("", coverage.router, auth=TokenAuth(Scope.EXAMPLES))
api.add_router("", voice.router, auth=TokenAuth(Scope.EXAMPLES))
api.add_router("", system_messages.router, auth=TokenAuth(Scope.EXAMPLES, writes=Scope.MANAGE))
api.add_router("", text_blocks.router, auth=TokenAuth(Scope.EXAMPLES))
api.add_router("", versions.router, auth=TokenAuth(Scope.VERSIONS))
api.add_router("", mini_batches.router, auth=TokenAuth(Scope.MANAGE))
api.add_router("", aliases.router, auth=TokenAuth(Scope.SERVING))
api.add_router("", voting.router, auth=TokenAuth(Scope.VOTING))
api.add_router("", figures.router, auth=TokenAuth(Scope.RUNS, writes=Scope.MANAGE))
api.add_router("", runs.router, auth=TokenAuth(Scope.RUNS, writes=Scope.MANAGE))
api.add_router("", batches.router, auth=TokenAuth(Scope.RUNS, writes=Scope.MANAGE))
api.add_router("", promotions.router, auth=TokenAuth(Scope.RUNS, writes=Scope.MANAGE))
# Before those of trainings, which have an address with any last part.
api.add_router("", bundles.router, auth=TokenAuth(Scope.TRAININGS))
api.add_router("", bundles.reports)
api.add_router("", trainings.router, auth=TokenAuth(Scope.TRAININGS))
api.add_router("", serving.router, auth=TokenAuth(Scope.TRAININGS))
api.add_router("", training_schedules.router, auth=TokenAuth(Scope.TRAININGS))
api.add_router("", training_windows.router, auth=TokenAuth(Scope.TRAININGS))
api.add_router("", service_reports.router, auth=TokenAuth(Scope.SERVING))
api.add_router("", service_reports.limits_router, auth=TokenAuth(Scope.RUNS, writes=Scope.MANAGE))
api.add_router("", shadow.router, auth=TokenAuth(Scope.RUNS, writes=Scope.MANAGE))
api.add_router("", pipeline.router, auth=TokenAuth(Scope.RUNS, writes=Scope.MANAGE))
api.add_router("", preferences.router, auth=TokenAuth(Scope.RUNS, writes=Scope.MANAGE))
api.add_router("", judges.router, auth=TokenAuth(Scope.RUNS, writes=Scope.MANAGE))
api.add_router("", webhooks.router, auth=TokenAuth(Scope.MANAGE))
api.add_router("", notifications.router, auth=TokenAuth(Scope.NOTIFICATIONS))


@api.get(
    "/me",
    operation_id="reviewapp_api_assembly_me",
    response={200: Me, 401: Problem},
    tags=["people"],
    summary="Who am I",
)
def me(request: HttpRequest) -> dict[str, Any]:
    """Return the user of the token and their projects with roles."""
    user = signed_in_user(request)
    roles: dict[str, list[str]] = defaultdict(list)
    for slug, role in Membership.objects.filter(user=user).values_list("project__slug", "role"):
        roles[slug].append(role)
    projects = Project.objects.order_by("slug")
    if not user.is_superuser:
        projects = projects.filter(slug__in=roles)
    return {
        "email": user.email,
        "name": user.name,
        "is_site_admin": user.is_superuser,
        "scopes": sorted(request.token.scopes),  # type: ignore[attr-defined]
        "projects": [
            {"slug": project.slug, "name": project.name, "roles": sorted(roles[project.slug])}
            for project in projects
        ],
    }
