"""Runs side by side: the figures of their own pages, and only those that the lead may see."""

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.promotion.candidates import closed_runs, pair_of
from evaluation.promotion.models import AliasName, Promotion
from evaluation.promotion.service_history import PromotionKind
from evaluation.results.actions import closing
from evaluation.results.reports import build_report
from evaluation.runs.models import EvaluationRun, Rater
from reviewapp.core.formats import percent
from reviewapp.people.models import Project, Role, User
from tests.factories.people import make_member, make_project
from tests.factories.verdicts import vote_in_order
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db


def voted(
    project: Project,
    verdicts: list[str],
    *,
    intents: tuple[str, ...] = ("returns",),
    close: bool = False,
    examples: int = 8,
) -> EvaluationRun:
    run, (ann, _bob) = make_small_run(project=project, examples=examples, intents=intents)
    vote_in_order(run, ann, verdicts)
    if close:
        closing.close_run(run_id=run.pk, actor=None, reason="Done.")
    return EvaluationRun.objects.get(pk=run.pk)


def page(client: Client, person: User, project: Project, **query: int | str) -> tuple[int, str]:
    client.force_login(person)
    answer = client.get(reverse("evaluation:compare_runs", args=[project.slug]), query)
    return answer.status_code, answer.content.decode()


def test_a_closed_run_has_its_figures_and_what_served_when_it_opened() -> None:
    project = make_project()
    lead = make_member(project, Role.LEAD)
    before = voted(project, ["candidate"] * 3, close=True)
    Promotion.objects.create(
        project=project,
        alias=AliasName.PRODUCTION,
        kind=PromotionKind.DECLARATION,
        model_version=before.baseline,
        note="It serves.",
        requested_by=lead,
        effective_at=before.opened_at,
    )
    after = voted(project, ["candidate", "baseline"], close=True)
    found = {closed.run.pk: closed for closed in closed_runs(project)}
    assert list(found) == [after.pk, before.pk]
    assert found[before.pk].is_against_production
    assert not found[after.pk].is_against_production
    assert found[after.pk].served == before.baseline.name
    for run in (before, after):
        row = build_report(run).overall.figures
        assert found[run.pk].figures.counted == row.n
        assert found[run.pk].figures.mid == pytest.approx(100 * (row.estimate or 0), abs=0.01)


def test_two_runs_are_paired_by_intent_with_the_figures_of_their_reports() -> None:
    project = make_project()
    first = voted(project, ["candidate"] * 4, intents=("returns", "refunds"))
    second = voted(project, ["baseline"] * 3, intents=("returns", "sizing"))
    rows = {row.name: row for row in pair_of(first, second).rows}
    assert set(rows) == {"All", "returns", "refunds", "sizing"}
    assert rows["refunds"].second is None
    assert rows["sizing"].first is None
    for run, of_row in ((first, rows["All"].first), (second, rows["All"].second)):
        assert of_row is not None
        assert of_row.rate == percent(build_report(run).overall.figures.estimate)


def test_runs_that_are_hard_to_compare_say_why() -> None:
    project = make_project()
    run, other = voted(project, ["candidate"]), voted(project, ["baseline"], examples=6)
    assert len(pair_of(run, other).caveats) == 4
    closing.close_run(run_id=run.pk, actor=None, reason="Done.")
    run.refresh_from_db()
    assert pair_of(run, run).caveats == []


def test_a_run_in_which_the_lead_votes_cannot_be_chosen_until_it_is_closed(client: Client) -> None:
    project = make_project()
    lead = make_member(project, Role.LEAD)
    mine, other = voted(project, ["candidate"] * 2), voted(project, ["candidate"] * 2)
    Rater.objects.create(run=mine, user=lead, name="the lead")
    status, text = page(client, lead, project, first=mine.pk, second=other.pk)
    assert status == 422
    assert mine.name not in text
    assert " %)" not in text.replace("\N{NO-BREAK SPACE}", " ")
    closing.close_run(run_id=mine.pk, actor=None, reason="Done.")
    status, text = page(client, lead, project, first=mine.pk, second=other.pk)
    assert status == 200
    assert 'class="table table-stack pair-table"' in text


def test_a_run_is_not_compared_with_itself_and_not_with_one_of_another_project(
    client: Client,
) -> None:
    project = make_project()
    lead = make_member(project, Role.LEAD)
    runs = [voted(project, ["candidate"]) for _ in range(2)]
    foreign = voted(make_project(), ["candidate"])
    for second in (runs[0].pk, foreign.pk, "nonsense", ""):
        status, text = page(client, lead, project, first=runs[0].pk, second=second)
        assert status == 422
        assert "pair-table" not in text


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.ANNOTATOR])
def test_only_leads_compare_runs(client: Client, role: Role) -> None:
    project = make_project()
    assert page(client, make_member(project, role), project)[0] == 403
