"""The upload of a file of conversations."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from datasets.ingest.files.source import Format

MEGABYTE = 1_000_000


class ImportForm(forms.Form):
    """A file, how to read it, and what to file its examples under."""

    upload = forms.FileField(
        label="File",
        widget=forms.FileInput(attrs={"accept": ".jsonl,.ndjson,.json,.csv,.tsv,.txt"}),
        error_messages={
            "required": "Choose a file first.",
            "empty": "This file is empty. Write one conversation on each line.",
            "missing": "No file arrived. Choose it again.",
        },
    )
    format_ = forms.ChoiceField(
        label="Format",
        choices=[
            (Format.AUTO, "Detect it"),
            (Format.CHAT, "Chat, JSON lines"),
            (Format.PROMPT_COMPLETION, "Prompt and completion, JSON lines"),
            (Format.CSV, "Table, CSV"),
        ],
    )
    source = forms.CharField(
        required=False,
        max_length=120,
        label="Source",
        help_text="What the examples are filed under; the file's name if you leave it empty.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format_"].initial = Format.AUTO
        self.fields["format_"].required = False

    def clean_format_(self) -> str:
        """Find the format out where none was chosen."""
        return self.cleaned_data["format_"] or str(Format.AUTO)

    def clean_upload(self) -> "UploadedFile[Any]":
        """Refuse a file that is larger than this installation takes."""
        upload: UploadedFile[Any] = self.cleaned_data["upload"]
        most = settings.IMPORT_MAX_MEGABYTES
        if upload.size is not None and upload.size > most * MEGABYTE:
            raise ValidationError(
                f"This file has {upload.size / MEGABYTE:,.0f} MB; {most:,} MB can be uploaded. "
                "Split it, or ask an administrator to import it with the command import_examples."
            )
        return upload
