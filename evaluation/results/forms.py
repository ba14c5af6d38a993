"""Forms to add and remove raters of a run, and to decide on comparisons reported as broken."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from evaluation.results.rater_removal import MAX_REMOVAL_REASON_LENGTH
from evaluation.runs.actions.withdrawal import MAX_REASON_LENGTH
from evaluation.runs.models import EvaluationRun, RemovalRule
from evaluation.runs.setup_summary import addable_reviewers
from evaluation.voting.feedback import MAX_NOTE_LENGTH
from reviewapp.core.forms import ActionForm


class AddReviewersForm(forms.Form):
    """The reviewers to add to an open run."""

    user_ids = forms.TypedMultipleChoiceField(
        label=_("Reviewers of this project who are not in the run"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one reviewer to add.")},
    )

    def __init__(self, *args: Any, run: EvaluationRun, **kwargs: Any) -> None:
        """Offer the reviewers of the project who are not in the run."""
        super().__init__(*args, **kwargs)
        people = addable_reviewers(run)
        field = self.fields["user_ids"]
        if isinstance(field, forms.TypedMultipleChoiceField):
            field.choices = people
        self.has_people = bool(people)


class RemoveRaterForm(forms.Form):
    """The arguments of `remove_rater`."""

    rater_id = forms.TypedChoiceField(label=_("Rater"), coerce=int)
    rule = forms.ChoiceField(label=_("Rule"), choices=[("", _("Choose one")), *RemovalRule.choices])
    reason = forms.CharField(
        label=_("What you observed"),
        max_length=MAX_REMOVAL_REASON_LENGTH,
        help_text=_("Do not mention which model this person preferred."),
    )

    def __init__(self, *args: Any, run: EvaluationRun, **kwargs: Any) -> None:
        """Offer the raters of the run that are not removed."""
        super().__init__(*args, **kwargs)
        current = run.raters.filter(removed_at__isnull=True).order_by("name")
        self.fields["rater_id"] = forms.TypedChoiceField(
            label=gettext("Rater"),
            coerce=int,
            choices=[("", gettext("Choose one")), *current.values_list("pk", "name")],
        )


class WithdrawUnreadForm(ActionForm):
    """The reason for withdrawing the examples in a language that too few reviewers read."""

    language = forms.CharField(max_length=12, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=MAX_REASON_LENGTH,
        error_messages={
            "required": _("Give a reason."),
            "max_length": _("Give a reason, in at most %(limit_value)d characters."),
        },
    )
    use_required_attribute = False


class BrokenDecisionForm(ActionForm):
    """The decision on a comparison that was reported as broken, with its reason."""

    decision = forms.ChoiceField(
        choices=[("put_back", _("Put back")), ("keep_out", _("Keep out"))],
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"),
            _("Choose whether the comparison is put back or kept out."),
        ),
    )
    reason = forms.CharField(
        max_length=MAX_NOTE_LENGTH,
        error_messages={
            "required": _("Give a reason."),
            "max_length": _("Give a reason, in at most %(limit_value)d characters."),
        },
    )
