"""The pages of dataset versions, as a lead, a reviewer and a stranger see them."""

import hashlib
from base64 import b64encode
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from datasets.conversations.split import SPLITS
from datasets.curation import actions as examples
from datasets.versions import actions as versions
from datasets.versions.models import DatasetFile, DatasetVersion, VersionEvent
from datasets.versions.splits import TEST, TRAIN
from reviewapp.core.errors import InvalidInput, PermissionDeniedError
from reviewapp.people.models import Project, ProjectEvent, User
from tests.factories.examples import make_content, make_example
from tests.factories.people import make_user
from tests.factories.versions import ProjectWithMembers

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> ProjectWithMembers:
    made = ProjectWithMembers()
    made.many(12)
    return made


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def address(name: str, project: Project, *args: object) -> str:
    return reverse(f"datasets:{name}", args=[project.slug, *args])


def page(person: User, name: str, project: Project, *args: object, query: str = "") -> str:
    response = signed_in(person).get(address(name, project, *args) + query)
    assert response.status_code == 200
    return response.content.decode()


def post_freeze(house: ProjectWithMembers, client: Client, **more: object) -> DatasetVersion | None:
    """Freeze from the page as a browser does: with the fields that the page was given."""
    shown = client.get(address("new_version", house.project))
    initial = shown.context["form"].initial
    client.post(address("new_version", house.project), {**initial, "changelog": "New.", **more})
    return DatasetVersion.objects.filter(project=house.project).first()


def test_a_lead_sees_what_would_be_frozen_and_freezes_it(house: ProjectWithMembers) -> None:
    client = signed_in(house.lead)
    shown = client.get(address("new_version", house.project)).content.decode()
    assert "Freeze version 1" in shown
    assert "Freeze 12 examples" in shown
    made = post_freeze(house, client, changelog="The first twelve.")
    assert made is not None
    assert made.changelog == "The first twelve."
    assert made.items.count() == 12


def test_other_shares_are_shown_and_frozen(house: ProjectWithMembers) -> None:
    client = signed_in(house.lead)
    query = "?train=50&validation=0&test=50"
    shown = client.get(address("new_version", house.project) + query)
    assert [examples for _, examples, _ in shown.context["splits"]] == [6, 0, 6]
    made = post_freeze(house, client, train=50, validation=0, test=50, seen="")
    assert made is None, "the page says what it showed, or nothing is frozen"
    seen = shown.context["form"].initial["seen"]
    made = post_freeze(house, client, train=50, validation=0, test=50, seen=seen)
    assert made is not None
    assert made.shares == {"train": 50, "validation": 0, "test": 50}


def test_shares_that_do_not_add_up_are_told(house: ProjectWithMembers) -> None:
    response = signed_in(house.lead).get(
        address("new_version", house.project) + "?train=50&validation=0&test=10"
    )
    assert response.status_code == 422
    assert "The shares add up to 60 percent" in response.content.decode()


def test_without_a_changelog_nothing_is_frozen_and_the_page_comes_again(
    house: ProjectWithMembers,
) -> None:
    client = signed_in(house.lead)
    initial = client.get(address("new_version", house.project)).context["form"].initial
    response = client.post(address("new_version", house.project), {**initial, "changelog": " "})
    assert response.status_code == 422
    assert "Describe what changed" in response.content.decode()
    assert not DatasetVersion.objects.exists()


def test_what_came_in_between_is_not_frozen_unseen(house: ProjectWithMembers) -> None:
    client = signed_in(house.lead)
    initial = client.get(address("new_version", house.project)).context["form"].initial
    house.approved()
    response = client.post(
        address("new_version", house.project), {**initial, "changelog": "What I saw, no more."}
    )
    assert response.status_code == 409
    form = response.context["form"]
    assert form["changelog"].value() == "What I saw, no more.", "what was typed is not lost"
    assert form["seen"].value() != initial["seen"], "what would be frozen now is shown"
    assert not DatasetVersion.objects.exists()


def test_leaks_are_named_with_links_and_take_the_button_away(house: ProjectWithMembers) -> None:
    trained = house.approved(question="Where?", split=TRAIN)
    tested = house.approved(question="where?", answer="There.", split=TEST)
    shown = page(house.lead, "new_version", house.project)
    for example in (trained, tested):
        assert address("example", house.project, example.pk) in shown
    assert "Freeze 14 examples" not in shown


def test_what_stays_outside_is_counted_and_linked(house: ProjectWithMembers) -> None:
    make_example(house.project)
    shown = page(house.lead, "new_version", house.project)
    assert f"{address('queue', house.project)}?state=draft" in shown


def test_what_a_provider_would_say_is_shown_before_freezing() -> None:
    house = ProjectWithMembers()
    house.many(3)
    assert "providers want at least 10" in page(house.lead, "new_version", house.project)


def test_nothing_new_offers_the_version_that_has_it(house: ProjectWithMembers) -> None:
    house.freeze()
    shown = page(house.lead, "new_version", house.project)
    assert "Nothing has changed since version 1" in shown
    assert "Freeze 12 examples" not in shown


def test_nothing_approved_is_said() -> None:
    house = ProjectWithMembers()
    assert "There are no approved examples" in page(house.lead, "new_version", house.project)
    assert "None is approved so far" in page(house.lead, "versions", house.project)


def test_everybody_in_the_project_sees_a_version(house: ProjectWithMembers) -> None:
    version = house.freeze("What is new: <b>all</b>.")
    for person in (house.author, house.reviewer, house.lead):
        shown = page(person, "version", house.project, 1)
        assert version.digest in shown
        assert "What is new: &lt;b&gt;all&lt;/b&gt;." in shown
        for file in version.files.all():
            assert file.sha256 in shown
        assert "Version 1" in page(person, "versions", house.project)


def test_only_leads_are_offered_what_only_leads_can_do(house: ProjectWithMembers) -> None:
    house.freeze()
    new, prices = address("new_version", house.project), address("prices", house.project)
    assert new in page(house.lead, "versions", house.project)
    assert prices in page(house.lead, "version", house.project, 1)
    assert new not in page(house.reviewer, "versions", house.project)
    assert prices not in page(house.reviewer, "version", house.project, 1)
    assert signed_in(house.reviewer).get(new).status_code == 403


def test_a_version_of_another_house_is_not_here(house: ProjectWithMembers) -> None:
    other = ProjectWithMembers()
    house.freeze()
    client = signed_in(other.lead)
    assert client.get(address("version", other.project, 1)).status_code == 404
    assert client.get(address("version", house.project, 1)).status_code == 404


def test_files_with_errors_are_marked(house: ProjectWithMembers) -> None:
    small = ProjectWithMembers()
    small.many(3)
    small.freeze()
    assert "Has errors" in page(small.lead, "version", small.project, 1)
    house.freeze()
    assert "Has errors" not in page(house.lead, "version", house.project, 1)


@pytest.mark.parametrize("split", SPLITS)
def test_a_download_is_the_exact_file_with_its_digest(
    house: ProjectWithMembers, split: str
) -> None:
    version = house.freeze()
    response = signed_in(house.reviewer).get(address("version_file", house.project, 1, split))
    written = response.getvalue()
    digest = hashlib.sha256(written)
    assert digest.hexdigest() == version.files.get(split=split).sha256
    assert response["Repr-Digest"] == f"sha-256=:{b64encode(digest.digest()).decode()}:"
    assert response["Content-Length"] == str(len(written))
    assert f"{house.project.slug}-v1-{split}.jsonl" in response["Content-Disposition"]
    event = VersionEvent.objects.get(action="export")
    assert (event.actor, event.detail["split"]) == (house.reviewer, split)


def test_a_file_whose_bytes_changed_is_a_sentence(house: ProjectWithMembers) -> None:
    version = house.freeze()
    DatasetFile.objects.filter(version=version).update(sha256="0" * 64)
    response = signed_in(house.lead).get(address("version_file", house.project, 1, TRAIN))
    assert response.status_code == 409
    assert "is lost or damaged" in response.content.decode()


def test_an_unknown_split_is_not_found(house: ProjectWithMembers) -> None:
    house.freeze()
    response = signed_in(house.lead).get(address("version_file", house.project, 1, "all"))
    assert response.status_code == 404


def test_items_name_who_approved_each(house: ProjectWithMembers) -> None:
    house.freeze()
    shown = page(house.author, "version_items", house.project, 1)
    assert shown.count("Rita Reviewer") == 12
    assert shown.count("revision 1") == 12


def test_items_are_paged_and_each_is_shown_once() -> None:
    house = ProjectWithMembers()
    house.many(55)
    house.freeze()
    client = signed_in(house.lead)
    first = client.get(address("version_items", house.project, 1))
    second = client.get(address("version_items", house.project, 1) + first.context["next_url"])
    seen = [item.pk for page in (first, second) for item, _ in page.context["rows"]]
    assert len(seen) == len(set(seen)) == 55
    back = client.get(address("version_items", house.project, 1) + second.context["previous_url"])
    assert back.context["rows"] == first.context["rows"]


def test_changes_since_the_last_version_are_listed(house: ProjectWithMembers) -> None:
    version = house.freeze()
    edited, retired = (item.revision.example for item in version.items.all()[:2])
    examples.revise(example_id=edited.pk, base_number=1, content=make_content(), actor=house.author)
    house.approve(edited)
    examples.retire(example_id=retired.pk, actor=house.lead, reason="Out of date.")
    added = house.approved()
    house.freeze("Second.")

    def listed(show: str) -> set[int]:
        url = address("version_items", house.project, 2) + f"?show={show}"
        rows = signed_in(house.lead).get(url).context["rows"]
        return {item.revision.example_id for item, _ in rows}

    assert listed("added") == {added.pk}
    assert listed("changed") == {edited.pk}
    assert listed("removed") == {retired.pk}
    assert len(listed("nonsense")) == 12
    shown = page(house.lead, "version", house.project, 2)
    assert f"{address('version_items', house.project, 2)}?show=added" in shown


def test_a_page_of_items_costs_the_same_however_many_there_are() -> None:
    costs = []
    for number in (10, 40):
        house = ProjectWithMembers()
        house.many(number)
        house.freeze()
        client = signed_in(house.lead)
        with CaptureQueriesContext(connection) as captured:
            client.get(address("version_items", house.project, 1))
        costs.append(len(captured))
    assert costs[0] == costs[1]


def test_same_bytes_as_an_earlier_version_are_said(house: ProjectWithMembers) -> None:
    version = house.freeze()
    item = version.items.first()
    assert item is not None
    said = examples.content_of(item.revision)
    said.tags.append("polite")
    example = item.revision.example
    examples.revise(example_id=example.pk, base_number=1, content=said, actor=house.author)
    house.approve(example)
    house.freeze("A tag.")
    assert "Same bytes as" in page(house.lead, "version", house.project, 2)


def price(**more: object) -> dict[str, object]:
    return {
        "base_model": "gpt-4o-mini",
        "usd_per_million_tokens": "4",
        "epochs": 2,
        "as_of": "2026-10-01",
        **more,
    }


def test_the_cost_follows_the_price_that_a_lead_set(house: ProjectWithMembers) -> None:
    version = house.freeze()
    assert "List prices" in page(house.author, "version", house.project, 1)
    signed_in(house.lead).post(address("prices", house.project), price())
    tokens = version.files.get(split=TRAIN).tokens
    client = signed_in(house.author)
    (cost,) = client.get(address("version", house.project, 1)).context["costs"]
    assert cost.dollars == (Decimal(tokens) * 2 * 4 / 1_000_000).quantize(Decimal("0.01"))
    assert ProjectEvent.objects.filter(action="set_training_price", actor=house.lead).exists()


def test_the_price_read_last_counts(house: ProjectWithMembers) -> None:
    house.freeze()
    client = signed_in(house.lead)
    for dollars, day in (("7", "2026-10-02"), ("6", "2026-09-01")):
        client.post(
            address("prices", house.project), price(usd_per_million_tokens=dollars, as_of=day)
        )
    (cost,) = client.get(address("version", house.project, 1)).context["costs"]
    assert cost.usd_per_million_tokens == 7


@pytest.mark.parametrize(
    "wrong",
    [
        {"usd_per_million_tokens": "-1"},
        {"epochs": 0},
        {"base_model": " "},
        {"as_of": "2999-01-01"},
        {"as_of": "soon"},
    ],
)
def test_a_price_that_makes_no_sense_is_told(
    house: ProjectWithMembers, wrong: dict[str, object]
) -> None:
    response = signed_in(house.lead).post(address("prices", house.project), price(**wrong))
    assert response.status_code == 422
    assert not house.project.training_prices.exists()


def test_the_action_holds_prices_to_the_same_rules(house: ProjectWithMembers) -> None:
    right = versions.Price("gpt-4o", Decimal(25), timezone.localdate())
    with pytest.raises(PermissionDeniedError):
        versions.set_training_price(project=house.project, price=right, actor=house.reviewer)
    for wrong in (
        versions.Price(" ", Decimal(25), right.as_of),
        versions.Price("gpt-4o", Decimal(-1), right.as_of),
        versions.Price("gpt-4o", Decimal(25), right.as_of, epochs=0),
    ):
        with pytest.raises(InvalidInput):
            versions.set_training_price(project=house.project, price=wrong, actor=house.lead)


def test_a_stranger_finds_nothing(house: ProjectWithMembers) -> None:
    house.freeze()
    client = signed_in(make_user())
    for name, args in (("versions", []), ("version", [1]), ("version_file", [1, TRAIN])):
        assert client.get(address(name, house.project, *args)).status_code == 404
