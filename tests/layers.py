"""The order of the packages, and the layers within one, of the map in docs/architecture.md."""

import re
from collections.abc import Iterable
from pathlib import Path

# Packages, lower first: a package may import itself and those before it.
PACKAGES = [
    "reviewapp.core",
    "reviewapp.people",
    "reviewapp.audit",
    "reviewapp.jobs",
    "reviewapp.notifications",
    "reviewapp.webhooks",
    "datasets.conversations",
    "datasets.inspections",
    "datasets.similarity",
    "datasets.curation",
    "datasets.comments",
    "datasets.assignments",
    "datasets.saved_views",
    "datasets.ingest",
    "datasets.bulk",
    "datasets.duplicates",
    "datasets.voice",
    "datasets.removals",
    "datasets.known_names",
    "datasets.system_messages",
    "datasets.text_blocks",
    "datasets.versions",
    "datasets.coverage",
    "datasets.erasure",
    "datasets.notices",
    "evaluation.stats",
    "evaluation.gates",
    "evaluation.providers",
    "evaluation.registry",
    "evaluation.runs",
    "evaluation.preferences",
    "evaluation.training",
    "evaluation.batches",
    "evaluation.voting",
    "evaluation.adjudication",
    "evaluation.results",
    "evaluation.judge",
    "evaluation.erasure",
    "evaluation.promotion",
    "evaluation.shadow",
    "evaluation.service_reports",
    "evaluation.pipeline",
    "evaluation.notices",
    "evaluation.demo",
    "reviewapp.web",
    "reviewapp.ops",
    "reviewapp.i18n",
]
# They may import everything below them, pages too.
TOP = {"evaluation.demo", "reviewapp.web", "reviewapp.ops", "reviewapp.i18n"}
# Modules of the root that every package may import.
ROOTS = {"reviewapp.env", "reviewapp.celery", "reviewapp.ops.process"}
# What assembles the packages: Django looks for these in the root of an app.
ASSEMBLY = re.compile(
    r"(datasets|evaluation)\.(models|urls|apps|audit|management|templatetags)(\..*)?|"
    r"reviewapp\.(settings|urls|apps|celery|env|wsgi|launch|templatetags)(\..*)?"
)
# Layers within a package, lower first, by the name of the module or its folder. The layers from
# "forms" on prepare and take what people see: they may ask any package of their app, except for its
# pages.
LAYERS = ["models", "permissions", "values", "actions", "tasks", "management", "forms", "views"]
SAME_LAYER = {"api": "views", "urls": "views"}
VALUES, PAGES = LAYERS.index("values"), LAYERS.index("forms")
# Packages with one layer only: what they are made of is pure, belongs to the base of all, or may
# import everything.
ONE_LAYER = TOP | {
    "reviewapp.core",
    "datasets.conversations",
    "datasets.inspections",
    "evaluation.stats",
    "evaluation.gates",
}
# The modules and folders of packages that everything stands on, or that stand on everything: lower
# first, one may import those of its own line and of the lines before it.
STEPS = {
    "reviewapp.core": [
        "charts erased formats lookalikes markdown messages migrations outbound paging",
        "api db fields spreadsheets texts time_elements",
        "audit errors",
        "commands forms lengths",
    ],
    "evaluation.demo": [
        "local_model people rows",
        "curated generate gold manifest serving tune",
        "__main__ compared",
    ],
    "reviewapp.web": [
        "authentication devices first_steps health help logs notices pending_work storage",
        "adapters api context home middleware sign_in",
        "invitations",
    ],
    "reviewapp.ops": [
        "assets encodings process user_error worker",
        "archives child_processes localpg webserver",
        "database launcher local_model",
        "backup broker commandline devstack",
    ],
    "reviewapp.i18n": [
        "actions extraction languages middleware",
        "catalogs views",
        "__main__ check merge",
    ],
}
# The modules and folders of other packages that are values and queries: they may read tables, and
# know no action.
VALUE_NAMES = set(Path(__file__).with_name("value_names.txt").read_text("utf-8").split())


def package_of(module: str) -> str:
    """Return the package of a module: app and feature."""
    return ".".join(module.split(".")[:2])


def layer_of(module: str) -> int:
    """Return the layer of a module of a package, by the last part of its name that is one."""
    parts = [SAME_LAYER.get(part, part) for part in module.split(".")[2:]]
    return next((LAYERS.index(part) for part in reversed(parts) if part in LAYERS), VALUES)


def is_value(module: str) -> bool:
    """Whether a module of a package is named by none of the layers, but by what it holds."""
    has_layers = package_of(module) in set(PACKAGES) - ONE_LAYER
    parts = module.split(".")[2:]
    return has_layers and bool(parts) and not {*LAYERS, *SAME_LAYER}.intersection(parts)


def step_of(module: str) -> int:
    """Return the line of a module of a package with steps; -1 for one that is on none."""
    name = module.removeprefix(f"{package_of(module)}.").split(".")[0]
    lines = enumerate(STEPS[package_of(module)])
    return next((number for number, names in lines if name in names.split()), -1)


def without_step(modules: Iterable[str]) -> list[str]:
    """Return a sentence for each module of a package with steps that is on none of its lines."""
    return [
        f"{module}: tests/layers.py does not know it. Add “{module.split('.')[2]}” to a line of "
        f"{package_of(module)} in STEPS: the first one after all that it imports there."
        for module in modules
        if package_of(module) in STEPS and module not in STEPS and step_of(module) < 0
    ]


def without_layer(modules: Iterable[str]) -> list[str]:
    """Return a sentence for each module whose name tells no layer."""
    modules = list(modules)
    layers = ", ".join(name for name in (*LAYERS, *SAME_LAYER) if name != "values")
    return without_step(modules) + [
        f"{module}: no layer is known for “{name}”. Name the module or its folder after its layer "
        f"({layers}); or, if it only calculates or reads and calls no action, use a name of "
        "tests/value_names.txt, or add this one there."
        for module in modules
        if is_value(module) and (name := module.split(".")[2]) not in VALUE_NAMES
    ]


def may_import(module: str, other: str) -> bool:
    """Whether a module of a package may import another module of ours."""
    own, target = package_of(module), package_of(other)
    if other in ROOTS:
        return True
    if target not in PACKAGES:
        return ASSEMBLY.fullmatch(other) is not None and own in {"reviewapp.web", "reviewapp.ops"}
    if own == target:
        if own in STEPS:
            return step_of(other) <= step_of(module)
        # Values may be used by the layers below them: no two modules import each other.
        return layer_of(other) <= max(layer_of(module), VALUES)
    if PACKAGES.index(target) < PACKAGES.index(own):
        return own in TOP or layer_of(other) < PAGES or layer_of(module) >= PAGES
    is_same_app = own.split(".")[0] == target.split(".")[0]
    return is_same_app and layer_of(module) >= PAGES > layer_of(other)
