"""`manage.py demo`: everything is there, and a second time changes nothing."""

import json
from collections import Counter

import pytest
from django.core.management import call_command, load_command_class

from datasets.curation.models import ExampleEvent, GoldenExample, Intent, Policy
from datasets.text_blocks.models import TextBlock
from datasets.versions.models import DatasetItem, DatasetVersion
from evaluation.gates import Decision
from evaluation.promotion.models import Alias, Promotion
from evaluation.results.reports import build_report
from evaluation.runs.gold import usable_checks
from evaluation.runs.models import EvaluationRun, RunGoldCheck
from evaluation.voting.models import Vote
from reviewapp.ops.devstack import LOAD_DEMO
from reviewapp.people.models import Project, ReadingLanguages, User

pytestmark = pytest.mark.django_db

COUNTED = (User, GoldenExample, ExampleEvent, DatasetVersion, DatasetItem, EvaluationRun, Vote)


def counts() -> list[int]:
    return [model._default_manager.count() for model in (*COUNTED, Promotion, Alias)]


def test_the_demo_is_whole_and_twice_is_the_same_as_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("demo", "--json")
    first, before = json.loads(capsys.readouterr().out), counts()
    call_command("demo", "--json")
    second = json.loads(capsys.readouterr().out)
    assert counts() == before
    assert (first["loaded"], second["loaded"]) == (True, False)
    assert first["people"] == second["people"]
    for person in first["people"]:
        user = User.objects.get(email=person["email"])
        assert user.check_password(person["password"])
        assert user.is_demo
    project = Project.objects.get(slug="aurora")
    assert project.is_demo
    assert GoldenExample.objects.filter(project=project, state="approved").count() >= 120
    assert set(GoldenExample.objects.values_list("state", flat=True)) == {
        *("draft", "in_review", "changes_requested", "approved", "retired"),
    }
    assert GoldenExample.objects.filter(project=project, blocking_findings__gt=0).exists()
    intents = set(Intent.objects.filter(project=project).values_list("name", flat=True))
    blocks = TextBlock.objects.filter(project=project)
    assert {block.language for block in blocks} == {"", "de", "en"}
    assert intents.issuperset(intent for block in blocks for intent in block.intents)
    assert not Vote.objects.exclude(source=Vote.Source.DEMO).exists()
    runs = EvaluationRun.objects.filter(project=project).order_by("pk")
    _check_runs(project, *runs)
    for run in runs:
        assert run.is_demo
        assert run.comparisons.count() >= 80
        labels = run.comparisons.values_list("language", "policies")
        assert {language for language, _ in labels} == {"de", "en", "es", "it", "nl"}
        known = set(Policy.objects.filter(project=project).values_list("slug", flat=True))
        assert all(policies and set(policies) <= known for _, policies in labels)
        assert run.comparisons.filter(tags__contains=["multi-turn"]).exists()


def _check_runs(
    project: Project, passed: EvaluationRun, not_passed: EvaluationRun, under_way: EvaluationRun
) -> None:
    assert (passed.state, not_passed.state, under_way.state) == ("closed", "closed", "voting")
    assert build_report(passed).decision is Decision.PROMOTE
    assert build_report(not_passed).decision is Decision.REJECT
    promoted = Alias.objects.get(project=project, name=Alias.Name.PRODUCTION).promotion
    assert (promoted.run, promoted.override_reason) == (passed, "")
    assert Promotion.objects.pending().get().run == not_passed
    assert under_way.gold_percent
    gold = usable_checks(under_way)
    assert set(gold.values_list("reading_language", flat=True)) == {"de", "en", "es", "it", "nl"}
    assert RunGoldCheck.objects.filter(run=under_way).count() == gold.count()
    reads = ReadingLanguages.objects.filter(project=project).values_list("languages", flat=True)
    readers = Counter(language for languages in reads for language in languages)
    assert min(readers[language] for language in project.languages) >= under_way.overlap_votes


def test_the_command_knows_every_option_that_the_stack_gives_it() -> None:
    name, *options = LOAD_DEMO
    parser = load_command_class("evaluation", name).create_parser("manage.py", name)
    assert parser.parse_args(options).wants_json
