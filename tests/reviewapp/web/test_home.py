"""The home page: runs at a glance for leads, and numbers that agree with the pages they lead to."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from datasets.assignments.actions import assign
from evaluation.results import glance
from evaluation.results.actions import closing
from evaluation.results.actions.gates import measure_gates
from evaluation.results.glance import runs_at_a_glance
from evaluation.results.reports import build_report
from evaluation.runs.models import Rater
from reviewapp.core.formats import percent, percent_range
from reviewapp.people.models import Membership, Project, ReadingLanguages, Role, User
from reviewapp.people.permissions import permissions_of
from reviewapp.web import home
from reviewapp.web.pending_work import PendingWork, RecentWork, pending_work_of, recent_work_of
from tests.datasets.curation.pages import page_text, signed_in
from tests.factories.examples import make_content, make_example, make_example_in_review
from tests.factories.imports import make_import, make_row
from tests.factories.people import make_member, make_project
from tests.factories.verdicts import vote_in_order
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db


def home_of(project: Project, person: User) -> str:
    return page_text(signed_in(person).get(reverse("project_home", args=[project.slug])))


def test_a_lead_sees_each_run_with_the_figures_of_its_page() -> None:
    run, (ann, bob) = make_small_run(examples=8)
    vote_in_order(run, ann, ["candidate", "tie_bad"])
    vote_in_order(run, bob, ["candidate"])
    lead = make_member(run.project, Role.LEAD)
    row = build_report(run).overall.figures
    (shown,) = runs_at_a_glance(lead, run.project)
    assert shown.figures is not None
    assert (shown.figures.counted, shown.figures.total) == (3, 8)
    assert shown.figures.mid == pytest.approx(100 * (row.estimate or 0), abs=0.01)
    rate = f"{percent(row.estimate)} ({percent_range(row.lower, row.upper)})"
    address = reverse("evaluation:run", args=[run.project.slug, run.pk])
    for text in (home_of(run.project, lead), page_text(signed_in(lead).get(address))):
        assert rate in text
        assert shown.figures.decision in text


def test_a_measured_run_is_calculated_once_for_home_until_it_is_measured_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, (ann, _bob) = make_small_run(examples=40)
    lead = make_member(run.project, Role.LEAD)
    vote_in_order(run, ann, ["candidate"])
    measure_gates(run_id=run.pk)
    (first,) = runs_at_a_glance(lead, run.project)
    vote_in_order(run, ann, ["candidate"])
    with monkeypatch.context() as patched:
        patched.setattr(glance, "build_report", None)
        assert runs_at_a_glance(lead, run.project)[0].figures == first.figures
    measure_gates(run_id=run.pk)
    (again,) = runs_at_a_glance(lead, run.project)
    assert again.figures
    assert (again.figures.counted, again.figures.decision) == (2, "Too early to say")


def test_more_runs_cost_home_no_more_statements(django_assert_num_queries: Any) -> None:
    project = make_project()
    lead = make_member(project, Role.LEAD)
    for number in (1, 3):
        for _ in range(number):
            run, (ann, _bob) = make_small_run(project=project, examples=4)
            vote_in_order(run, ann, ["candidate"])
            measure_gates(run_id=run.pk)
        runs_at_a_glance(lead, project)  # Calculates the figures of the new ones.
        with django_assert_num_queries(5):
            assert all(shown.figures for shown in runs_at_a_glance(lead, project))


def test_a_closed_run_keeps_its_figures() -> None:
    run, (ann, _bob) = make_small_run(examples=4)
    vote_in_order(run, ann, ["candidate"] * 2)
    lead = make_member(run.project, Role.LEAD)
    closing.close_run(run_id=run.pk, actor=lead, reason="Done.")
    first, again = (runs_at_a_glance(lead, run.project) for _ in range(2))
    assert first[0].figures == again[0].figures
    assert first[0].figures is not None
    assert first[0].figures.counted == 2


def test_a_lead_who_votes_sees_no_figures_of_that_run_until_it_is_closed() -> None:
    run, (ann, _bob) = make_small_run(examples=4)
    vote_in_order(run, ann, ["candidate"] * 2)
    lead = make_member(run.project, Role.LEAD)
    Rater.objects.create(run=run, user=lead, name="the lead")
    (shown,) = runs_at_a_glance(lead, run.project)
    assert shown.figures is None
    text = home_of(run.project, lead)
    assert "You vote in this run" in text
    assert " %" not in text.replace("\N{NO-BREAK SPACE}", " ")
    closing.close_run(run_id=run.pk, actor=None, reason="Done.")
    assert runs_at_a_glance(lead, run.project)[0].figures is not None


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.ANNOTATOR])
def test_only_leads_see_runs_on_their_home(role: Role) -> None:
    run, (ann, _bob) = make_small_run(examples=4)
    vote_in_order(run, ann, ["candidate"] * 2)
    text = home_of(run.project, make_member(run.project, role))
    assert run.name not in text
    assert run.candidate.name not in text


def test_the_queries_of_a_lead_do_not_grow_with_closed_runs_that_are_not_shown() -> None:
    project = make_project()
    lead = make_member(project, Role.LEAD)
    numbers = []
    for _ in range(2):
        for _ in range(4):
            run, _people = make_small_run(project=project, examples=2)
            closing.close_run(run_id=run.pk, actor=None, reason="Done.")
        client, address = signed_in(lead), reverse("project_home", args=[project.slug])
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]


def test_the_numbers_of_examples_are_those_of_the_tabs_that_they_lead_to() -> None:
    project = make_project()
    author = make_member(project, Role.ANNOTATOR)
    for _ in range(3):
        make_example(project=project, author=author)
    make_example_in_review(project=project, author=author)
    client = signed_in(author)
    page = client.get(reverse("project_home", args=[project.slug])).content.decode()
    found = re.findall(r'<li><a href="([^"]+)">([^<]+)</a><span class="num">(\d+)</span>', page)
    assert len(found) == 5
    for url, _label, number in found:
        tab = client.get(url.replace("&amp;", "&")).context["matches"].number
        assert tab == int(number)


def test_work_of_the_member_comes_first_and_counts_what_their_tabs_list() -> None:
    project = make_project()
    importer, lead = make_member(project, Role.LEAD), make_member(project, Role.LEAD)
    annotator = make_member(project, Role.ANNOTATOR)
    reviewer = make_member(project, Role.ANNOTATOR)
    Membership.objects.create(project=project, user=reviewer, role=Role.REVIEWER)
    ReadingLanguages.objects.create(project=project, user=reviewer, languages=["it"])
    for language in ("de", "it", "it"):
        content = make_content(language=language)
        make_example_in_review(project=project, author=importer, content=content)
    draft = make_example(project=project, author=importer)
    make_example(project=project, author=importer)
    assign(example_id=draft.pk, assignee=annotator, actor=lead)
    found = {}
    for person in (importer, lead, annotator, reviewer):
        permissions = permissions_of(person, project)
        works = pending_work_of(person, project, permissions)
        for work in works:
            if "mine=" in work.url:
                assert signed_in(person).get(work.url).context["matches"].number == work.count
        found[person] = [(work.count, work.what) for work in works]
    assert "review" not in str(found[importer])
    assert found[lead][0] == (3, "examples to review")
    assert found[annotator] == [
        (1, "example assigned to you"),
        (2, "drafts to curate and submit"),
    ]
    assert found[reviewer][0] == (2, "examples to review")


def test_numbers_of_home_are_written_as_in_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project()
    lead = make_member(project, Role.LEAD)
    states = [home.StateCount("Draft", 52676, 100, "/")]
    monkeypatch.setattr(home, "_examples_by_state", lambda _project: states)
    work = PendingWork(41234, "drafts", "Curate", "/")
    monkeypatch.setattr(home, "pending_work_of", lambda *_facts: [work])
    monkeypatch.setattr(home, "recent_work_of", lambda *_facts: RecentWork(52888, 1, 4321))
    for lead.language, comma in {"en": ",", "de": "."}.items():
        lead.save()
        page = home_of(project, lead)
        for number in ("41,234", "52,676", "52,888", "4,321"):
            assert number.replace(",", comma) in page


def test_home_begins_with_what_waits_and_fills_both_columns_for_a_lead() -> None:
    run, _raters = make_small_run()
    lead = signed_in(make_member(run.project, Role.LEAD))
    page = lead.get(reverse("project_home", args=[run.project.slug])).content.decode()
    columns = page.split('<div class="split">')[1].split('<div class="stack">')[1:]
    assert [
        re.findall(r'<section[^>]* aria-labelledby="(\w+)-title"', part) for part in columns
    ] == [
        ["pending", "runs"],
        ["states", "recent"],
    ]


def test_imported_revisions_are_not_the_work_of_who_imported_them(tmp_path: Path) -> None:
    project = make_project()
    lead = make_member(project, Role.LEAD)
    make_example(project=project, author=lead)
    make_import(project, tmp_path / "rows.jsonl", [make_row()], actor=lead)
    assert project.examples.count() == 2
    assert recent_work_of(lead, project) == RecentWork(revisions=1, reviews=0, votes=0)
