"""Who may do what, each answer with its reason.

A role gives powers (docs/roles.md); what depends on the row is a function that the action and the
page both ask, so that a page can say why a button is off.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from psycopg import sql

from datasets.lifecycle import Action, State, actions_in
from datasets.models import EditDraft, Finding, GoldenExample, Membership, Project, Role, User
from datasets.prepared import Columns, fetch_one


class Power(StrEnum):
    """What a role lets a person do in a project."""

    VIEW = "view"  # see examples, versions, policies
    CURATE = "curate"  # import, edit, submit
    REVIEW = "review"  # approve or send back what others wrote
    VOTE = "vote"  # vote in runs they are rater of
    LEAD = "lead"  # freeze, models, runs, figures, promotion, members, audit


ROLE_POWERS: dict[str, frozenset[Power]] = {
    Role.ANNOTATOR: frozenset({Power.VIEW, Power.CURATE}),
    Role.REVIEWER: frozenset({Power.VIEW, Power.REVIEW, Power.VOTE}),
    Role.LEAD: frozenset(Power),
}

POWER_NEEDS: dict[Power, str] = {
    Power.VIEW: "a member of this project",
    Power.CURATE: "an annotator or a lead",
    Power.REVIEW: "a reviewer or a lead",
    Power.VOTE: "a reviewer or a lead",
    Power.LEAD: "a lead",
}

# Not a matter of judgement: a file with one of these is refused, or teaches nothing.
MUST_BE_MENDED = frozenset({"no_assistant_message", "nothing_to_learn", "tool_call"})


def powers_of(user: User, project: Project) -> frozenset[Power]:
    """Return what this person may do in this project; empty for a stranger."""
    if not user.is_active:
        return frozenset()
    if user.is_superuser:
        return frozenset(Power)
    roles = Membership.objects.filter(project=project, user=user).values_list("role", flat=True)
    return _powers_of_roles(roles)


def project_of(user: User, slug: str) -> tuple[Project | None, frozenset[Power]]:
    """Return the project of this address with the person's powers in it, by one statement.

    Whether there is no such project or the person is a stranger to it, it is None.
    """
    if not user.is_active:
        return None, frozenset()
    if user.is_superuser:
        return Project.objects.filter(slug=slug).first(), frozenset(Power)
    row = fetch_one(_PROJECT_AND_ROLES, {"slug": slug, "user": user.pk})
    if row is None:
        return None, frozenset()
    *project, roles = row
    return _PROJECT.instance(project), _powers_of_roles(roles)


_PROJECT: Final = Columns.all_of(Project)
# Every page begins with this; written out, it takes a fraction of the time.
_PROJECT_AND_ROLES: Final = (
    sql.SQL("""
SELECT {columns}, array_agg(m.role)
FROM datasets_project p JOIN datasets_membership m ON m.project_id = p.id
WHERE p.slug = %(slug)s AND m.user_id = %(user)s
GROUP BY p.id
""")
    .format(columns=_PROJECT.of("p"))
    .as_string()
)


def _powers_of_roles(roles: Iterable[str]) -> frozenset[Power]:
    return frozenset().union(*(ROLE_POWERS[role] for role in roles))


def power_refusal(user: User, project: Project, power: Power) -> str:
    """Say why this person may not use this power here; empty if they may."""
    return "" if power in powers_of(user, project) else refusal_for_want_of(power, project)


def refusal_for_want_of(power: Power, project: Project) -> str:
    """Say to somebody who lacks this power here who has it."""
    return (
        f"Only {POWER_NEEDS[power]} can do this. Ask a lead of {project.name} to give you the role."
    )


def review_refusal(user: User, example: GoldenExample) -> str:
    """Say why this person may not review this example; empty if they may."""
    if Action.APPROVE not in actions_in(State(example.state)):
        return "This example is not in review."
    if example.revisions.filter(author=user).exists():
        return "You wrote a revision of this example, so someone else must review it."
    if user.password_known_to() in example.authors:
        return "An author of this example made your account, so someone else must review it."
    return power_refusal(user, example.project, Power.REVIEW)


def edit_refusal(user: User, example: GoldenExample) -> str:
    """Say why this person may not edit this example; empty if they may."""
    if Action.REVISE not in actions_in(State(example.state)):
        return "This example is retired. Reopen it to edit it."
    return power_refusal(user, example.project, Power.CURATE)


def submit_refusal(user: User, example: GoldenExample) -> str:
    """Say why this person may not submit this example for review; empty if they may."""
    if Action.SUBMIT not in actions_in(State(example.state)):
        return "Only a draft, or what was sent back, can be submitted."
    if refusal := power_refusal(user, example.project, Power.CURATE):
        return refusal
    if EditDraft.objects.filter(example=example, user=user).exists():
        return "You have unsaved changes. Save or discard them first."
    if example.blocking_findings:
        return f"{_blocking(example)} First replace what was found, or say why it may stay."
    return ""


def approve_refusal(user: User, example: GoldenExample) -> str:
    """Say why this person may not approve this example; empty if they may."""
    if refusal := review_refusal(user, example):
        return refusal
    if example.blocking_findings:
        return f"{_blocking(example)} Request changes, or say at the finding why it may stay."
    return ""


def retire_refusal(user: User, example: GoldenExample) -> str:
    """Say why this person may not retire this example; empty if they may."""
    if Action.RETIRE not in actions_in(State(example.state)):
        return "This example is retired already."
    return power_refusal(user, example.project, Power.CURATE)


def reopen_refusal(user: User, example: GoldenExample) -> str:
    """Say why this person may not take this example back to draft; empty if they may."""
    if Action.REOPEN not in actions_in(State(example.state)):
        return "This example is open already: it can be edited as it is."
    return taking_part_refusal(user, example.project)


def dismiss_refusal(user: User, finding: Finding) -> str:
    """Say why this person may not let this finding stand; empty if they may."""
    return mending_refusal(finding.code) or taking_part_refusal(
        user, finding.revision.example.project
    )


def mending_refusal(code: str) -> str:
    """Say why no reason helps against a finding of this code; empty if one does."""
    if code in MUST_BE_MENDED:
        return "No provider trains on this. It has to be mended; a reason does not help."
    return ""


def taking_part_refusal(user: User, project: Project) -> str:
    """Say why this person neither curates nor reviews in this project; empty if they do."""
    if powers_of(user, project) & {Power.CURATE, Power.REVIEW}:
        return ""
    return power_refusal(user, project, Power.CURATE)


def _blocking(example: GoldenExample) -> str:
    count = example.blocking_findings
    return "One blocking finding is open." if count == 1 else f"{count} blocking findings are open."
