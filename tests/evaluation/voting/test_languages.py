"""A reviewer is served only comparisons in languages that they read; the order stays as it is."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from evaluation.results.reports import build_report
from evaluation.results.reports.demand import voting_demand
from evaluation.results.reports.wording import run_notes
from evaluation.runs.actions import answer_import, run_setup
from evaluation.runs.actions.answer_plan import AnswerImport
from evaluation.runs.models import EvaluationRun, Rater, RunIntent
from evaluation.runs.reading import ShortLanguage, reading_language_of, short_languages
from evaluation.voting.actions import leases, votes
from evaluation.voting.progress import (
    NoComparison,
    no_comparison_reason,
    remaining_for,
)
from reviewapp.people.actions.members import add_member, create_token
from reviewapp.people.actions.reading import set_reading_languages
from reviewapp.people.models import User
from tests.factories.people import make_project
from tests.factories.runs import make_answer_rows, make_prompts, make_run
from tests.factories.voting import make_reviewers, positions

pytestmark = pytest.mark.django_db
GERMAN = "Guten Tag, wann kommt endlich das Paket an, das ich letzte Woche bestellt habe?"
World = tuple[EvaluationRun, list[User]]


def make_run_in(languages: Sequence[str], *, reviewers: int = 2, votes: int = 1) -> World:
    """Return an open run with an example in each of these languages, and its reviewers."""
    project = make_project()
    rows = [
        replace(row, prompt=replace(row.prompt, language=language))
        for row, language in zip(make_answer_rows(len(languages)), languages, strict=True)
    ]
    plan = AnswerImport(run="house", baseline="base", candidate="tuned", votes_per_example=votes)
    run = answer_import.import_answers(project=project, plan=plan, rows=lambda: rows).run
    people = make_reviewers(project, reviewers)
    run = run_setup.set_raters(
        run_id=run.pk, rater_ids=[person.pk for person in people], actor=None
    )
    return run, people


def read(run: EvaluationRun, user: User, *languages: str) -> None:
    set_reading_languages(project=run.project, user=user, languages=languages, actor=None)


def places(run: EvaluationRun, *languages: str) -> list[int]:
    """Return the places in served order of the comparisons in these languages."""
    found = run.comparisons.filter(language__in=languages).order_by("position")
    return list(found.values_list("position", flat=True))


def vote_on_everything(run: EvaluationRun, user: User) -> list[int]:
    seen: list[int] = []
    while served := leases.lease_comparisons(run_id=run.pk, actor=user):
        seen += positions(served[:1])
        votes.cast_and_lease(actor=user, lease_id=served[0].public_id, choice="left", count=1)
    return seen


def rater_of(run: EvaluationRun, user: User) -> Rater:
    return run.raters.select_related("run").get(user=user)


def test_what_a_reviewer_cannot_read_stays_at_its_place_for_others() -> None:
    run, (ann, bob) = make_run_in(["en", "de-AT", "en", "", "it"] * 2)
    read(run, ann, "de")
    assert remaining_for(rater_of(run, ann)) == 4
    assert vote_on_everything(run, ann) == places(run, "de-AT", "")
    assert remaining_for(rater_of(run, ann)) == 0
    assert vote_on_everything(run, bob) == places(run, "en", "it")


def test_missing_votes_are_shared_among_those_who_can_give_them() -> None:
    run, people = make_run_in(["en", "de-AT", "en", "", "it"] * 2, reviewers=3, votes=2)
    read(run, people[0], "de")
    read(run, people[1], "de")
    for count, person in enumerate(people):
        served = leases.lease_comparisons(run_id=run.pk, actor=person)
        for lease in served[:count]:
            votes.cast_and_lease(actor=person, lease_id=lease.public_id, choice="left", count=0)
    demand = voting_demand(build_report(run))
    left = {rater.pk: remaining_for(rater) for rater in map(partial(rater_of, run), people)}
    assert all(work.wanted <= left[work.rater.pk] for work in demand.reviewers)
    assert sum(work.wanted for work in demand.reviewers) + demand.lacking == demand.votes
    # English and Italian have one reader, and each example needs two.
    assert demand.lacking == 6


def test_a_reviewer_without_chosen_languages_reads_all() -> None:
    run, (ann, bob) = make_run_in(["en", "de", "it"])
    read(run, ann, "de")
    read(run, ann)
    read(run, bob, "fr")
    assert vote_on_everything(run, bob) == []
    assert vote_on_everything(run, ann) == [1, 2, 3]


def test_languages_of_another_project_do_not_count() -> None:
    run, (ann, _bob) = make_run_in(["en", "de"])
    elsewhere, _others = make_run_in(["en"])
    add_member(project=elsewhere.project, email=ann.email, role="reviewer")
    read(elsewhere, ann, "fr")
    assert vote_on_everything(run, ann) == [1, 2]


def test_a_change_of_languages_applies_from_the_next_lease_on() -> None:
    run, (ann, _bob) = make_run_in(["en"] * 3 + ["de"] * 3)
    held = positions(leases.lease_comparisons(run_id=run.pk, actor=ann))
    read(run, ann, "de")
    assert positions(leases.lease_comparisons(run_id=run.pk, actor=ann)) == held
    assert vote_on_everything(run, ann) == sorted({*held, *places(run, "de")})


def test_a_skipped_comparison_does_not_return_in_a_language_that_is_not_read() -> None:
    run, (ann, _bob) = make_run_in(["en"])
    (served,) = leases.lease_comparisons(run_id=run.pk, actor=ann)
    leases.skip(actor=ann, lease_id=served.public_id)
    read(run, ann, "de")
    assert leases.lease_comparisons(run_id=run.pk, actor=ann) == []


def test_a_reviewer_learns_that_the_rest_is_in_other_languages(client: Client) -> None:
    run, (ann, bob) = make_run_in(["en", "en"])
    read(run, ann, "de")
    assert no_comparison_reason(rater_of(run, ann), done=0, left=0) == NoComparison.LANGUAGES
    client.force_login(ann)
    own_languages = f'href="{reverse("own_languages", args=[run.project.slug])}"'
    for address in ("vote", "voting"):
        args = [run.project.slug, run.pk][: 1 if address == "voting" else 2]
        page = client.get(reverse(f"evaluation:{address}", args=args)).content.decode()
        assert page.partition("<main")[2].count(own_languages) == (2 if address == "voting" else 1)
    home = client.get(reverse("project_home", args=[run.project.slug]))
    assert [work.what for work in home.context["pending"] if "vote" in work.url] == []
    vote_on_everything(run, bob)
    assert no_comparison_reason(rater_of(run, ann), done=0, left=0) == NoComparison.COMPLETE
    done = client.get(reverse("evaluation:vote", args=[run.project.slug, run.pk]))
    assert done.context["nothing"] == NoComparison.COMPLETE


def test_home_page_voting_page_and_api_show_the_same_number_left(client: Client) -> None:
    run, (ann, _bob) = make_run_in(["en", "de", "de", "it"], votes=2)
    read(run, ann, "en", "de")
    (first, *_) = leases.lease_comparisons(run_id=run.pk, actor=ann)
    votes.cast_and_lease(actor=ann, lease_id=first.public_id, choice="left")
    RunIntent.objects.update(decided_at=timezone.now())
    EvaluationRun.objects.update(overall_decided_at=timezone.now())
    for decided, left in ((True, 0), (False, 2)):
        if not decided:
            RunIntent.objects.update(decided_at=None)
        client.force_login(ann)
        home = client.get(reverse("project_home", args=[run.project.slug])).context["pending"]
        assert sum(work.count for work in home if "/vote/" in work.url) == left
        address = reverse("evaluation:vote_progress", args=[run.project.slug, run.pk])
        assert client.get(address).json() == {"done": 1, "total": 1 + left, "minutes": None}
        token = create_token(user=ann).secret
        api = Client(headers={"Authorization": f"Bearer {token}"})
        assert api.get(f"/api/v1/runs/{run.pk}/progress").json() == {"done": 1, "left": left}


def test_the_language_of_a_prompt_is_detected_where_it_is_not_stated() -> None:
    (prompt,) = make_prompts(1)
    german = replace(prompt, language="", messages=[{"role": "user", "content": GERMAN}])
    assert reading_language_of(german, ["en", "de"]) == "de"
    assert reading_language_of(replace(german, language="pt-BR"), ["en", "de"]) == "pt"
    unsure = replace(german, messages=[{"role": "user", "content": "Hi!"}])
    assert not reading_language_of(unsure, ["en", "de"])


def test_a_run_names_the_languages_with_too_few_readers() -> None:
    run, (ann, bob, _cat) = make_run_in(["en", "en", "de", "de", "de", "it"], reviewers=3, votes=2)
    assert short_languages(run) == []
    read(run, ann, "en")
    read(run, bob, "en", "it")
    short = ShortLanguage("de", examples=3, votes=2, readers=1)
    assert short_languages(run) == [short]
    (note,) = (note for note in run_notes(build_report(run)) if "German" in note)
    assert note.startswith("3 examples")


def test_the_set_up_page_counts_the_overlap_that_is_not_drawn_yet(client: Client) -> None:
    prompts = make_prompts(20)
    run = make_run(prompts=prompts, terms={"overlap_percent": 20, "overlap_votes": 2})
    ann, _bob = (rater.user for rater in run.raters.all())
    assert ann is not None
    read(run, ann, "de")
    assert short_languages(run) == [ShortLanguage("en", examples=20, votes=2, readers=1)]
    client.force_login(User.objects.create_superuser("admin@example.com"))
    page = client.get(reverse("evaluation:run_setup", args=[run.project.slug, run.pk]))
    assert "20 examples in English" in page.content.decode()
