"""Pages where a member, or a lead for them, chooses the languages that the member reads."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from reviewapp.core.formats import language_name
from reviewapp.core.forms import ActionForm
from reviewapp.people.actions.reading import set_reading_languages
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import Permission
from reviewapp.people.reading import languages_read
from reviewapp.people.views.settings import WordsField


class ReadingForm(ActionForm):
    """The languages of the project as boxes to check, and a field for others."""

    known = forms.MultipleChoiceField(
        label=_("Languages of this project"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    other = WordsField(
        label=_("Other languages"),
        required=False,
        max_length=200,
        help_text=_("Two-letter codes, such as en, it, de."),
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(code, language_name(code)) for code in project.languages]
        if named:
            self.fields["known"].choices = named  # type: ignore[attr-defined]
        else:
            del self.fields["known"]

    @classmethod
    def initial_of(cls, project: Project, languages: list[str]) -> dict[str, list[str]]:
        """Return the initial values for a member who reads these languages."""
        known = [code for code in languages if code in project.languages]
        return {"known": known, "other": [code for code in languages if code not in known]}

    def languages(self) -> list[str]:
        """Return the codes of both fields."""
        return [*self.cleaned_data.get("known", []), *self.cleaned_data["other"]]


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.VIEW)
def own_languages(request: ProjectRequest) -> HttpResponse:
    """Show and change the languages that the signed-in member reads."""
    return _page(request, request.user)


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def languages_of_member(request: ProjectRequest, user_id: int) -> HttpResponse:
    """Show and change the languages that a member reads, for a lead."""
    members = User.objects.filter(memberships__project=request.project, pk=user_id)
    member = members.distinct().first()
    if member is None:
        raise Http404("No such member of this project.")
    return _page(request, member)


def _page(request: ProjectRequest, member: User) -> HttpResponse:
    project = request.project
    current = languages_read(project.pk, [member.pk]).get(member.pk, [])
    initial = ReadingForm.initial_of(project, current)
    form = ReadingForm(request.POST or None, project=project, initial=initial)
    is_own = member.pk == request.user.pk

    def store(**_fields: Any) -> list[str]:
        return set_reading_languages(
            project=project, user=member, languages=form.languages(), actor=request.user
        )

    if request.method == "POST" and form.perform(store) is not None:
        messages.success(request, gettext("Saved. It applies from the next comparison on."))
        if is_own:
            return redirect("own_languages", slug=project.slug)
        return redirect("members", slug=project.slug)
    context = {"form": form, "member": member, "is_own": is_own}
    return render(request, "reviewapp/people/languages.html", context, status=form.status)
