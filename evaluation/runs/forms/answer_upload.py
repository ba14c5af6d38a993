"""The form that uploads ready answers of two models."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from evaluation.gates import Preset
from evaluation.runs.actions.answer_scan import MarkChoice
from evaluation.runs.actions.answer_uploads import UploadPlan
from evaluation.runs.forms.prompt_file import MAX_PROMPT_FILE_MB
from evaluation.runs.forms.terms import PRESETS
from evaluation.runs.reviewer_capacity import DEFAULT_OVERLAP_VOTES
from evaluation.runs.run_names import MAX_RUN_NAME
from evaluation.runs.terms import MAX_VOTES_PER_EXAMPLE
from reviewapp.core.forms import ActionForm

_ACCEPT = ".jsonl,.ndjson,.json,.csv,.tsv,.txt"
_MEGABYTE = 1024 * 1024
SEPARATE = ("prompts", "baseline_answers", "candidate_answers")


def _file_field(label: Any, help_text: Any = "") -> forms.FileField:
    widget = forms.FileInput(
        attrs={"accept": _ACCEPT, "data-max-bytes": str(MAX_PROMPT_FILE_MB * _MEGABYTE)}
    )
    return forms.FileField(label=label, required=False, widget=widget, help_text=help_text)


class AnswerUploadForm(ActionForm):
    """Files and the run that is made of them."""

    both = _file_field(
        _("One file with prompts and both answers"),
        _("Each row: id, intent, user or messages, baseline, candidate. JSON lines or CSV."),
    )
    prompts = _file_field(_("Prompts"), _("Each row: id, intent, language, user or messages."))
    baseline_answers = _file_field(_("Answers of the baseline"), _("Each row: id, answer."))
    candidate_answers = _file_field(_("Answers of the candidate"), _("Each row: id, answer."))
    run_name = forms.CharField(
        label=_("Name of the run"),
        required=False,
        max_length=MAX_RUN_NAME,
        help_text=_("Only leads see it. Empty: the names of the models."),
    )
    title = forms.CharField(
        label=_("Title for reviewers"),
        required=False,
        max_length=120,
        help_text=_("Reviewers see it while they vote, so it must not tell which model is new."),
    )
    baseline = forms.CharField(
        label=_("Name of the baseline"), max_length=100, help_text=_("The model to beat.")
    )
    candidate = forms.CharField(
        label=_("Name of the candidate"), max_length=100, help_text=_("The model to judge.")
    )
    votes_per_example = forms.IntegerField(
        label=_("Votes for each example"), min_value=1, max_value=MAX_VOTES_PER_EXAMPLE, initial=1
    )
    overlap_percent = forms.IntegerField(
        label=_("With more votes, in %"),
        min_value=0,
        max_value=100,
        initial=20,
        help_text=_("Drawn at random; it shows how far reviewers agree."),
    )
    overlap_votes = forms.IntegerField(
        label=_("Votes for each of those"),
        min_value=1,
        max_value=MAX_VOTES_PER_EXAMPLE,
        initial=DEFAULT_OVERLAP_VOTES,
    )
    preset = forms.ChoiceField(
        label=_("Gates of the intents"),
        choices=PRESETS,
        initial=Preset.STANDARD.value,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # One of two ways is needed, so none of the files is optional by itself.
        for name in ("both", *SEPARATE):
            self.fields[name].is_needed = True  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Check that the files are one of the two ways, and not too large."""
        cleaned = super().clean() or {}
        files = {name: cleaned[name] for name in ("both", *SEPARATE) if cleaned.get(name)}
        if not files:
            self.add_error("both", gettext("Choose one file with both answers, or three files."))
        elif "both" in files and len(files) > 1:
            self.add_error("both", gettext("Choose either one file or three, not both ways."))
        elif "both" not in files:
            for name in SEPARATE:
                if name not in files:
                    self.add_error(name, gettext("Choose this file too."))
        for name, file in files.items():
            if file.size > MAX_PROMPT_FILE_MB * _MEGABYTE:
                limit = {"limit": MAX_PROMPT_FILE_MB}
                self.add_error(name, gettext("The file is larger than %(limit)s MB.") % limit)
        return cleaned

    def files_by_part(self) -> dict[str, "UploadedFile[Any]"]:
        """Return the files by what they hold, for the action."""
        parts = {"both": "both", **{name: name.removesuffix("_answers") for name in SEPARATE}}
        given = self.cleaned_data
        return {part: given[name] for name, part in parts.items() if given.get(name)}

    def plan(self) -> UploadPlan:
        """Return what was entered, for the action."""
        names = UploadPlan.__dataclass_fields__
        return UploadPlan(**{name: self.cleaned_data[name] for name in names})

    def file_fields(self) -> list[forms.BoundField]:
        """Return the fields of the way with three files."""
        return [self[name] for name in SEPARATE]

    @property
    def uses_three_files(self) -> bool:
        """Whether the second way was begun, so that it is shown open."""
        return any(name in self.errors or self.files.get(name) for name in SEPARATE)

    def name_fields(self) -> list[forms.BoundField]:
        """Return the fields of names."""
        return [self[name] for name in ("run_name", "title", "baseline", "candidate")]

    def number_fields(self) -> list[forms.BoundField]:
        """Return the fields of numbers."""
        return [self[name] for name in ("votes_per_example", "overlap_percent", "overlap_votes")]


class ConfirmUploadForm(ActionForm):
    """What becomes of reasoning and template marks; asked only where answers have some."""

    marks = forms.ChoiceField(
        label=_("Reasoning and template marks"),
        required=False,
        widget=forms.RadioSelect,
        choices=[
            (MarkChoice.REMOVE, _("Remove them; the originals are kept")),
            (MarkChoice.KEEP, _("Keep them; reviewers may tell a model by them")),
        ],
        initial=MarkChoice.REMOVE,
    )
