"""The upload of a file of conversations."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from datasets.ingest.actions import RejectedText
from datasets.ingest.files.mapping import FIELDS, METADATA, SKIP, TEXT_FIELDS
from datasets.ingest.files.shapes import meant
from datasets.ingest.files.source import Format
from datasets.ingest.models import ImportBatch, Labels, NearDuplicates
from reviewapp.core import formats
from reviewapp.core.forms import ActionForm
from reviewapp.core.texts import render

ACCEPTED = ".jsonl,.ndjson,.json,.csv,.tsv,.txt,.gz,.zip,.xlsx,.parquet"
MEGABYTE = 1_000_000
ROW_KEY: Final = re.compile(r"row-[0-9]{1,18}")


class MappingForm(ActionForm):
    """The mapping of the columns and keys that a trial import does not read."""

    def __init__(self, batch: ImportBatch, data: Any = None) -> None:
        super().__init__(data)
        names = dict.fromkeys([*batch.mapping, *batch.mappable])
        proposed = _proposals(batch, [name for name in names if name not in batch.mapping])
        # A name may hold spaces, which an id cannot.
        self._columns = {f"map-{quote(name, safe='')}": name for name in names}
        for key, name in self._columns.items():
            field = forms.ChoiceField(
                required=False,
                label=name,
                choices=[
                    ("", _("Not mapped: kept in metadata.unknown")),
                    *((field, field) for field in FIELDS),
                    (METADATA, _("Keep it in the metadata")),
                    (SKIP, _("Leave it out")),
                ],
                initial=batch.mapping.get(name) or proposed.get(name, ""),
                help_text=_("Proposal: it applies when you look again.")
                if name in proposed
                else "",
            )
            field.is_needed = True  # type: ignore[attr-defined]
            self.fields[key] = field

    def clean(self) -> dict[str, dict[str, str]]:
        """Return the mapping as the only field."""
        chosen = ((name, self.cleaned_data.get(key)) for key, name in self._columns.items())
        return {"mapping": {name: target for name, target in chosen if target}}


def _proposals(batch: ImportBatch, names: list[str]) -> dict[str, str]:
    """Return a field for each name whose meaning can be guessed, each field once.

    What the first rows have already is not proposed.
    """
    taken = set(batch.mapping.values())
    for row in batch.preview:
        taken |= {*row["labels"], *TEXT_FIELDS}
    found: dict[str, str] = {}
    for name in names:
        target = meant(name, is_table=True)
        if target and target not in taken:
            taken.add(target)
            found[name] = target
    return found


class CorrectionForm(ActionForm):
    """The texts of rejected rows, each with the reason.

    `erased` has the ids of rows whose typed texts arrived after the rows were erased.
    """

    def __init__(
        self, rows: Sequence[RejectedText], data: Any = None, *, erased: Iterable[int] = ()
    ) -> None:
        super().__init__(data)
        self.last_pk = rows[-1].rejection.pk if rows else 0
        for row in rows:
            line = {"line": formats.count(row.rejection.line)}
            field = _row_field(gettext("Line %(line)s") % line)
            field.help_text = render(row.rejection.message)
            field.initial = row.text
            self.fields[f"row-{row.rejection.pk}"] = field
        for pk in erased:
            self.fields[f"row-{pk}"] = _row_field(gettext("Your text of an erased row"))

    @staticmethod
    def sent_texts(data: Mapping[str, Any]) -> dict[int, str]:
        """Return what was sent for each row, by the id of the rejection."""
        keys = (key for key in data if ROW_KEY.fullmatch(key))
        return {int(key.removeprefix("row-")): data[key] for key in keys}

    def link_corrections(self, batch: ImportBatch) -> None:
        """Give each row that was corrected meanwhile the id of that import."""
        for pk, other in batch.rejections.values_list("pk", "corrected_in"):
            if f"row-{pk}" in self.errors:
                self.fields[f"row-{pk}"].corrected_in = other  # type: ignore[attr-defined]

    def clean(self) -> dict[str, dict[int, str]]:
        """Return the texts by the id of the rejection, as the only field."""
        return {
            "texts": {
                int(key.removeprefix("row-")): text for key, text in self.cleaned_data.items()
            }
        }


def _row_field(label: str) -> forms.CharField:
    field = forms.CharField(
        required=False,
        strip=False,
        label=label,
        widget=forms.Textarea(
            attrs={"rows": 4, "spellcheck": "false", "class": "code", "dir": "auto"}
        ),
    )
    field.is_needed = True  # type: ignore[attr-defined]
    return field


class ImportForm(ActionForm):
    """The arguments of `accept_upload`: a file, its format, the source of its examples."""

    upload = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        error_messages={
            "required": _("Choose a file first."),
            "empty": _("This file is empty. Write one conversation on each line."),
            "missing": _("No file arrived. Choose it again."),
        },
    )
    format_ = forms.ChoiceField(
        label=_("Format"),
        choices=[
            (Format.AUTO, _("Detect it")),
            (Format.CHAT, _("Chat, JSON lines")),
            (Format.PROMPT_COMPLETION, _("Prompt and completion, JSON lines")),
            (Format.CSV, _("Table, CSV")),
        ],
    )
    source = forms.CharField(
        required=False,
        max_length=120,
        label=_("Source"),
        help_text=_("A name for the examples of this file. If empty, the file's name."),
    )

    near_duplicates = forms.ChoiceField(
        required=False,
        label=_("Near-duplicates"),
        choices=NearDuplicates.choices,
        help_text=_("Rows much like another example. They are listed in any case."),
    )

    labels = forms.ChoiceField(
        required=False,
        label=_("Labels of existing examples"),
        choices=Labels.choices,
        help_text=_("An approved example whose labels change is a draft again."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format_"].initial = Format.AUTO
        self.fields["format_"].required = False
        # The script rejects a file that is too large before it is sent.
        max_bytes = settings.IMPORT_MAX_MEGABYTES * MEGABYTE
        self.fields["upload"].widget.attrs["data-max-bytes"] = str(max_bytes)

    def clean_format_(self) -> str:
        """Detect the format if none was chosen."""
        return self.cleaned_data["format_"] or str(Format.AUTO)

    def clean_near_duplicates(self) -> str:
        """Import them like others if nothing was chosen."""
        return self.cleaned_data["near_duplicates"] or str(NearDuplicates.KEEP)

    def clean_labels(self) -> str:
        """Leave them as they are if nothing was chosen."""
        return self.cleaned_data["labels"] or str(Labels.KEEP)

    def clean_upload(self) -> "UploadedFile[Any]":
        """Reject a file that is larger than this installation accepts."""
        upload: UploadedFile[Any] = self.cleaned_data["upload"]
        limit = settings.IMPORT_MAX_MEGABYTES
        if upload.size is not None and upload.size > limit * MEGABYTE:
            sentence = gettext(
                "This file has %(size)s MB; the limit is %(limit)s MB. Split it, or ask an "
                "administrator to import it with the command import_examples."
            )
            size = formats.count(-(-upload.size // MEGABYTE))
            raise ValidationError(sentence % {"size": size, "limit": formats.count(limit)})
        return upload
