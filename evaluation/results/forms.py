"""Forms of a run's raters and of its examples that were reported as broken."""

from typing import Any

from django import forms

from evaluation.results.rater_removal import LABELS, MAX_REMOVAL_REASON_LENGTH, RemovalRule
from evaluation.runs.models import EvaluationRun
from evaluation.runs.run_facts import addable_reviewers
from evaluation.voting.reasons import MAX_NOTE_LENGTH
from reviewapp.core.forms import ActionForm


class AddReviewersForm(forms.Form):
    """The people to add to an open run."""

    user_ids = forms.TypedMultipleChoiceField(
        label="Reviewers of this project who are not in the run",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one reviewer to add."},
    )

    def __init__(self, *args: Any, run: EvaluationRun, **kwargs: Any) -> None:
        """Offer the reviewers of the project who are not raters of the run."""
        super().__init__(*args, **kwargs)
        people = addable_reviewers(run)
        field = self.fields["user_ids"]
        if isinstance(field, forms.TypedMultipleChoiceField):
            field.choices = people
        self.has_people = bool(people)


class RemoveRaterForm(forms.Form):
    """The arguments of `remove_rater`."""

    rater_id = forms.TypedChoiceField(label="Rater", coerce=int)
    rule = forms.ChoiceField(
        label="RemovalRule",
        choices=[("", "Choose one"), *((rule, LABELS[rule]) for rule in RemovalRule)],
    )
    reason = forms.CharField(
        label="What you saw",
        max_length=MAX_REMOVAL_REASON_LENGTH,
        help_text="Without a word about which model this person preferred.",
    )

    def __init__(self, *args: Any, run: EvaluationRun, **kwargs: Any) -> None:
        """Offer the raters of the run who are not removed yet."""
        super().__init__(*args, **kwargs)
        there = run.raters.filter(removed_at__isnull=True).order_by("name")
        self.fields["rater_id"] = forms.TypedChoiceField(
            label="Rater",
            coerce=int,
            choices=[("", "Choose one"), *there.values_list("pk", "name")],
        )


class BrokenDecisionForm(ActionForm):
    """What becomes of an example that was reported as broken, and why."""

    decision = forms.ChoiceField(
        choices=[("put_back", "Put back"), ("keep_out", "Keep out")],
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"),
            "Choose whether the example is put back or kept out.",
        ),
    )
    reason = forms.CharField(
        max_length=MAX_NOTE_LENGTH,
        error_messages=dict.fromkeys(
            ("required", "max_length"),
            f"Give a reason, in at most {MAX_NOTE_LENGTH} characters.",
        ),
    )
