"""The form of the terms of a run."""

from dataclasses import fields, replace
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from evaluation.gates import GateSettings, OperationalLimits, Preset, SettingsError
from evaluation.gates.settings import RATIO
from evaluation.gates.texts import LIMITS
from evaluation.runs.forms.criteria import CriteriaForm
from evaluation.runs.forms.gold import GoldForm
from evaluation.runs.terms import RunTerms
from reviewapp.core.texts import render
from reviewapp.people.models import Membership, Project, Role, User

PRESETS = [
    (Preset.STANDARD.value, _("Standard: no intent is worse by more than 10 points (above 40 %)")),
    (Preset.STRICT.value, _("Strict: every intent is better (above 50 %)")),
    (
        Preset.WATCH_ONLY.value,
        _("Watch only: intents have no gate, so none is shown to be safe"),
    ),
]
MAX_OVERLAP_FACTOR = 3
_SHARE: dict[str, Any] = {"required": False, "min_value": 0, "max_value": 1}
_RATIO: dict[str, Any] = {"required": False, "min_value": 0.01, "max_value": 1000}


def eligible_reviewers(project: Project) -> list[tuple[int, str]]:
    """Return id and label of the users who may vote: reviewers first, then leads."""
    voters = Membership.objects.filter(project=project, role__in=[Role.REVIEWER, Role.LEAD])
    labels: dict[int, str] = {}
    for member in voters.select_related("user").order_by("-role", "user__name", "user_id"):
        label = str(member.user)
        if member.role != Role.REVIEWER:
            label = gettext("%(name)s (lead: will not see figures while voting)") % {"name": label}
        labels.setdefault(member.user_id, label)
    return list(labels.items())


def _limit_fields() -> dict[str, forms.Field]:
    """Return a field for each operational limit that has a text."""
    units = {part.name: part.metadata for part in fields(OperationalLimits)}
    return {
        name: forms.FloatField(
            label=str(text.label), **(_RATIO if units[name] == RATIO else _SHARE)
        )
        for name, text in LIMITS.items()
    }


class TermsForm(GoldForm, CriteriaForm):
    """The terms that are fixed when the run opens, without its intents."""

    title = forms.CharField(
        label=_("Title for reviewers"),
        required=False,
        max_length=120,
        help_text=_(
            "Reviewers see it while they vote, so it must not tell which model is new. Empty: the "
            "number of the run."
        ),
    )
    preset = forms.ChoiceField(
        label=_("Gates of the intents"),
        choices=PRESETS,
        initial=Preset.STANDARD.value,
        widget=forms.RadioSelect,
    )
    votes_per_example = forms.IntegerField(
        label=_("Votes for each example"),
        min_value=1,
        max_value=20,
        initial=1,
        help_text=_("One vote on a new example tells more than a second vote on an old one."),
    )
    overlap_percent = forms.IntegerField(
        label=_("With more votes, in %"),
        min_value=0,
        max_value=100,
        initial=20,
        help_text=_("Drawn at random; it shows how far reviewers agree."),
    )
    overlap_votes = forms.IntegerField(
        label=_("Votes for each of those"), min_value=1, max_value=20, initial=3
    )
    rater_ids = forms.TypedMultipleChoiceField(
        label=_("Reviewers"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("At least two, and as many as the votes that one example needs."),
    )
    both_bad_limit = forms.FloatField(
        label=_("Both answers bad, at most"), help_text=_("A share from 0 to 1."), **_SHARE
    )

    FIRST = ("title", "preset")
    VOTES = ("votes_per_example", "overlap_percent", "overlap_votes")
    MORE = ("both_bad_limit", *LIMITS)

    def __init__(
        self, *args: Any, project: Project, knows: int | None = None, **kwargs: Any
    ) -> None:
        """Offer the members who may vote; reviewers are selected.

        `knows` is the id of a user who knows whose the answers are, and is not offered.
        """
        super().__init__(*args, **kwargs)
        self.fields |= _limit_fields()
        field = self.fields["rater_ids"]
        if isinstance(field, forms.TypedMultipleChoiceField):
            offered = eligible_reviewers(project)
            field.choices = [(pk, label) for pk, label in offered if pk != knows]
        reviewers = User.objects.filter(
            memberships__project=project, memberships__role=Role.REVIEWER, is_active=True
        )
        field.initial = list(reviewers.values_list("pk", flat=True))
        field.is_needed = True  # type: ignore[attr-defined]
        # A run that needs more votes on an example than it has reviewers cannot open.
        self.fields["overlap_votes"].initial = max(1, min(MAX_OVERLAP_FACTOR, len(field.initial)))

    def clean(self) -> dict[str, Any]:
        """Build the terms; inconsistent ones are errors of the form."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            cleaned["terms"] = self._terms(cleaned)
        except SettingsError as error:
            raise forms.ValidationError([render(reason) for reason in error.reasons]) from error
        if errors := cleaned["terms"].validation_errors():
            raise forms.ValidationError([render(reason) for reason in errors])
        return cleaned

    def _terms(self, cleaned: dict[str, Any]) -> RunTerms:
        limits = {name: cleaned[name] for name in LIMITS}
        gates = replace(
            GateSettings.of_preset(cleaned["preset"]),
            both_bad_limit=cleaned["both_bad_limit"],
            operational=OperationalLimits(**limits),
        )
        return RunTerms(
            gates=gates,
            votes_per_example=cleaned["votes_per_example"],
            overlap_percent=cleaned["overlap_percent"],
            overlap_votes=cleaned["overlap_votes"],
            gold_percent=cleaned["gold_percent"] or 0,
            training_examples=cleaned["training_examples"] or 0,
            criteria=cleaned["criteria"],
            rater_ids=tuple(cleaned["rater_ids"]),
            title=cleaned["title"].strip(),
        )

    @classmethod
    def initial_of(cls, terms: RunTerms) -> dict[str, Any]:
        """Return the fields that show these terms."""
        presets = {preset: GateSettings.of_preset(preset).t_intent for preset in Preset}
        chosen = [name for name, line in presets.items() if line == terms.gates.t_intent]
        operational = {name: getattr(terms.gates.operational, name) for name in LIMITS}
        return (
            operational
            | cls.initial_of_criteria(terms.criteria)
            | {
                "title": terms.title,
                "preset": (chosen or [Preset.STANDARD])[0].value,
                "votes_per_example": terms.votes_per_example,
                "overlap_percent": terms.overlap_percent,
                "overlap_votes": terms.overlap_votes,
                "gold_percent": terms.gold_percent,
                "training_examples": terms.training_examples,
                "rater_ids": list(terms.rater_ids),
                "both_bad_limit": terms.gates.both_bad_limit,
            }
        )

    def of(self, *names: str) -> list[forms.BoundField]:
        """Return some of the fields, for a section of the page."""
        return [self[name] for name in names]

    @property
    def first_fields(self) -> list[forms.BoundField]:
        """Return the title and the preset."""
        return self.of(*self.FIRST)

    @property
    def vote_fields(self) -> list[forms.BoundField]:
        """Return the three numbers of votes, shown in one row."""
        return self.of(*self.VOTES)

    @property
    def more_fields(self) -> list[forms.BoundField]:
        """Return the optional gates."""
        return self.of(*self.MORE)
