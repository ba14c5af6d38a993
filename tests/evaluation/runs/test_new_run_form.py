"""The form of a new run before it is sent, and the list of runs: forecast, readers, decisions."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from evaluation.results.actions import closing
from evaluation.runs.models import AnswerUpload, EvaluationRun
from reviewapp.people.actions.reading import set_reading_languages
from reviewapp.people.models import Role, User
from tests.factories.people import make_member, make_project
from tests.factories.runs import make_model_version
from tests.factories.verdicts import vote_in_order
from tests.factories.voting import make_reviewers, make_small_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(client: Client) -> User:
    """A lead, who is signed in."""
    lead = make_member(make_project(), Role.LEAD)
    client.force_login(lead)
    return lead


def address(lead: User, name: str) -> str:
    return reverse(f"evaluation:{name}", args=[lead.memberships.get().project.slug])


def prompt_file(*lines: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("prompts.jsonl", "\n".join(lines).encode())


def row(number: int) -> str:
    messages = [{"role": "user", "content": f"Question {number}"}]
    language = "de" if number % 2 else "en"
    return json.dumps({"intent": "returns", "language": language, "messages": messages})


def test_a_chosen_file_has_its_forecast_its_errors_and_its_readers_before_it_is_sent(
    client: Client, lead: User
) -> None:
    project = lead.memberships.get().project
    people = make_reviewers(project, 2)
    set_reading_languages(project=project, user=people[0], languages=["en"], actor=None)
    url = address(lead, "preview_intents")
    form = {
        "rater_ids": [person.pk for person in people],
        "overlap_percent": "20",
        "overlap_votes": "2",
    }
    shown = client.post(url, form | {"prompt_file": prompt_file(*map(row, range(20)))})
    assert shown.context["forecast"].plan.examples == 20
    (short,) = shown.context["short_languages"]
    assert (short.params["language"], short.params["readers"]) == ("de", 1)
    wrong = client.post(url, form | {"prompt_file": prompt_file(row(1), "{", "[]")})
    assert len(wrong.context["file_errors"]) == 2
    assert "forecast" not in wrong.context
    assert not EvaluationRun.objects.exists()


def test_no_model_is_proposed_as_candidate_and_baseline(client: Client, lead: User) -> None:
    project, url = lead.memberships.get().project, address(lead, "new_run")
    only = str(make_model_version(project).pk)
    form = client.get(url).context["form"]
    assert form["candidate_id"].value() != form["baseline_id"].value()
    # An empty choice comes first, so that the browser selects no model by itself.
    assert form.fields["candidate_id"].choices[0][0] == ""
    make_model_version(project)
    queries: list[dict[str, str]] = [{}, {"candidate_id": only}, {"baseline_id": only}]
    for query in queries:
        form = client.get(url, query).context["form"]
        chosen = [str(form[name].value()) for name in ("candidate_id", "baseline_id")]
        assert chosen[0] != chosen[1]
        assert all(str(form[name].value()) == value for name, value in query.items())


def test_a_free_name_is_proposed_for_the_two_models(client: Client, lead: User) -> None:
    project = lead.memberships.get().project
    new, base = (make_model_version(project, name=name) for name in ("new", "base"))
    asked: dict[str, int | str] = {"candidate_id": new.pk, "baseline_id": base.pk}
    form = client.get(address(lead, "new_run"), asked).context["form"]
    assert form["name"].value() == "new vs base"

    def proposed(**changed: int | str) -> str:
        # A stored name is the same for everyone, whatever they read.
        answer = client.get(
            address(lead, "propose_run_name"), asked | changed, headers={"accept-language": "de"}
        )
        return str(answer.json()["name"])

    EvaluationRun.objects.create(project=project, name="new vs base", candidate=new, baseline=base)
    assert proposed() == "new vs base (2)"
    upload = {"run_name": "new vs base (2)", "files": {}, "created_by": lead}
    AnswerUpload.objects.create(project=project, baseline="base", candidate="new", **upload)
    assert proposed() == "new vs base (3)"
    assert (
        proposed(baseline_id=new.pk) == proposed(baseline_id="") == proposed(baseline_id="x") == ""
    )
    elsewhere = make_model_version(make_project("other"))
    assert proposed(baseline_id=elsewhere.pk) == ""
    long = [make_model_version(project, name=letter * 100) for letter in "ab"]
    name = proposed(candidate_id=long[0].pk, baseline_id=long[1].pk)
    assert len(name) <= 120
    assert name.count("a" * 50) == name.count("b" * 50) == 1


def test_the_list_of_runs_has_decision_and_progress_unless_the_reader_votes(
    client: Client, lead: User
) -> None:
    project = lead.memberships.get().project
    run, (ann, _bob) = make_small_run(examples=4, project=project)
    vote_in_order(run, ann, ["candidate"])
    closing.close_run(run_id=run.pk, actor=None)
    open_run, _people = make_small_run(examples=3, project=project)
    open_run.raters.create(user=lead, name="lead")
    glances = client.get(address(lead, "runs")).context["glances"]
    assert [glance.run for glance in glances] == [open_run, run]
    assert glances[0].figures is None
    assert (glances[1].figures.counted, glances[1].figures.kind) == (1, "decision")
