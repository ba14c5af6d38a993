"""Which languages a member reads, so that runs serve them only comparisons in those."""

import re
from collections.abc import Sequence
from typing import Final

from django.db import transaction
from django.utils.translation import gettext

from reviewapp.core import formats
from reviewapp.core.errors import InvalidInput, PermissionDeniedError
from reviewapp.people.models import Project, ProjectEvent, ReadingLanguages, User
from reviewapp.people.permissions import Permission, permissions_of
from reviewapp.people.reading import languages_read

MAX_LANGUAGES: Final = 20
_CODE: Final = re.compile(r"[a-z]{2,3}")


@transaction.atomic
def set_reading_languages(
    *, project: Project, user: User, languages: Sequence[str], actor: User | None
) -> list[str]:
    """Store the languages that a member reads; return them sorted. None means all languages.

    Comparisons that the member holds stay theirs; the next lease follows the new languages.

    Args:
        project: the languages apply to its runs only.
        user: the member.
        languages: codes of two or three letters, without region.
        actor: the member or a lead of the project; None is the system (a command).

    Raises:
        PermissionDeniedError: the actor is neither the member nor a lead.
        InvalidInput: the user is no member, or a code is invalid.
    """
    _check_may_set(project, user, actor)
    chosen = sorted({code.strip().lower() for code in languages})
    if wrong := [code for code in chosen if not _CODE.fullmatch(code)]:
        sentence = gettext("“%(code)s” is not a code. Use codes such as %(example)s.")
        raise InvalidInput(sentence % {"code": wrong[0], "example": "en, it, de"}, field="other")
    if len(chosen) > MAX_LANGUAGES:
        sentence = gettext("Choose at most %(limit)s languages, or none to read all of them.")
        raise InvalidInput(sentence % {"limit": formats.count(MAX_LANGUAGES)}, field="other")
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    before = languages_read(project.pk, [user.pk]).get(user.pk, [])
    if before != chosen:
        ReadingLanguages.objects.update_or_create(
            project=project, user=user, defaults={"languages": chosen}
        )
        ProjectEvent.objects.create(
            project=project,
            actor=actor,
            subject=user,
            action="change_reading_languages",
            detail={"before": before, "after": chosen},
        )
    return chosen


def _check_may_set(project: Project, user: User, actor: User | None) -> None:
    if not permissions_of(user, project):
        raise InvalidInput(
            gettext("%(user)s is no member of %(project)s. Give them a role first.")
            % {"user": user, "project": project.name}
        )
    if actor is None or actor.pk == user.pk:
        return
    if Permission.LEAD not in permissions_of(actor, project):
        raise PermissionDeniedError(
            gettext("Only %(user)s or a lead can change which languages they read.")
            % {"user": user}
        )
