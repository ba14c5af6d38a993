"""Create and edit policies: the rules that answers must follow."""

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext

from datasets.curation.models import Policy
from reviewapp.core.errors import InvalidInput
from reviewapp.people.models import Project, ProjectEvent, User
from reviewapp.people.permissions import Permission, require_permission

# The address of the page for a new policy ends with it.
RESERVED_SLUGS = frozenset({"new"})


@transaction.atomic
def create_policy(
    *, project: Project, slug: str, title: str, body: str, actor: User | None
) -> Policy:
    """Create a policy. Examples refer to it by its slug, which therefore never changes.

    `actor` None is a command.

    Raises:
        PermissionDeniedError: the actor is neither annotator nor lead.
        InvalidInput: the slug is malformed or taken, or there is no title.
    """
    require_permission(actor, project, Permission.CURATE)
    slug = slug or slugify(title)[:80]
    if not slug or slug != slugify(slug) or slug in RESERVED_SLUGS:
        raise InvalidInput(
            gettext(
                "“%(slug)s” cannot be the short name of a policy. Use lower-case letters, digits "
                "and hyphens."
            )
            % {"slug": slug},
            field="slug",
        )
    if Policy.objects.filter(project=project, slug=slug).exists():
        raise InvalidInput(
            gettext("The policy “%(slug)s” exists already. Edit it, or choose another short name.")
            % {"slug": slug},
            field="slug",
        )
    policy = Policy.objects.create(
        project=project, slug=slug, title=_checked_title(title), body=body.strip()
    )
    ProjectEvent.objects.create(
        project=project,
        actor=actor,
        action="create_policy",
        after=policy.slug,
        detail={"title": policy.title, "body": policy.body},
    )
    return policy


@transaction.atomic
def edit_policy(*, policy_id: int, title: str, body: str, seen: str, actor: User) -> Policy:
    """Change title and text of a policy; the event keeps the previous ones.

    `seen` is the text that the actor had on screen.

    Raises:
        PermissionDeniedError: the actor is neither annotator nor lead.
        InvalidInput: there is no title, or the text was changed meanwhile.
    """
    locked = Policy.objects.select_for_update(of=("self",)).select_related("project")
    policy = locked.get(pk=policy_id)
    require_permission(actor, policy.project, Permission.CURATE)
    if seen != policy.body:
        raise InvalidInput(
            gettext(
                "This policy was changed after you opened it. Copy your text, open the policy "
                "again and merge both."
            )
        )
    before = {"title": policy.title, "body": policy.body}
    policy.title, policy.body = _checked_title(title), body.strip()
    after = {"title": policy.title, "body": policy.body}
    if after == before:
        return policy
    policy.save(update_fields=["title", "body"])
    ProjectEvent.objects.create(
        project=policy.project,
        actor=actor,
        action="edit_policy",
        before=policy.slug,
        after=policy.slug,
        detail={"before": before, "after": after},
    )
    return policy


def _checked_title(title: str) -> str:
    title = title.strip()
    if not title:
        raise InvalidInput(gettext("Give the policy a title."), field="title")
    return title
