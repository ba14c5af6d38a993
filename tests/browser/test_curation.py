"""Curation in a browser: typing, drafts, two users, one-click replacements, keyboard only."""

import pytest
from playwright.sync_api import expect

from datasets.conversations import chat
from datasets.curation import actions as examples
from datasets.curation.models import EditDraft, GoldenExample, SystemMessage
from datasets.text_blocks.actions import save_text_block
from datasets.text_blocks.documents import BlockValues
from reviewapp.people.models import Role
from tests.browser.editor import Open, author_of, edit, example, kept, latest_texts, visit
from tests.browser.pages import violations, watched
from tests.browser.walks import OPENED, faults
from tests.datasets.curation.pages import url_of
from tests.factories.examples import make_content, make_example, make_example_in_review
from tests.factories.people import make_member

__all__ = ["example", "visit"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_typing_turns_saving_on_and_counts(visit: Open, example: GoldenExample) -> None:
    page = visit(example, author_of(example))
    problems = watched(page)
    save = page.get_by_role("button", name="Save revision 2")
    expect(save).to_be_disabled()
    text = "Yes, we do, within thirty days of the day, and then it is 12345678901234567890."
    counted = chat.count_tokens([{"role": "assistant", "content": text}]).per_message[0]
    edit(page, 3).fill(text)
    expect(page.locator("#message-3 [data-tokens]")).to_have_text("≈ 24")
    expect(save).to_be_enabled()
    expect(page.get_by_role("button", name="Submit for review")).to_be_disabled()
    expect(page.get_by_text("Save or discard your changes to enable decisions")).to_be_visible()
    expect(page.locator("#message-3 [data-tokens]")).to_have_text(str(counted))
    page.get_by_role("button", name="Show changes").click()
    expect(page.locator("#message-3 ins")).to_contain_text("within thirty days")
    save.click()
    expect(page.get_by_text("Saved as revision 2.")).to_be_visible()
    assert latest_texts(example)[2] == text
    assert not EditDraft.objects.exists()
    assert problems == []


def test_what_is_undone_by_hand_is_no_change(visit: Open, example: GoldenExample) -> None:
    page = visit(example, author_of(example))
    area = edit(page, 3)
    area.fill("Something else.")
    expect(page.locator("#message-3.message-changed")).to_be_visible()
    area.fill("Yes, we do.")
    expect(page.get_by_role("button", name="Save revision 2")).to_be_disabled()
    expect(page.get_by_role("button", name="Submit for review")).to_be_enabled()


def test_messages_are_added_moved_and_removed(visit: Open, example: GoldenExample) -> None:
    page = visit(example, author_of(example))
    page.get_by_role("button", name="Add a message").click()
    page.keyboard.type("Thank you!")
    page.get_by_label("Insert a message after message 4").click()
    page.keyboard.type("You are welcome.")
    page.get_by_label("Remove message 1").click()
    page.get_by_label("Move message 1 down").click()
    page.get_by_label("Move message 2 up").click()
    roles = page.locator("#messages [name=role]").evaluate_all("all => all.map(one => one.value)")
    assert roles == ["user", "assistant", "user", "assistant"]
    page.get_by_text("Message removed.").locator("..").get_by_role("button", name="Undo").click()
    expect(page.locator("#messages [data-message]")).to_have_count(5)
    page.get_by_role("button", name="Save revision 2").click()
    expect(page.get_by_text("Saved as revision 2.")).to_be_visible()
    assert latest_texts(example)[1:] == [
        "Can I return it?",
        "Yes, we do.",
        "Thank you!",
        "You are welcome.",
    ]


def test_an_edit_survives_a_closed_tab(visit: Open, example: GoldenExample) -> None:
    page = visit(example, author_of(example))
    edit(page, 3).fill("Half a sentence that")
    kept(page)
    page.close()
    page = visit(example, author_of(example))
    expect(page.get_by_text("You have unsaved changes from")).to_be_visible()
    page.get_by_role("link", name="Keep").click()
    expect(page.locator("#message-3 [data-shown]")).to_have_text("Half a sentence that")
    expect(page.locator("#message-3")).to_contain_text("edited")
    page.get_by_role("button", name="Save revision 2").click()
    expect(page.get_by_text("Saved as revision 2.")).to_be_visible()
    assert latest_texts(example)[2] == "Half a sentence that"


def test_a_missing_reason_is_asked_for_where_it_is_typed(visit: Open) -> None:
    long = "\n\n".join(["A long answer."] * 200)
    example = make_example_in_review(content=make_content(answer=long))
    page = visit(example, make_member(example.project, Role.REVIEWER))
    page.keyboard.press("r")
    reason = page.get_by_label("Reason or comment on the decision")
    expect(reason).to_be_focused()
    expect(page.get_by_text("Write what must change, then press Ctrl+Enter.")).to_be_visible()
    assert page.evaluate("scrollY") == 0
    page.keyboard.type("Shorter, please.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Changes requested.")).to_be_visible()
    example.refresh_from_db()
    assert example.state == "changes_requested"


def test_enter_in_the_reason_decides_nothing(visit: Open) -> None:
    example = make_example_in_review()
    page = visit(example, make_member(example.project, Role.REVIEWER))
    reason = page.get_by_label("Reason or comment")
    reason.fill("This answer is wrong, change it")
    reason.press("Enter")
    expect(reason).to_have_value("This answer is wrong, change it")
    page.get_by_role("button", name="Request changes").click()
    expect(page.get_by_role("heading", name="No examples to review")).to_be_visible()
    example.refresh_from_db()
    assert example.state == "changes_requested"


def test_each_removed_message_can_be_restored(visit: Open, example: GoldenExample) -> None:
    page = visit(example, author_of(example))
    for _ in range(2):
        page.locator("#message-2").hover()
        page.locator("#message-2 [data-step=delete]").click()
    expect(page.locator("#messages > [data-message]")).to_have_count(1)
    for _ in range(2):
        page.locator("#toasts").get_by_role("button", name="Undo").first.click()
    expect(page.locator("#messages > [data-message]")).to_have_count(3)


def test_an_older_tab_does_not_overwrite_a_newer_one(visit: Open, example: GoldenExample) -> None:
    author = author_of(example)
    older = visit(example, author)
    newer = visit(example, author)
    edit(newer, 3).fill("From the newer tab")
    kept(newer)
    edit(older, 3).fill("From the older tab")
    expect(older.get_by_text("You have newer unsaved changes")).to_be_visible()
    assert EditDraft.objects.get().content["messages"][2]["content"] == "From the newer tab"


def test_the_second_of_two_editors_gets_both_texts(visit: Open, example: GoldenExample) -> None:
    page = visit(example, author_of(example))
    edit(page, 2).fill("May I return it?")
    edit(page, 3).fill("Yes, in 20 days.")
    other = make_member(example.project, Role.ANNOTATOR, name="Bea")
    content = make_content(question="Can I return it?", answer="Yes, in 14 days.")
    examples.revise(example_id=example.pk, base_number=1, content=content, actor=other)
    page.get_by_role("button", name="Save revision 2").click()
    expect(
        page.get_by_role("heading", name="Bea saved revision 2 while you were editing")
    ).to_be_visible()
    assert violations(page) == []
    expect(page.get_by_label("My text of message 2")).to_have_value("May I return it?")
    page.get_by_role("button", name="Take all of theirs").click()
    page.get_by_label("My text of message 3").fill("Yes, in 14 to 20 days.")
    page.get_by_role("button", name="Save merged text").click()
    expect(page.get_by_text("Saved as revision 3.")).to_be_visible()
    assert latest_texts(example)[1:] == ["Can I return it?", "Yes, in 14 to 20 days."]


def test_one_click_replaces_personal_data(visit: Open) -> None:
    content = make_content(question="I am ann@example.org", answer="Hello, ann@example.org!")
    example = make_example(content=content)
    page = visit(example, author_of(example))
    expect(page.locator("#message-2 mark")).to_have_text("ann@example.org")
    page.get_by_role("button", name="Replace with [EMAIL]").first.click()
    expect(page.get_by_text("Saved as revision 2.")).to_be_visible()
    expect(page.locator("#message-2 [data-shown]")).to_have_text("I am [EMAIL]")
    assert latest_texts(example)[2] == "Hello, ann@example.org!"
    edit(page, 3).fill("Ask ann@example.org, bob@example.org or cleo@example.org!")
    buttons = page.locator("[data-replace]")
    expect(buttons).to_have_count(3)
    buttons.first.press("Enter")
    expect(buttons).to_have_count(2)
    expect(buttons.first).to_be_focused()
    expect(page.get_by_role("button", name="Replace all 2")).to_be_visible()
    page.keyboard.press("r")
    expect(page.locator("#message-3 [data-shown]")).to_have_text("Ask [EMAIL], [EMAIL] or [EMAIL]!")
    expect(buttons).to_have_count(0)
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Saved as revision 3.")).to_be_visible()


def test_everything_is_done_with_keys_alone(visit: Open, example: GoldenExample) -> None:
    page = visit(example, author_of(example))
    page.keyboard.press("e")
    page.keyboard.type(" Always. a r s")
    page.keyboard.press("Escape")
    expect(page.get_by_label("Edit message 3")).to_be_focused()
    expect(page.locator("#message-3 [data-shown]")).to_have_text("Yes, we do. Always. a r s")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Saved as revision 2.")).to_be_visible()
    edit_button = page.get_by_label("Edit message 3")
    expect(edit_button).to_be_focused()
    expect(edit_button).to_have_accessible_description("Saved as revision 2.")
    page.keyboard.press("s")
    expect(page.get_by_text("Submitted for review.")).to_be_visible()
    reviewer = make_member(example.project, Role.REVIEWER)
    page = visit(example, reviewer)
    page.keyboard.press("r")
    expect(page.get_by_label("Reason or comment")).to_be_focused()
    page.keyboard.type("Say for how long.")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Request changes").press("Enter")
    expect(page.get_by_text("Changes requested.")).to_be_visible()
    example.refresh_from_db()
    assert example.state == "changes_requested"


def test_after_a_decision_the_next_one_opens(visit: Open) -> None:
    first = make_example_in_review()
    second = make_example_in_review(
        first.project, author=author_of(first), content=make_content(question="The second one?")
    )
    page = visit(first, make_member(first.project, Role.REVIEWER))
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="The second one?")).to_be_visible()
    expect(page.get_by_role("group", name="Conversation")).to_be_focused()
    assert page.url.endswith(url_of("example", second))


def test_the_queue_narrows_as_one_types_and_the_address_follows(
    visit: Open, example: GoldenExample
) -> None:
    make_example(example.project, author=author_of(example))
    page = visit(example, author_of(example))
    page.get_by_role("link", name="Examples").first.click()
    expect(page.locator("#queue tbody tr")).to_have_count(2)
    page.wait_for_load_state()  # Keys work from then on.
    page.keyboard.press("/")
    page.keyboard.type("can i ret")
    expect(page.locator("#queue tbody tr")).to_have_count(1)
    assert page.url.endswith("?q=can+i+ret")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.get_by_role("link", name="Approved").click()
    # Not by its text, which is also read out a moment later.
    expect(page.get_by_role("heading", name="No example matches")).to_be_visible()
    assert page.url.endswith("?state=approved&q=can+i+ret")
    page.go_back()
    expect(page.locator("#queue tbody tr")).to_have_count(1)
    page.set_viewport_size({"width": 390, "height": 844})
    intent, fold = page.locator("#filter-intent"), page.get_by_role("button", name="Filters")
    expect(intent).to_be_hidden()
    fold.press("Enter")
    intent.select_option("delivery")
    expect(fold).to_have_text("Filters 1")
    intent.select_option("")
    page.set_viewport_size({"width": 1440, "height": 844})
    page.get_by_role("link", name="Can I return it?").click()
    expect(page.get_by_role("heading", name="Can I return it?")).to_be_visible()
    assert page.url.endswith("?q=can+i+ret")


def test_axe_finds_nothing(visit: Open, example: GoldenExample) -> None:
    opened = {**OPENED, "locale": "en", "has_touch": True, "is_mobile": True}
    page = visit(example, author_of(example), **opened)
    errors = watched(page)
    assert faults(page, errors) == []
    edit(page, 3).fill("Ask ann@example.org.")
    expect(page.locator("[data-replace]")).to_be_visible()
    page.get_by_role("button", name="Show changes").click()
    expect(page.locator("#message-3 ins")).to_be_visible()
    assert faults(page, errors) == []


def test_it_works_without_scripts(visit: Open, example: GoldenExample) -> None:
    page = visit(example, author_of(example), java_script_enabled=False)
    page.get_by_label("Text of message 3").fill("Yes, without a script.")
    page.get_by_label("Insert a message after message 3").click()
    page.get_by_label("Text of message 4").fill("Thanks!")
    page.get_by_role("button", name="Save revision 2").click()
    expect(page.get_by_text("Saved as revision 2.")).to_be_visible()
    assert latest_texts(example)[2:] == ["Yes, without a script.", "Thanks!"]


def test_the_system_message_of_the_project_is_added_to_unsaved_text(
    visit: Open, example: GoldenExample
) -> None:
    SystemMessage.objects.create(project=example.project, text="You are Ada.")
    page = visit(example, author_of(example))
    page.get_by_role("button", name="Remove message 1").click()
    page.get_by_role("button", name="Add the system message").click()
    expect(page.locator("#message-1 [data-shown]")).to_have_text("You are Ada.")
    expect(page.get_by_text("The system message is missing.")).to_have_count(0)
    page.get_by_role("button", name="Save revision 2").click()
    expect(page.get_by_text("Saved as revision 2.")).to_be_visible()
    assert latest_texts(example)[0] == "You are Ada."


def test_a_text_block_is_inserted_at_the_cursor_with_keys(
    visit: Open, example: GoldenExample
) -> None:
    for name, text, language in (
        ("Bye", "Bye!", ""),
        ("A greeting", "Dear {name},", "de"),
        ("Greeting", "Dear {name},\nthanks.", "en"),
    ):
        values = BlockValues(name, text, language)
        save_text_block(project=example.project, values=values, actor=None)
    page = visit(example, author_of(example))
    area = edit(page, 3)
    area.evaluate("area => area.setSelectionRange(4, 4)")
    area.press("Control+i")
    options = page.get_by_role("dialog").get_by_role("option")
    expect(options.locator("strong")).to_have_text(["Greeting", "Bye"])
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Show 1 for another language")).to_be_focused()
    page.keyboard.press("Enter")
    expect(options.locator("strong")).to_have_text(["Greeting", "Bye", "A greeting"])
    page.keyboard.type("gREET dear")
    expect(options).to_have_count(2)
    page.keyboard.press("Enter")
    expect(area).to_be_focused()
    expect(area).to_have_value("Yes, Dear {name},\nthanks. we do.")
    page.keyboard.type("Ada")
    expect(area).to_have_value("Yes, Dear Ada,\nthanks. we do.")
    page.keyboard.press("Control+End")
    page.keyboard.press("Control+i")
    page.keyboard.type("Bye")
    page.keyboard.press("Enter")
    expect(area).to_have_value("Yes, Dear Ada,\nthanks. we do.\n\nBye!")
