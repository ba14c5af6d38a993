"""What a Kubernetes Job (batch/v1) and a task of SkyPilot may have, as JSON schemas.

Written from the field names and rules that both publish, as far as a training needs them, and
strict: a field that is not listed here is an error, so that a typing error cannot pass.
"""

from typing import Any

Schema = dict[str, Any]
TEXT: Schema = {"type": "string", "minLength": 1}
# RFC 1123: the name of a job becomes a label of its pods, so 63 characters.
LABEL: Schema = {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"}
PATH: Schema = {"type": "string", "pattern": r"^/[^:]*$"}
QUANTITY: Schema = {
    "anyOf": [
        {"type": "integer", "minimum": 0},
        {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$"},
    ]
}
LABELS: Schema = {
    "type": "object",
    "propertyNames": {"pattern": r"^([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([-._A-Za-z0-9]{0,62})$"},
    "additionalProperties": {"type": "string", "pattern": r"^([A-Za-z0-9][-._A-Za-z0-9]{0,62})?$"},
}


def _object(required: str, **properties: Schema) -> Schema:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


def _list(items: Schema, min_items: int = 1) -> Schema:
    return {"type": "array", "items": items, "minItems": min_items}


_VARIABLE = _object(
    "name value",
    name={"type": "string", "pattern": r"^[-._a-zA-Z][-._a-zA-Z0-9]*$"},
    # A number here is refused by the API server.
    value={"type": "string"},
)
_MOUNT = _object(
    "name mountPath", name=LABEL, mountPath=PATH, readOnly={"type": "boolean"}, subPath=TEXT
)
_AMOUNTS: Schema = {"type": "object", "additionalProperties": QUANTITY}
_CONTAINER = _object(
    "name image",
    name=LABEL,
    image={"type": "string", "pattern": r"^[a-z0-9]([a-z0-9._/-]*[a-z0-9])?(:[\w.-]{1,128})?$"},
    imagePullPolicy={"enum": ["Always", "IfNotPresent", "Never"]},
    command=_list(TEXT),
    args=_list(TEXT, 0),
    workingDir=PATH,
    env=_list(_VARIABLE, 0),
    resources=_object("", limits=_AMOUNTS, requests=_AMOUNTS),
    volumeMounts=_list(_MOUNT, 0),
)
_VOLUME = _object(
    "name persistentVolumeClaim",
    name=LABEL,
    persistentVolumeClaim=_object("claimName", claimName=LABEL, readOnly={"type": "boolean"}),
)
_POD = _object(
    "restartPolicy containers",
    # A Job takes no "Always".
    restartPolicy={"enum": ["OnFailure", "Never"]},
    containers=_list(_CONTAINER),
    volumes=_list(_VOLUME, 0),
    nodeSelector=LABELS,
    serviceAccountName=LABEL,
)
_METADATA = _object("", name=LABEL, namespace=LABEL, labels=LABELS)
KUBERNETES_JOB = _object(
    "apiVersion kind metadata spec",
    apiVersion={"const": "batch/v1"},
    kind={"const": "Job"},
    metadata={**_METADATA, "required": ["name"]},
    spec=_object(
        "template",
        backoffLimit={"type": "integer", "minimum": 0},
        completions={"type": "integer", "minimum": 1},
        parallelism={"type": "integer", "minimum": 0},
        activeDeadlineSeconds={"type": "integer", "minimum": 1},
        ttlSecondsAfterFinished={"type": "integer", "minimum": 0},
        template=_object("spec", metadata=_METADATA, spec=_POD),
    ),
)
SKYPILOT_TASK = _object(
    "run",
    name={"type": "string", "pattern": r"^[a-zA-Z0-9]+([-_.]*[a-zA-Z0-9]+)*$"},
    workdir=TEXT,
    num_nodes={"type": "integer", "minimum": 1},
    setup=TEXT,
    run=TEXT,
    envs={
        "type": "object",
        "propertyNames": {"pattern": r"^[A-Za-z_][A-Za-z0-9_]*$"},
        "additionalProperties": {"type": ["string", "integer", "number", "null"]},
    },
    file_mounts={"type": "object", "propertyNames": {"pattern": r"^[/~.]"}}
    | {"additionalProperties": TEXT},
    resources=_object(
        "",
        # "L4", "A100:8" or a choice of them.
        accelerators={"type": ["string", "object"], "pattern": r"^[A-Za-z0-9._-]+(:[0-9.]+)?$"},
        cpus={"type": ["string", "integer"], "pattern": r"^[0-9]+\+?$"},
        memory={"type": ["string", "integer"], "pattern": r"^[0-9]+\+?$"},
        disk_size={"type": "integer", "minimum": 1},
        use_spot={"type": "boolean"},
        infra=TEXT,
        image_id=TEXT,
    ),
)
