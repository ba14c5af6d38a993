"""The files that start a bundle have what Docker, Kubernetes and SkyPilot publish."""

import copy
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from evaluation.training.bundle import rendering
from tests.evaluation.training.cluster_schemas import KUBERNETES_JOB, SKYPILOT_TASK

RECIPE = rendering.Recipe(7, rendering.base_name('models/Tiny: "1B" #\n- x'))
# Options of `docker run`, and whether they take a value.
DOCKER_OPTIONS = {
    "--rm": False,
    "--gpus": True,
    "--name": True,
    "--volume": True,
    "--env": True,
    "--workdir": True,
}


def _job() -> Any:
    return yaml.safe_load(rendering.kubernetes_job(RECIPE))


def _task() -> Any:
    return yaml.safe_load(rendering.skypilot_task(RECIPE))


def _errors(schema: dict[str, Any], value: object) -> list[str]:
    jsonschema_rs.meta.validate(schema)
    return [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(value)]


def test_the_kubernetes_job_follows_its_schema() -> None:
    job = _job()
    assert _errors(KUBERNETES_JOB, job) == []
    pod = job["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert {m["name"] for m in container["volumeMounts"]} == {v["name"] for v in pod["volumes"]}
    [mount] = container["volumeMounts"]
    assert container["workingDir"].startswith(f"{mount['mountPath']}/")
    assert container["env"][0]["value"] == "/bundle/base/Tiny-1B-x"


def test_the_skypilot_task_follows_its_schema() -> None:
    task = _task()
    assert _errors(SKYPILOT_TASK, task) == []
    assert task["envs"]["BASE_MODEL"] in task["file_mounts"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("kind",), "Jobs"),
        (("metadata", "name"), "Training_7"),
        (("spec", "backOffLimit"), 6),
        (("spec", "template", "spec", "restartPolicy"), "Always"),
        (("spec", "template", "spec", "containers", 0, "env", 0, "value"), 1),
        (("spec", "template", "spec", "containers", 0, "workdir"), "/bundle"),
        (("spec", "template", "spec", "containers", 0, "resources", "limits"), {"gpu": "one"}),
    ],
)
def test_the_schema_of_a_job_finds_what_the_cluster_would_refuse(
    path: tuple[str | int, ...], value: object
) -> None:
    job = copy.deepcopy(_job())
    *way, last = path
    place = job
    for step in way:
        place = place[step]
    place[last] = value
    assert _errors(KUBERNETES_JOB, job)


@pytest.mark.parametrize(
    "change", [{"env": {"A": "b"}}, {"resources": {"gpus": 1}}, {"run": ""}, {"num_nodes": 0}]
)
def test_the_schema_of_a_task_finds_what_skypilot_would_refuse(change: dict[str, Any]) -> None:
    assert _errors(SKYPILOT_TASK, {**_task(), **change})


def test_docker_is_called_with_options_that_it_knows(tmp_path: Path) -> None:
    script, model = tmp_path / "docker-run.sh", tmp_path / "a model.gguf"
    script.write_text(rendering.docker_script(RECIPE))
    model.write_text("model")
    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\nprintf "%s\\0" "$@" > "$OUT"\n')
    docker.chmod(0o755)
    out = tmp_path / "out"
    given = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "BASE_MODEL": str(model), "OUT": str(out)}
    subprocess.run(["/bin/bash", script], env=given, check=True)
    options, image, command = _docker_arguments(out.read_text().split("\0")[:-1])
    assert options["--name"] == ["touchstone-training-7"]
    assert options["--volume"] == [
        *(f"{tmp_path}:/bundle", f"{model}:/base/Tiny-1B-x:ro"),
    ]
    assert options["--env"] == ["BASE_MODEL=/base/Tiny-1B-x"]
    assert (options["--workdir"], image) == (["/bundle"], "python:3.11")
    assert command == ["bash", "run.sh"]
    line = script.read_text().partition("exec ")[2].replace("\\\n", " ")
    words = [word for word in shlex.split(line) if word.startswith("--")]
    assert set(words) <= set(DOCKER_OPTIONS)


def _docker_arguments(words: list[str]) -> tuple[dict[str, list[str]], str, list[str]]:
    """Read words as `docker run` does: options, the image, its command."""
    assert words[0] == "run"
    options: dict[str, list[str]] = {}
    rest = iter(words[1:])
    for word in rest:
        if not word.startswith("-"):
            return options, word, list(rest)
        values = options.setdefault(word, [])
        if DOCKER_OPTIONS[word]:
            values.append(next(rest))
    raise AssertionError("no image")


@pytest.mark.parametrize("render", [rendering.run_script, rendering.docker_script])
def test_the_scripts_are_read_by_the_shell(render: Any) -> None:
    script = render(RECIPE).encode()
    assert subprocess.run(["/bin/bash", "-n"], input=script, check=False).returncode == 0


@pytest.mark.parametrize(
    "value",
    [
        {"yes": ["no", "1.5", 'a: "b" # c', "ä\n- x"], "on": {"deep": [{"a": 1, "b": [2, 3]}, {}]}},
        {"empty": [], "nested": [["x", "y"], "z"], "bool": True, "none": None},
    ],
)
def test_rendered_yaml_reads_back_as_it_was(value: dict[str, Any]) -> None:
    assert yaml.safe_load(rendering.to_yaml(value)) == value
