"""Users, projects, memberships with their roles, and API tokens."""

from datetime import timedelta
from typing import Any, ClassVar, Final, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Lower, Now, Trim
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from reviewapp.core.audit.models import AuditEvent
from reviewapp.core.db.compiled import CompiledQuery
from reviewapp.people.names import normalized_email

PASSWORD_KNOWN_TO = "password_known_to"  # noqa: S105 - a key of the detail, no password
"""In the detail of a project's event: the id of the lead who was shown the one-time password."""


class PersonManager(UserManager["User"]):
    """Creates and finds users by their email address instead of a user name."""

    def _create(self, email: str, password: str | None, **fields: Any) -> "User":
        user = self.model(email=normalized_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def find_by_email(self, email: str) -> "User | None":
        """Return the user with this address in any spelling; None if there is none."""
        return self.filter(email=normalized_email(email)).first()

    def create_user(  # type: ignore[override]
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        """Create a user; without a password they can only use single sign-on."""
        return self._create(email, password, **fields)

    def create_superuser(  # type: ignore[override]
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        """Create a site admin."""
        return self._create(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the user with this address in any spelling."""
        return self.get(email=normalized_email(username or ""))


class User(AbstractUser):
    """A user, who signs in with an email address. A superuser is a site admin."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField(max_length=120, blank=True)
    # Offered with one click on the sign-in page where, and only where, the demo is served.
    is_demo = models.BooleanField(default=False)
    # Set with a one-time password: the next page after sign-in asks for one of their own.
    must_change_password = models.BooleanField(default=False)
    # Of the interface, a code of settings.LANGUAGES; empty to follow the browser.
    language = models.CharField(max_length=12, blank=True)
    # Counts deactivations (a trigger does it). Part of what a session is checked against.
    deactivations = models.PositiveIntegerField(default=0, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[PersonManager] = PersonManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique_ignoring_case"),
            # So that a look-up by the normalised address finds every person.
            models.CheckConstraint(
                name="user_email_normalized", condition=Q(email=Lower(Trim("email")))
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        """Normalise the address."""
        self.email = normalized_email(self.email)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return the hash that each session stores: a new password or a deactivation ends it."""
        return salted_hmac(
            "datasets.models.User.session",
            f"{self.deactivations}:{self.password}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()

    def password_known_to(self) -> int | None:
        """Return the id of the lead who last saw a one-time password of this account.

        None if that was an operator, or if its owner has entered by single sign-on since.
        """
        known_to: list[int | None] = _PASSWORD_KNOWN_TO.column(user=self.pk)
        return known_to[0] if known_to else None

    def get_full_name(self) -> str:
        """Return the name, or the email address if there is none."""
        return str(self)

    def get_short_name(self) -> str:
        """Return the first word of the name."""
        return str(self).split(" ")[0]


def _password_events(user: int) -> "models.QuerySet[ProjectEvent, tuple[int | None]]":
    """Return to whom the last event about a password of the user says that it is known."""
    events = ProjectEvent.objects.filter(subject=user, detail__has_key=PASSWORD_KNOWN_TO)
    known_to = Cast(KT(f"detail__{PASSWORD_KNOWN_TO}"), models.BigIntegerField())
    return events.order_by("-at", "-pk").values_list(known_to)[:1]


_PASSWORD_KNOWN_TO: Final = CompiledQuery(_password_events, "user")


class ProjectQuerySet(models.QuerySet["Project"]):
    """Queries for projects."""

    def visible_to(self, user: User) -> Self:
        """Return the projects of which the user is a member (all for a site admin), by name."""
        if user.is_superuser:
            return self.order_by("name", "pk")
        return self.filter(memberships__user=user).distinct().order_by("name", "pk")


class Project(models.Model):
    """A team's work on adapting one model: its examples, members, models and runs."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    languages = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    # Tokens one example may have, system message and answer included.
    token_budget = models.PositiveIntegerField(default=4096)
    message_token_budget = models.PositiveIntegerField(default=2048)
    # The base model whose tokenizer counts; an unknown name is counted as o200k_base.
    tokenizer_model = models.CharField(max_length=100, default="gpt-4o")
    requires_system_message = models.BooleanField(default=True)
    phone_regions = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    # Whether inspections look for names and postal addresses, and which ones are never suggested:
    # products, the house's own name, public names of agents.
    finds_names = models.BooleanField(default=True)
    known_names = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    # For how many days text that nobody needs any more is kept; null is for ever.
    keep_rejects_days = models.PositiveIntegerField(null=True, blank=True)
    keep_drafts_days = models.PositiveIntegerField(null=True, blank=True)
    keep_provider_data_days = models.PositiveIntegerField(null=True, blank=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="project_budgets_positive",
                condition=Q(token_budget__gt=0, message_token_budget__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """A role of a member in a project. A user may have several."""

    ANNOTATOR = "annotator", _("Annotator")
    REVIEWER = "reviewer", _("Reviewer")
    LEAD = "lead", _("Lead")


class Membership(models.Model):
    """One role of one user in one project."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "user", "role"], name="membership_once_for_each_role"
            ),
            models.CheckConstraint(name="membership_role_known", condition=Q(role__in=Role.values)),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.project}"


class ReadingLanguages(models.Model):
    """The languages that a member reads, as base codes ("pt", not "pt-BR"); empty for all.

    A run of the project serves its reviewers only comparisons in languages that they read.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reading_languages")
    languages = ArrayField(models.CharField(max_length=12), default=list, blank=True)

    class Meta:
        constraints = [
            # The user first: a claim looks up one reviewer.
            models.UniqueConstraint(
                fields=["user", "project"], name="reading_languages_once_for_each_member"
            ),
        ]

    def __str__(self) -> str:
        return ", ".join(self.languages)


DEFAULT_INVITATION_DAYS = 7
MAX_INVITATION_DAYS = 30


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Queries for invitations."""

    def pending(self) -> Self:
        """Return those that were neither accepted nor revoked; some may have expired."""
        return self.filter(accepted_at=None, revoked_at=None)


class Invitation(models.Model):
    """A link by which one person joins a project, once. Only the SHA-256 of its secret is stored.

    It is for one email address, because an address is what roles are given to.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=16, choices=Role)
    digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="invitation_role_known", condition=Q(role__in=Role.values)),
            models.CheckConstraint(
                name="invitation_accepted_by_one",
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False, revoked_at=None),
            ),
            models.UniqueConstraint(
                fields=["project", "email", "role"],
                condition=Q(accepted_at=None, revoked_at=None),
                name="invitation_pending_once_a_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.role}"

    @property
    def has_expired(self) -> bool:
        """Whether the link is no longer valid because of its age."""
        return self.expires_at <= timezone.now()


class DismissedHint(models.Model):
    """A hint of the interface that a user has dismissed in a project."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    hint = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "project", "hint"], name="hint_dismissed_once_a_member"
            ),
        ]

    def __str__(self) -> str:
        return self.hint


class Scope(models.TextChoices):
    """A part of the API that a token may be used for, within its owner's roles."""

    EXAMPLES = "examples", _("Examples: read, import, assign, dismiss duplicates; comments")
    VERSIONS = "versions", _("Versions: read and download")
    VOTING = "voting", _("Voting")
    RUNS = (
        "runs",
        _("Read runs, judges, promotions, preferences, shadow checks and the pipeline"),
    )
    MANAGE = (
        "manage",
        _(
            "Manage runs, judges, promotions, preferences, shadow checks, webhooks; "
            "freeze versions, change many examples"
        ),
    )
    SERVING = "serving", _("Serving: which models the aliases name; reports from service")
    TRAININGS = "trainings", _("Trainings: read and start, which costs money; serve tuned models")
    NOTIFICATIONS = "notifications", _("Notifications about what else it may be used for; mail")


DEFAULT_TOKEN_DAYS = 90
MAX_TOKEN_DAYS = 366


def all_scopes() -> list[str]:
    """Return every scope, the default of a new token."""
    return list(Scope.values)


class ApiToken(models.Model):
    """A bearer token of a user. Only its SHA-256 is stored; the token is shown once."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_tokens")
    digest = models.CharField(max_length=64, unique=True)
    # The first characters, by which its owner distinguishes tokens.
    prefix = models.CharField(max_length=12)
    name = models.CharField(max_length=80, blank=True)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope), default=all_scopes)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(db_default=Now() + timedelta(days=DEFAULT_TOKEN_DAYS))
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="apitoken_scopes_known",
                condition=Q(scopes__len__gt=0, scopes__contained_by=Scope.values),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}… of {self.user}"

    @property
    def is_unlimited(self) -> bool:
        """Whether it has every scope."""
        return set(self.scopes) == set(Scope.values)

    @property
    def scope_labels(self) -> list[str]:
        """The labels of its scopes, in the order of `Scope`."""
        return [str(scope.label) for scope in Scope if scope in self.scopes]

    @property
    def has_expired(self) -> bool:
        """Whether the token is no longer valid because of its age."""
        return self.expires_at <= timezone.now()


class IdempotencyKey(models.Model):
    """The response to a write with an Idempotency-Key, which a repeated request gets again."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=200)
    # SHA-256 of method, path and body: the same key with other content is refused.
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once_a_person"),
        ]

    def __str__(self) -> str:
        return self.key


class ProjectEvent(AuditEvent):
    """A change of a project, its settings, its members, its library, or a member's token."""

    subject = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", help_text="whom it concerns"
    )

    class Meta(AuditEvent.Meta):
        abstract = False
