"""The criteria of a run: chosen by the lead, fixed when it opens, exported with its terms."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.urls import reverse

from evaluation.gates import GateSettings
from evaluation.results.archive import run_as_json
from evaluation.runs.actions import run_setup
from evaluation.runs.actions.criteria import criteria_of
from evaluation.runs.criteria import CriterionTerms, criteria_errors
from evaluation.runs.forms.terms import TermsForm
from evaluation.runs.models import EvaluationRun, RunCriterion
from evaluation.runs.terms import RunTerms
from reviewapp.core.errors import InvalidInput
from reviewapp.people.models import Role
from tests.factories.people import make_member
from tests.factories.runs import make_run, make_voting_run

TONE = CriterionTerms("tone", gated=True)
BRIEF = CriterionTerms(name="Kürze", question="Welche Antwort ist kürzer?")


@pytest.mark.parametrize(
    ("criteria", "code"),
    [
        ([CriterionTerms(name=str(n), question="?") for n in range(5)], "too_many_criteria"),
        ([CriterionTerms("humour")], "unknown_criterion"),
        ([CriterionTerms(name="Brevity")], "own_criterion"),
        ([CriterionTerms(name="Two\nlines", question="Which?")], "own_criterion"),
        ([CriterionTerms(name="x" * 61, question="Which?")], "own_criterion"),
        ([TONE, CriterionTerms("tone")], "criterion_twice"),
        ([CriterionTerms(name="Tone", question="Which?")], "criterion_twice"),
    ],
)
def test_criteria_that_do_not_fit_are_rejected(criteria: list[CriterionTerms], code: str) -> None:
    assert [error.code for error in criteria_errors(criteria)] == [f"runs.{code}"]
    assert [error.code for error in RunTerms(criteria=tuple(criteria)).validation_errors()] == [
        f"runs.{code}"
    ]


def fields_of(terms: RunTerms, **changed: Any) -> dict[str, Any]:
    shown = TermsForm.initial_of(terms) | changed
    return {name: value for name, value in shown.items() if value not in (None, "", False)}


@pytest.mark.django_db
def test_criteria_are_chosen_in_the_form_and_kept_by_it(client: Client) -> None:
    run = make_run()
    client.force_login(make_member(run.project, Role.LEAD))
    address = reverse("evaluation:run_terms", args=[run.project.slug, run.pk])
    own = {
        "criterion_2": "own",
        "criterion_2_name": BRIEF.name,
        "criterion_2_question": BRIEF.question,
    }
    fields = fields_of(
        run_setup.current_terms(run), criterion_1="tone", criterion_1_gate="on", **own
    )
    rejected = client.post(address, fields | {"criterion_2_question": ""})
    assert rejected.status_code == 422
    assert "criterion_2_question" in rejected.context["form"].errors
    assert BRIEF.name in rejected.content.decode()
    assert client.post(address, fields).status_code == 302
    run.refresh_from_db()
    assert criteria_of(run) == (TONE, BRIEF)
    assert run.gate_settings["criterion_thresholds"] == {"tone": 0.4}
    shown = client.get(address).context["form"].initial
    assert (shown["criterion_1_gate"], shown["criterion_2_name"]) == (True, BRIEF.name)
    setup = client.get(reverse("evaluation:run_setup", args=[run.project.slug, run.pk]))
    assert BRIEF.name in setup.content.decode()


@pytest.mark.django_db
def test_the_line_of_a_criterion_is_that_of_the_intents() -> None:
    strict = GateSettings.of_preset("strict")
    run = make_run(terms={"criteria": (TONE, BRIEF), "gates": strict})
    assert run.gate_settings["criterion_thresholds"] == {"tone": 0.5}


@pytest.mark.django_db
def test_an_own_criterion_cannot_name_a_model() -> None:
    run = make_run()
    named = CriterionTerms(name="Style", question=f"Which one sounds like {run.candidate.name}?")
    terms = run_setup.current_terms(run)
    with pytest.raises(InvalidInput, match="tells too much"):
        run_setup.change_terms(
            run_id=run.pk,
            terms=RunTerms(rater_ids=terms.rater_ids, criteria=(named,)),
            actor=None,
        )


@pytest.mark.django_db
def test_criteria_are_fixed_when_the_run_opens() -> None:
    run = make_voting_run(examples=14, criteria=[TONE])
    rows = RunCriterion.objects.filter(run=run)
    late = {"run": run, "position": 2, "name": "Late", "question": "Which?"}
    changes: list[Callable[[], object]] = [
        lambda: rows.update(gated=False),
        rows.delete,
        lambda: RunCriterion.objects.create(**late),
        lambda: EvaluationRun.objects.filter(pk=run.pk).update(criteria_count=0),
    ]
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert criteria_of(run) == (TONE,)


@pytest.mark.django_db
def test_an_imported_run_takes_its_criteria_from_exported_terms(tmp_path: Path) -> None:
    terms = tmp_path / "run.json"
    run = make_voting_run(examples=14, criteria=[TONE, BRIEF])

    terms.write_text(json.dumps(run_as_json(run)))
    row = {"messages": [{"role": "user", "content": "Hello"}], "baseline": "a", "candidate": "b"}
    rows = tmp_path / "answers.jsonl"
    rows.write_text("".join(json.dumps(row | {"id": str(n)}) + "\n" for n in range(3)))
    call_command(
        *("import_answers", str(rows), "--project", "elsewhere", "--run", "again"),
        *("--baseline", "old", "--candidate", "new", "--terms", str(terms), "--create-project"),
        stdout=StringIO(),
        stderr=StringIO(),
    )
    again = EvaluationRun.objects.get(name="again")
    assert criteria_of(again) == (TONE, BRIEF)
    assert again.gate_settings["criterion_thresholds"] == {"tone": 0.4}
