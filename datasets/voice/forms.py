"""The forms of a rule, one for all kinds, and of an import of rules."""

import re
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from datasets.conversations.chat import normalise_name
from datasets.conversations.messages import line_feeds
from datasets.curation.editing import split_words
from datasets.curation.models import Policy
from datasets.inspections.voice_rules import VoiceKind, VoiceRule
from datasets.voice.documents import MAX_NAME_LENGTH, MAX_WORDS, NEEDS_TEXTS
from reviewapp.core.forms import ActionForm, JsonFileForm
from reviewapp.people.models import Project

MAX_DOCUMENT_BYTES = 500_000
MAX_KEY_LENGTH = 30
PARAGRAPHS = re.compile(r"\n[ \t]*\n")
# Which fields a kind has besides those that every kind has.
_OWN_FIELDS: dict[VoiceKind, frozenset[str]] = {
    **dict.fromkeys(NEEDS_TEXTS, frozenset({"texts"})),
    VoiceKind.WORD: frozenset({"texts", "better"}),
    VoiceKind.POLICY: frozenset({"policies"}),
    VoiceKind.LENGTH: frozenset({"min_words", "max_words"}),
    VoiceKind.MARKUP: frozenset(),
}


class VoiceRuleForm(ActionForm):
    """One rule of a kind; the argument of its action is the rule."""

    name = forms.CharField(
        label=_("Name"),
        max_length=MAX_NAME_LENGTH,
        help_text=_("Its findings begin with it, such as “Friendly sign-off”."),
    )
    texts = forms.CharField(
        label=_("Texts"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        help_text=_("One of them must be there. An empty line separates two texts."),
    )
    better = forms.CharField(
        label=_("Better word"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"dir": "auto"}),
        help_text=_("One click puts it there. Leave it empty if there is no single one."),
    )
    policies = forms.MultipleChoiceField(
        label=_("Policies"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose none to accept any policy."),
    )
    min_words = forms.IntegerField(
        label=_("At least, in words"), required=False, min_value=1, max_value=MAX_WORDS
    )
    max_words = forms.IntegerField(
        label=_("At most, in words"), required=False, min_value=1, max_value=MAX_WORDS
    )
    languages = forms.CharField(
        label=_("Only in languages"),
        required=False,
        max_length=300,
        help_text=_("Codes such as en, de. Empty for all."),
    )
    intents = forms.CharField(
        label=_("Only with intents"),
        required=False,
        max_length=2000,
        help_text=_("Separated by commas. Empty for all."),
    )
    tags = forms.CharField(
        label=_("Only with tags"),
        required=False,
        max_length=2000,
        help_text=_("Separated by commas. Empty for all."),
    )
    blocks = forms.BooleanField(
        label=_("Findings block approval"),
        required=False,
        help_text=_("Approved examples with one are left out of new versions until it is fixed."),
    )

    def __init__(
        self,
        *args: Any,
        project: Project,
        kind: VoiceKind,
        rule: VoiceRule | None = None,
        taken: frozenset[str] = frozenset(),
        **kwargs: Any,
    ) -> None:
        """Create it for a kind; `taken` are the keys that a new rule cannot have."""
        kwargs["initial"] = _initial(rule)
        super().__init__(*args, **kwargs)
        self.kind, self.rule, self._taken = kind, rule, taken
        for name in {"texts", "better", "policies", "min_words", "max_words"} - _OWN_FIELDS[kind]:
            del self.fields[name]
        if kind == VoiceKind.WORD:
            self.fields["texts"].label = _("Forbidden words")
            self.fields["texts"].help_text = _("One word or phrase per line.")
        if kind == VoiceKind.POLICY:
            choices = Policy.objects.filter(project=project).values_list("slug", "title")
            self.fields["policies"].choices = list(choices)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Return the rule, which the action checks."""
        given = super().clean() or self.cleaned_data
        if self.errors:
            return given
        texts = line_feeds(given.get("texts", ""))
        parts = texts.split("\n") if self.kind == VoiceKind.WORD else PARAGRAPHS.split(texts)
        rule = VoiceRule(
            key=self.rule.key if self.rule else _new_key(given["name"], self._taken),
            name=given["name"],
            kind=self.kind,
            texts=tuple(given["policies"]) if self.kind == VoiceKind.POLICY else tuple(parts),
            better=given.get("better", ""),
            min_words=given.get("min_words"),
            max_words=given.get("max_words"),
            languages=tuple(split_words(given["languages"])),
            intents=tuple(map(normalise_name, split_words(given["intents"]))),
            tags=tuple(map(normalise_name, split_words(given["tags"]))),
            blocks=given["blocks"],
        )
        return {"rule": rule}


def _initial(rule: VoiceRule | None) -> dict[str, Any]:
    if rule is None:
        return {}
    between = "\n" if rule.kind == VoiceKind.WORD else "\n\n"
    return {
        **vars(rule),
        "texts": between.join(rule.texts),
        "policies": list(rule.texts),
        **{name: ", ".join(getattr(rule, name)) for name in ("languages", "intents", "tags")},
    }


def _new_key(name: str, taken: frozenset[str]) -> str:
    """Return a key like the name that no other rule has."""
    base = slugify(name).replace("-", "_").strip("_")[: MAX_KEY_LENGTH - 3] or "rule"
    keys = [base, *(f"{base}_{number}" for number in range(2, 102))]
    return next(key for key in keys if key not in taken)


class VoiceFileForm(JsonFileForm):
    """A file of exported rules."""

    max_bytes = MAX_DOCUMENT_BYTES

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Give the file the help text of this kind of import."""
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _(
            "An export of this or another project. It replaces all rules."
        )
