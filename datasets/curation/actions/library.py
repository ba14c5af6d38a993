"""Writes to the policy library: the rules of the house that examples show."""

from django.db import transaction
from django.utils.text import slugify

from datasets.curation.models import Policy
from reviewapp.core.errors import InvalidInput
from reviewapp.people.models import Project, ProjectEvent, User
from reviewapp.people.permissions import Permission, require_permission

# The page for a new policy has this address.
RESERVED_SLUGS = frozenset({"new"})


@transaction.atomic
def create_policy(
    *, project: Project, slug: str, title: str, body: str, actor: User | None
) -> Policy:
    """Add a policy. Examples name it by its slug, which therefore never changes.

    `actor` None is the system (a command).

    Raises:
        PermissionDeniedError: the actor is neither annotator nor lead.
        InvalidInput: the slug is malformed or taken, or there is no title.
    """
    require_permission(actor, project, Permission.CURATE)
    slug = slug or slugify(title)[:80]
    if not slug or slug != slugify(slug) or slug in RESERVED_SLUGS:
        raise InvalidInput(
            f"“{slug}” cannot be a policy's short name. Use lower-case letters, digits and hyphens."
        )
    if Policy.objects.filter(project=project, slug=slug).exists():
        raise InvalidInput(f"There is a policy “{slug}” already. Edit that one, or rename yours.")
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
    """Change title and text of a policy; the event keeps what was there before.

    `seen` is the text the person had in front of them.

    Raises:
        PermissionDeniedError: the actor is neither annotator nor lead.
        InvalidInput: there is no title, or somebody changed the text meanwhile.
    """
    locked = Policy.objects.select_for_update(of=("self",)).select_related("project")
    policy = locked.get(pk=policy_id)
    require_permission(actor, policy.project, Permission.CURATE)
    if seen != policy.body:
        raise InvalidInput(
            "Somebody changed this policy after you opened it. Copy your text, open it again, "
            "and bring the two together."
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
        raise InvalidInput("Give the policy a title, by which people find it.")
    return title
