"""The run's page, its examples and files: the command's numbers, and only for those who may."""

import csv
import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.gates import GateSettings
from evaluation.results.actions import closing
from evaluation.results.models import GateCheck, RunTally
from evaluation.runs.models import EvaluationRun, Rater
from evaluation.voting.actions import leases, votes
from evaluation.voting.actions.broken import report_broken
from evaluation.voting.feedback import VoteFeedback
from reviewapp.core.formats import percent
from reviewapp.people.models import Role
from tests.factories.people import make_member, make_user
from tests.factories.runs import make_run, make_voting_run
from tests.factories.verdicts import held_leases, vote_in_order
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db
PAGES = ("run", "run_figures_json", "run_figures_csv", "run_examples")


class Desk:
    """A lead at the desk, a run of ten examples with six counted, and its two reviewers."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.run, (self.ann, self.bob) = make_small_run(examples=10, intents=("returns", "refunds"))
        vote_in_order(self.run, self.ann, ["candidate", "tie_bad", "candidate"])
        vote_in_order(self.run, self.bob, ["baseline", "tie_good", "candidate"])
        self.lead = make_member(self.run.project, Role.LEAD)
        client.force_login(self.lead)

    def address(self, name: str = "run") -> str:
        return reverse(f"evaluation:{name}", args=[self.run.project.slug, self.run.pk])

    def page(self, query: str = "", name: str = "run") -> str:
        answer = self.client.get(f"{self.address(name)}{query}")
        assert answer.status_code == 200
        return answer.content.decode()

    def figures(self) -> dict[str, Any]:
        out = StringIO()
        call_command("win_rates", self.run.name, "--json", stdout=out)
        return dict(json.loads(out.getvalue()))


@pytest.fixture
def desk(client: Client) -> Desk:
    return Desk(client)


def test_the_page_shows_the_numbers_of_the_command(desk: Desk) -> None:
    page, figures = desk.page(), desk.figures()
    for row in (figures["overall"], *figures["intents"]):
        assert percent(row["estimate"]) in page
        low, high = percent(row["lower"]), percent(row["upper"])
        assert f"{low.removesuffix(' %')}-{high}" in page
    for gate in figures["gates"]:
        assert gate["reason"].replace("'", "&#x27;") in page
    assert "6 examples counted." in page
    assert "6 votes by 2 reviewers." in page
    assert figures["decision_reason"] == "cannot_be_shown"
    assert "Not proven with this set" in page
    assert "Reject" not in page
    step = figures["next_step"]
    assert step["sentence"] == figures["decision_sentence"]
    assert step["code"] == figures["decision_reason"]
    page = page.replace("\N{NO-BREAK SPACE}", " ")
    assert all(f"{part}." in page for part in step["sentence"].rstrip(".").split(". "))


def test_the_files_hold_what_the_command_prints(desk: Desk) -> None:
    figures = desk.figures()
    assert desk.client.get(desk.address("run_figures_json")).json() == figures
    table = desk.client.get(desk.address("run_figures_csv")).getvalue().decode().splitlines()
    by_row: dict[str, list[dict[str, str]]] = {}
    for row in csv.DictReader(table):
        by_row.setdefault(row["row"], []).append(row)
    (overall,) = by_row["overall"]
    assert (overall["name"], overall["estimate"]) == ("All", str(figures["overall"]["estimate"]))
    names = [row["name"] for row in by_row["intent"]]
    assert names == [intent["intent"] for intent in figures["intents"]]
    reasons = [row["reason"] for row in by_row["gate"]]
    assert reasons == [gate["reason"] for gate in figures["gates"]]
    assert by_row["decision"][0]["state"] == figures["decision"]
    assert sum(int(row["votes"]) for row in by_row["rater"]) == figures["votes"]
    page = desk.page()
    assert all(row["label"] in page for row in by_row["intent"])


def test_reading_the_pages_of_a_run_stores_nothing(desk: Desk) -> None:
    for name in PAGES:
        assert desk.client.get(desk.address(name)).status_code == 200
    assert not RunTally.objects.exists()
    assert not GateCheck.objects.exists()


def test_a_name_in_the_table_file_is_no_formula(client: Client) -> None:
    run = make_voting_run(examples=2, intents=("=1+1",))
    client.force_login(make_member(run.project, Role.LEAD))
    address = reverse("evaluation:run_figures_csv", args=[run.project.slug, run.pk])
    assert "'=1+1" in client.get(address).getvalue().decode()


@pytest.mark.parametrize("show", ["when", "why", "how", "raters", "nonsense"])
def test_each_part_of_the_evidence_can_be_opened(desk: Desk, show: str) -> None:
    assert "Win rates" in desk.page(f"?show={show}")


def test_a_run_without_votes_shows_a_dash(client: Client) -> None:
    run = make_voting_run(examples=4)
    client.force_login(make_member(run.project, Role.LEAD))
    page = client.get(reverse("evaluation:run", args=[run.project.slug, run.pk])).content.decode()
    assert "No example is counted yet, so any win rate from 0 to 100 % is open." in page
    assert ">–</a>" in page


def test_a_run_that_is_being_set_up_leads_to_its_set_up(client: Client) -> None:
    run = make_run()
    client.force_login(make_member(run.project, Role.LEAD))
    answer = client.get(reverse("evaluation:run", args=[run.project.slug, run.pk]))
    assert answer["Location"] == reverse("evaluation:run_setup", args=[run.project.slug, run.pk])


ADDRESSES = ("run", "run_examples", "run_figures_json", "run_figures_csv")


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_lead_who_votes_in_the_run_sees_no_figures_until_it_is_closed(
    desk: Desk, name: str
) -> None:
    Rater.objects.create(run=desk.run, user=desk.lead, name="the lead")
    answer = desk.client.get(desk.address(name))
    assert answer.status_code == 403
    assert "You vote in this run" in answer.content.decode()
    assert "%" not in answer.content.decode()
    closing.close_run(run_id=desk.run.pk, actor=None)
    assert desk.client.get(desk.address(name)).status_code == 200


@pytest.mark.parametrize("name", ADDRESSES)
def test_reviewers_and_annotators_see_nothing_and_strangers_not_even_that(
    desk: Desk, name: str
) -> None:
    for person, status in (
        (desk.ann, 403),
        (make_member(desk.run.project, Role.ANNOTATOR), 403),
        (make_user(), 404),
    ):
        desk.client.force_login(person)
        assert desk.client.get(desk.address(name)).status_code == status


def test_a_run_of_another_project_is_not_found(desk: Desk) -> None:
    other = make_voting_run(examples=2)
    address = reverse("evaluation:run", args=[desk.run.project.slug, other.pk])
    assert desk.client.get(address).status_code == 404


def shown(page: str) -> list[int]:
    """The places in the served order of the examples on a page."""
    return [int(part.split('"')[0]) for part in page.split('id="example-')[1:] if part[0].isdigit()]


def test_the_examples_of_a_count_are_as_many_as_it_says(desk: Desk) -> None:
    desk.page()
    for verdict, number in (("candidate", 3), ("baseline", 1), ("tie_good", 1), ("tie_bad", 1)):
        page = desk.page(f"?verdict={verdict}", "run_examples")
        assert len(shown(page)) == number, verdict
    assert shown(desk.page("", "run_examples")) == [1, 2, 3, 4, 5, 6]


def test_examples_can_be_narrowed_by_intent_language_rater_and_reason(desk: Desk) -> None:
    desk.page()
    returns = desk.run.comparisons.filter(intent__name="returns", state="closed")
    places = sorted(returns.values_list("position", flat=True))
    assert shown(desk.page("?intent=returns", "run_examples")) == places
    assert shown(desk.page("?language=xx", "run_examples")) == []
    assert "<option>en</option>" in desk.page("", "run_examples")
    assert len(shown(desk.page("?language=en", "run_examples"))) == 6
    seat = desk.run.raters.get(user=desk.ann)
    assert shown(desk.page(f"?rater={seat.pk}", "run_examples")) == [1, 2, 3]
    assert shown(desk.page("?rater=99999999999999999999", "run_examples")) == []


def test_a_reason_is_told_of_the_model_it_was_given_for(desk: Desk) -> None:
    vote = desk.run.votes.filter(verdict="candidate").order_by("pk")[0]
    assert vote.lease
    assert vote.left
    side = "left" if vote.left == "candidate" else "right"
    votes.set_feedback(
        actor=desk.ann,
        lease_id=vote.lease.public_id,
        feedback=VoteFeedback({side: ["correct"]}, rationale="It names the window."),
    )
    desk.page()
    place = vote.comparison.position
    of_candidate = desk.page("?reason=correct&model=candidate", "run_examples")
    assert shown(of_candidate) == [place]
    assert "Candidate: Correct" in of_candidate
    assert "It names the window." in of_candidate
    assert shown(desk.page("?reason=correct&model=baseline", "run_examples")) == []
    why = desk.page("?show=why")
    assert "reason=correct&amp;model=candidate" in why
    assert "reason=correct&amp;model=baseline" not in why


def test_an_example_that_is_not_counted_is_not_among_those_behind_the_figures(desk: Desk) -> None:
    held_leases(desk.run, desk.ann)
    vote_in_order(desk.run, desk.bob, ["candidate"])
    desk.page()
    assert shown(desk.page("", "run_examples")) == [1, 2, 3, 4, 5, 6]


def test_what_was_set_aside_is_shown_with_its_note(desk: Desk) -> None:
    broken = held_leases(desk.run, desk.ann)[0]
    report_broken(actor=desk.ann, lease_id=broken.public_id, note="Cut off in the middle")
    page = desk.page("?verdict=set_aside", "run_examples")
    assert shown(page) == [7]
    assert "Cut off in the middle" in page


def test_pages_of_examples_neither_repeat_nor_leave_out(client: Client) -> None:
    run, (ann, _bob) = make_small_run(examples=50)
    vote_in_order(run, ann, ["candidate"] * 45)
    client.force_login(make_member(run.project, Role.LEAD))
    client.get(reverse("evaluation:run", args=[run.project.slug, run.pk]))
    address = reverse("evaluation:run_examples", args=[run.project.slug, run.pk])
    pages = [
        shown(client.get(f"{address}?after={after}").content.decode()) for after in (0, 20, 40)
    ]
    assert [place for page in pages for place in page] == list(range(1, 46))
    back = client.get(f"{address}?before=21").content.decode()
    assert shown(back) == pages[0]


def test_the_queries_of_the_examples_do_not_grow_with_them(client: Client) -> None:
    numbers = set()
    for voted in (2, 12):
        run, (ann, _bob) = make_small_run(examples=14)
        vote_in_order(run, ann, ["candidate"] * voted)
        client.force_login(make_member(run.project, Role.LEAD))
        client.get(reverse("evaluation:run", args=[run.project.slug, run.pk]))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("evaluation:run_examples", args=[run.project.slug, run.pk]))
        numbers.add(len(queries))
    assert len(numbers) == 1


def test_watched_intents_are_said_not_to_be_shown_safe(client: Client) -> None:
    run = make_voting_run(examples=20, gates=GateSettings.of_preset("watch_only"))
    client.force_login(make_member(run.project, Role.LEAD))
    page = client.get(reverse("evaluation:run", args=[run.project.slug, run.pk])).content.decode()
    assert "were not shown to be safe" in page


def test_demo_votes_are_marked(desk: Desk) -> None:
    assert "Demo votes" not in desk.page()
    EvaluationRun.objects.filter(pk=desk.run.pk).update(is_demo=True)
    assert "Demo votes" in desk.page()


def test_a_lead_removes_a_rater_and_the_page_says_so(desk: Desk) -> None:
    seat = desk.run.raters.get(user=desk.bob)
    words = {"rater_id": seat.pk, "rule": "favours_a_side", "reason": "Left every time."}
    missing = desk.client.post(desk.address("remove_rater"), words | {"reason": ""})
    assert missing.status_code == 422
    assert "This field is required" in missing.content.decode()
    answer = desk.client.post(desk.address("remove_rater"), words, follow=True)
    page = answer.content.decode()
    assert f"The votes of {seat.name} were removed" in page
    assert "Prefers one side of the screen whatever is shown there: Left every time." in page
    assert desk.figures()["votes"] == 3


def test_skips_are_shown(desk: Desk) -> None:
    leases.skip(actor=desk.ann, lease_id=held_leases(desk.run, desk.ann)[0].public_id)
    assert "1 comparison skipped or set aside" in desk.page("?show=raters")


def test_the_line_for_this_very_set_is_said_not_to_be_read_by_a_gate(desk: Desk) -> None:
    found = desk.figures()["overall"]
    assert found["this_set"]["lower"] >= found["score_sum"] / found["this_set"]["size"] - 1e-6
    assert f"Of these {found['this_set']['size']} examples alone" in desk.page()
    assert "No gate reads this." in desk.page()


def test_a_repeated_run_says_which_one_it_is_and_its_alpha(desk: Desk) -> None:
    assert "of these two models on these prompts" not in desk.page()
    settings = GateSettings.from_json(desk.run.gate_settings).for_run(2)
    EvaluationRun.objects.filter(pk=desk.run.pk).update(gate_settings=settings.as_json())
    page = desk.page()
    assert "Run 2 of these two models on these prompts" in page
    assert "alpha 0.0125 instead of 0.05" in page
    assert "98.75\u00a0% interval" in page


def test_an_open_run_says_who_is_needed(desk: Desk) -> None:
    held_leases(desk.run, desk.ann)
    page = desk.page()
    assert "At most: 4 examples that are still open, with 4 votes." in page
    demand = page.split("demand-title")[-1].split("</table>")[0]
    assert desk.run.raters.get(user=desk.ann).name in demand
    shown = desk.client.get(desk.address()).context["demand"]
    assert sum(work.wanted for work in shown.reviewers) + shown.lacking == shown.votes == 4
    closing.close_run(run_id=desk.run.pk, actor=None)
    assert "demand-title" not in desk.page()


def test_gates_are_grouped_and_explain_themselves(desk: Desk) -> None:
    page = desk.page()
    places = [page.index(f'id="explain-gates-{kind}"') for kind in ("overall", "hygiene")]
    assert places == sorted(places)
    assert page.count('popovertarget="explain-') == page.count("popover>")
    assert "onclick" not in page
