"""The stored adapter of a model that was tuned on own machines: by a worker, or by a bundle."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from evaluation.registry.models import ModelVersion
from evaluation.training.bundle import storage as uploads
from evaluation.training.bundle.models import BundleFile
from evaluation.training.local import files
from evaluation.training.local.models import BaseModel, LocalAdapter
from evaluation.training.models import WITHOUT_ENDPOINT, TrainingCheckpoint
from evaluation.training.trainer.folder import GGUF_FILE
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message

FOLDER = "served-models"


@dataclass(frozen=True)
class Adapter:
    """An adapter as llama.cpp reads it, with its base model.

    Attributes:
        sha256: of its GGUF file; empty if it has none.
        is_upload: whether a bundle uploaded it.
    """

    base: BaseModel
    sha256: str
    is_upload: bool

    def file(self) -> Path:
        """Return its file on this machine, fetched from the storage if it is not there.

        Raises:
            InvalidInput: the storage lacks it.
        """
        target = Path(settings.DATA_DIR) / FOLDER / f"{self.sha256}.gguf"
        target.parent.mkdir(parents=True, exist_ok=True)
        fetch = uploads.fetch if self.is_upload else files.fetch
        if not target.exists() and not fetch(self.sha256, target):
            raise InvalidInput(message("local.files_missing"))
        return target


def adapter_of(model: ModelVersion) -> Adapter:
    """Return the adapter of a model.

    Raises:
        InvalidInput: it was not tuned on own machines, or its base model is not registered here.
    """
    checkpoint: TrainingCheckpoint | None = getattr(model, "checkpoint", None)
    if checkpoint is None or checkpoint.training.provider not in WITHOUT_ENDPOINT:
        raise InvalidInput(message("local.not_tuned_here", name=model.name))
    if checkpoint.training.provider == "bundle":
        return _uploaded(checkpoint)
    kept = LocalAdapter.objects.select_related("job__base").get(
        job_id=int(checkpoint.training.provider_job_id), step=checkpoint.step
    )
    return Adapter(kept.job.base, kept.files.get(GGUF_FILE, ""), is_upload=False)


def _uploaded(checkpoint: TrainingCheckpoint) -> Adapter:
    """Return an adapter that a bundle uploaded; its base model is known by name or file name."""
    name = checkpoint.training.base_model
    known = BaseModel.objects.all()
    base = next((model for model in known if name == model.name), None) or next(
        (model for model in known if Path(name).name == Path(model.path).name), None
    )
    if base is None:
        raise InvalidInput(message("local.unknown_base", name=name))
    found = BundleFile.objects.filter(
        bundle__training=checkpoint.training,
        step=checkpoint.step,
        name__endswith=f"/{GGUF_FILE}",
        completed_at__isnull=False,
    ).last()
    return Adapter(base, found.sha256 if found else "", is_upload=True)
