"""The files of a bundle that start it: shell, Docker, Kubernetes, SkyPilot. Pure.

Every text in YAML is quoted as JSON does it, which YAML 1.2 reads in the same way: no name can
become a number, a truth value or a second key.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

UNSAFE = re.compile(r"[^A-Za-z0-9._]+")
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
IMAGE = "python:3.11"
BUNDLE_PLACE = "/bundle"


@dataclass(frozen=True)
class Recipe:
    """What the rendered files depend on.

    Attributes:
        training_id: number of the training.
        base: name of the base model as a file name.
    """

    training_id: int
    base: str

    @property
    def name(self) -> str:
        """Name of the job on a cluster."""
        return f"touchstone-training-{self.training_id}"


def base_name(base_model: str) -> str:
    """Return the last part of a base model's name or path as a safe file name."""
    last = base_model.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return UNSAFE.sub("-", last).strip("-.") or "model"


def run_script(recipe: Recipe) -> str:
    """Return `run.sh`, which trains and reports."""
    return f"""#!/usr/bin/env bash
# Trains in this folder and reports to Touchstone. After a kill start it again: it goes on.
#   BASE_MODEL  the base model {recipe.base} on this machine: a GGUF file or a folder
#   PYTHON      a Python from 3.11 on; with PyTorch, transformers and peft nothing is installed
#   GPUS        how many to use (all)
#   TRAINER     another command that trains in this folder (docs/bundle.md)
set -euo pipefail
cd "$(dirname "$0")"
base="base/{recipe.base}"
python="${{PYTHON:-python3}}"
if [ -n "${{TRAINER:-}}" ]; then
  exec "$python" -m evaluation.training.trainer.report . --beat "${{BEAT:-10}}" \\
    -- bash -c "$TRAINER"
fi
if [ -n "${{BASE_MODEL:-}}" ]; then
  mkdir -p base
  ln -sfn "$(realpath "$BASE_MODEL")" "$base"
fi
if [ ! -e "$base" ]; then
  echo "Set BASE_MODEL to the base model {recipe.base}: a GGUF file or a folder." >&2
  exit 2
fi
if ! "$python" -c "import torch, transformers, peft, filelock" 2>/dev/null; then
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  .venv/bin/python -m pip install --quiet --no-deps --requirement requirements.txt
  python="$PWD/.venv/bin/python"
fi
gpus="${{GPUS:-$( (nvidia-smi --list-gpus 2>/dev/null || true) | wc -l)}}"
trainer=("$python" -m evaluation.training.trainer .)
if [ "$gpus" -gt 1 ]; then
  trainer=("$python" -m torch.distributed.run --standalone --nproc-per-node "$gpus"
    --module evaluation.training.trainer . --several)
fi
exec "$python" -m evaluation.training.trainer.report . --beat "${{BEAT:-10}}" -- "${{trainer[@]}}"
"""


def docker_script(recipe: Recipe) -> str:
    """Return `docker-run.sh`; the image needs Python from 3.11 on."""
    return f"""#!/usr/bin/env bash
# Trains in a container. BASE_MODEL is the base model {recipe.base} on this machine.
set -euo pipefail
cd "$(dirname "$0")"
model="$(realpath "${{BASE_MODEL:?Set BASE_MODEL to {recipe.base}.}}")"
exec docker run --rm --gpus "${{GPUS:-all}}" --name {recipe.name} \\
  --volume "$PWD:{BUNDLE_PLACE}" \\
  --volume "$model:/base/{recipe.base}:ro" \\
  --env BASE_MODEL=/base/{recipe.base} --workdir {BUNDLE_PLACE} \\
  "${{IMAGE:-{IMAGE}}}" bash run.sh
"""


def kubernetes_job(recipe: Recipe) -> str:
    """Return `kubernetes.yaml`: a Job on a volume with the bundle and the base model."""
    container = {
        "name": "trainer",
        "image": IMAGE,
        "command": ["bash", "run.sh"],
        "workingDir": f"{BUNDLE_PLACE}/{recipe.name}",
        "env": [{"name": "BASE_MODEL", "value": f"{BUNDLE_PLACE}/base/{recipe.base}"}],
        "resources": {"limits": {"nvidia.com/gpu": 1}},
        "volumeMounts": [{"name": "bundle", "mountPath": BUNDLE_PLACE}],
    }
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": recipe.name, "labels": {"app.kubernetes.io/name": "touchstone"}},
        "spec": {
            # A pod that was evicted goes on from its last checkpoint.
            "backoffLimit": 6,
            "template": {
                "spec": {
                    "restartPolicy": "OnFailure",
                    "containers": [container],
                    "volumes": [
                        {
                            "name": "bundle",
                            "persistentVolumeClaim": {"claimName": "touchstone-trainings"},
                        }
                    ],
                }
            },
        },
    }
    return (
        "# Copy this folder to the volume of the claim touchstone-trainings as\n"
        f"# {recipe.name}, and the base model as base/{recipe.base}. Then: kubectl apply -f\n"
        + to_yaml(job)
    )


def skypilot_task(recipe: Recipe) -> str:
    """Return `skypilot.yaml`: a task that takes this folder along."""
    task = {
        "name": recipe.name,
        "resources": {"accelerators": "L4:1"},
        "workdir": ".",
        "file_mounts": {f"/base/{recipe.base}": f"./base/{recipe.base}"},
        "envs": {"BASE_MODEL": f"/base/{recipe.base}"},
        "run": "bash run.sh",
    }
    return (
        f"# Put the base model into this folder as base/{recipe.base}, choose the accelerators.\n"
        "# Then: sky launch skypilot.yaml\n" + to_yaml(task)
    )


def to_yaml(value: object) -> str:
    """Return maps, lists, texts and numbers as YAML in block style, every text quoted."""
    return "\n".join(_lines(value)) + "\n"


def _lines(value: object) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, entry in value.items():
            yield from _entry(f"{_key(key)}:", entry, indent="  ")
    elif isinstance(value, list) and value:
        for entry in value:
            first, *rest = _lines(entry)
            yield f"- {first}"
            yield from (f"  {line}" for line in rest)
    else:
        yield json.dumps(value, ensure_ascii=True)


def _entry(head: str, entry: Any, *, indent: str) -> Iterator[str]:
    if isinstance(entry, dict | list) and entry:
        yield head
        yield from (f"{indent}{line}" for line in _lines(entry))
    else:
        yield f"{head} {json.dumps(entry, ensure_ascii=True)}"


def _key(key: str) -> str:
    # Words that YAML 1.1 takes for truth values are quoted too.
    is_plain = KEY.fullmatch(key) and key.lower() not in {"y", "n", "yes", "no", "on", "off"}
    return key if is_plain and key.lower() not in {"true", "false", "null"} else json.dumps(key)
