"""The page that creates a project."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from reviewapp.core.errors import PermissionDeniedError
from reviewapp.core.forms import ActionForm
from reviewapp.people.actions import projects
from reviewapp.people.http import signed_in_user
from reviewapp.people.models import Role

SLUG_LENGTH = 60


class ProjectForm(ActionForm):
    """The arguments of `projects.create_project`."""

    name = forms.CharField(label=_("Name"), max_length=120)
    slug = forms.CharField(
        label=_("Slug"),
        max_length=SLUG_LENGTH,
        required=False,
        help_text=_(
            "Part of every address of the project, for good. "
            "Left empty, it is made from the name: Acme support becomes acme-support."
        ),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "data-slug-from": "id_name"}
        ),
    )
    roles = forms.MultipleChoiceField(
        label=_("You also work as"),
        required=False,
        choices=[(role.value, role.label) for role in (Role.ANNOTATOR, Role.REVIEWER)],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("You become its lead. With the role of a reviewer you can vote in its runs."),
    )

    def clean(self) -> dict[str, Any]:
        """Make the slug from the name where none was typed."""
        cleaned = super().clean() or {}
        if not cleaned.get("slug"):
            cleaned["slug"] = slugify(cleaned.get("name", ""))[:SLUG_LENGTH].strip("-")
        return cleaned


@require_http_methods(["GET", "HEAD", "POST"])
def new_project(request: HttpRequest) -> HttpResponse:
    """Create a project, whose lead is the signed-in user."""
    user = signed_in_user(request)
    if not projects.may_create_projects(user):
        raise PermissionDeniedError(projects.denied_reason())
    form = ProjectForm(request.POST or None)
    if request.method == "POST":
        project = form.perform(partial(projects.create_project, actor=user))
        if project is not None:
            messages.success(request, gettext("Created the project. You are its lead."))
            return redirect("project_home", slug=project.slug)
    return render(request, "reviewapp/people/project_new.html", {"form": form}, status=form.status)
