"""What the help of each page shows.

A page belongs to a section of the site by its address, or by its name where a section has pages of
different kinds. Each topic names the parts of the documentation that explain it and the words of
the glossary that it uses, so that documentation and help are one text.
"""

from dataclasses import dataclass

from django.urls import ResolverMatch
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reviewapp.web.help.documents import Part


@dataclass(frozen=True)
class Topic:
    """What the help of some pages shows: parts of the documentation, and words of the glossary."""

    title: str | Promise
    parts: tuple[Part, ...]
    words: tuple[str, ...] = ()


def _parts(document: str, *headings: str) -> tuple[Part, ...]:
    return tuple(Part(document, heading) for heading in headings)


TOPICS: dict[str, Topic] = {
    "start": Topic(
        _("First steps"),
        _parts(
            "first-run",
            "",
            "2. A project and its members",
            "3. Import conversations",
            "4. Compare two models",
            "5. Vote",
        ),
        ("project", "golden example", "run", "vote", "gate", "promotion, rollback, withdrawal"),
    ),
    "examples": Topic(
        _("Examples"),
        _parts(
            "curation",
            *("", "States", "Independent review", "Findings", "The queue", "Who else is there"),
            "Assignments",
            *("Revisions", "Text blocks", "Unsaved changes are kept", "Edit conflicts"),
        ),
        ("golden example", "revision", "intent", "finding", "dismissal", "review", "approval"),
    ),
    "bulk": Topic(
        _("Bulk actions"),
        _parts("curation", "Many at once", "States", "Independent review"),
        ("bulk action", "golden example", "approval"),
    ),
    "comments": Topic(
        _("Comments"),
        _parts("comments", "", "Where a thread is", "Mentions", "Suggested edits", "Unread"),
        ("thread", "mention", "suggested edit", "golden example"),
    ),
    "notifications": Topic(
        _("Notifications"), _parts("notifications", "", "Mail"), ("notification",)
    ),
    "import": Topic(
        _("Import"),
        _parts("import", "", "Formats", "Changes that are reported", "Results of a row"),
        ("conversation", "import batch", "rejected row"),
    ),
    "duplicates": Topic(
        _("Duplicates"),
        _parts("duplicates", "", "What counts as alike", "Clusters"),
        ("golden example", "near-duplicate"),
    ),
    "coverage": Topic(
        _("Coverage"),
        _parts("coverage", "", "Targets", "Curate next", "Diversity"),
        ("coverage, target", "raw conversation", "diversity"),
    ),
    "voice": Topic(
        _("House voice"),
        (*_parts("findings", "House voice"), *_parts("curation", "Text blocks")),
        ("house voice", "text block, placeholder", "finding"),
    ),
    "policies": Topic(_("Policies"), _parts("curation", "Policies"), ("policy",)),
    "erasure": Topic(_("Erasing text"), _parts("erasure", "")),
    "versions": Topic(
        _("Versions"),
        _parts(
            "datasets",
            "",
            "What a version contains",
            "Splits",
            "Mini-batches",
            "Files and digests",
            "Preflight",
            "Tokens and cost",
        ),
        ("dataset version", "split", "preflight", "mini-batch"),
    ),
    "vote": Topic(
        _("Voting"),
        _parts(
            "voting",
            "Keys",
            "Reasons",
            "Languages",
            "What is left",
            "Undo",
            "Reporting an example as broken",
        ),
        ("comparison", "vote", "choice, verdict", "skip / set aside", "reading language"),
    ),
    "models": Topic(
        _("Models"),
        _parts("providers", "Registering a model", "Trying a model", "Limits"),
        ("model version", "endpoint", "provider"),
    ),
    "runs": Topic(
        _("Runs"),
        _parts("runs", "", "Setting one up", "Opening", "Answers that exist already"),
        ("run", "candidate, baseline", "prompt", "answer", "served order", "overlap set"),
    ),
    "figures": Topic(
        _("The page of a run"),
        (
            *_parts("runs", "Reading the page"),
            *_parts("statistics", "What is counted", "Why you may look at any time", "The gates"),
        ),
        ("counted example", "win rate, interval", "gate", "decision", "rater"),
    ),
    "adjudication": Topic(
        _("Adjudication"), _parts("voting", "Adjudication"), ("adjudication", "vote", "lease")
    ),
    "judge": Topic(
        _("Judge"), _parts("judge", "", "Ask one", "The rubric", "The second line", "Who sees it")
    ),
    "trainings": Topic(
        _("Trainings"),
        _parts(
            "training",
            *("", "Start one", "Time windows", "Schedules", "How a training runs", "While it runs"),
            *("Cost", "Shutdown of base models", "What is kept, and what is erased", "Names"),
        ),
        ("training", "stage", "checkpoint", "time window", "schedule"),
    ),
    "pipeline": Topic(
        _("Pipeline"),
        _parts("pipeline", "", "Steps and gates", "What is next"),
        ("gate", "training", "dataset version"),
    ),
    "preferences": Topic(
        _("Preferences"),
        _parts("preferences", "", "Which pairs", "Test splits", "Files"),
        ("preference set", "test split"),
    ),
    "shadow": Topic(
        _("Shadow check"),
        _parts("shadow", "", "Archetype prompts", "Ask a model", "Signals", "Who sees it"),
        ("archetype, shadow check", "golden example", "endpoint"),
    ),
    "reviewers": Topic(
        _("Reviewers"),
        _parts("voting", "The page of a reviewer", "Gold checks and the training round"),
        ("reviewer", "rater"),
    ),
    "promotions": Topic(
        _("Promotions"),
        (*_parts("runs", "Promoting and rolling back"), *_parts("roles", "The second lead")),
        ("alias", "promotion, rollback, withdrawal"),
    ),
    "members": Topic(
        _("Members and roles"),
        _parts("roles", "", "Accounts", "Single sign-on"),
        ("member", "role", "permission", "site admin"),
    ),
    "settings": Topic(
        _("Settings"),
        (*_parts("datasets", "Tokens and cost"), *_parts("findings", ""), *_parts("erasure", "")),
        ("inspection", "finding"),
    ),
    "webhooks": Topic(_("Webhooks"), _parts("webhooks", "", "Events"), ("webhook, delivery",)),
    "audit": Topic(
        _("Audit"),
        _parts("audit", "", "Why you can trust it"),
        ("audit event, job",),
    ),
    "account": Topic(
        _("Account"),
        (*_parts("roles", "Accounts", "Single sign-on"), *_parts("api", "")),
        ("role",),
    ),
}
# By the part of the address behind the project, so that a new page has help from the beginning.
SECTIONS = {
    "": "start",
    "first-steps": "start",
    "examples": "examples",
    "bulk": "bulk",
    "findings": "examples",
    "duplicates": "duplicates",
    "coverage": "coverage",
    "voice": "voice",
    "import": "import",
    "mentions": "comments",
    "policies": "policies",
    "versions": "versions",
    "vote": "vote",
    "languages": "vote",
    "models": "models",
    "runs": "runs",
    "reviewers": "reviewers",
    "gold-checks": "reviewers",
    "rubric": "judge",
    "trainings": "trainings",
    "pipeline": "pipeline",
    "preferences": "preferences",
    "shadow": "shadow",
    "promotions": "promotions",
    "aliases": "promotions",
    "members": "members",
    "settings": "settings",
    "webhooks": "webhooks",
    "audit": "audit",
}
# Pages of another topic than the other pages of their section.
PAGES = {
    "home": "start",
    "notifications": "notifications",
    "new_project": "members",
    "invitation": "members",
    "evaluation:run": "figures",
    "evaluation:run_examples": "figures",
    "evaluation:revealed": "figures",
    "evaluation:adjudication": "adjudication",
    "evaluation:adjudicate": "adjudication",
    "evaluation:judge": "judge",
    "evaluation:judge_replies": "judge",
    "evaluation:promote": "promotions",
    "evaluation:erase_run_example": "erasure",
    "evaluation:erase_gold": "erasure",
    "datasets:erase_example": "erasure",
    "datasets:erase_rejects": "erasure",
}


def topic_of(match: ResolverMatch | None) -> str:
    """Return the name of the topic that explains a page."""
    if match is None:
        return "start"
    if match.view_name in PAGES:
        return PAGES[match.view_name]
    if match.route.startswith("accounts/"):
        return "account"
    section = match.route.removeprefix("p/<slug:slug>/").partition("/")[0]
    return SECTIONS.get(section, "start")
