"""The demo's files hold together: counts, names, digests, and no prompt that was learnt from."""

import json
from collections import Counter

from django.test import SimpleTestCase
from rapidfuzz import fuzz

from evaluation.demo.gold import READS
from evaluation.demo.manifest import NAME, SECOND_RUN_ORDER_SEED, build_manifest
from evaluation.demo.rows import HERE, Row, demo_splits, read_rows
from evaluation.runs.serving_order import served_order

INTENTS = 12
LANGUAGES = {"de", "en", "es", "it", "nl"}
TOO_ALIKE = 90  # Percent of letters, words in any order.


def spoken(row: Row) -> str:
    """What the customer says, all turns in one line."""
    return " ".join(message["content"] for message in row["messages"] if message["role"] == "user")


class GoldenExampleFileTests(SimpleTestCase):
    rows = read_rows(HERE / "examples.jsonl")
    unclean = read_rows(HERE / "examples_unclean.jsonl")

    def test_every_language_and_intent_is_there(self) -> None:
        languages = Counter(row["language"] for row in self.rows)
        self.assertEqual(languages.keys(), LANGUAGES)
        self.assertGreaterEqual(min(languages.values()), 25)
        self.assertEqual(len({row["intent"] for row in self.rows}), INTENTS)

    def test_every_state_and_policy_that_is_named_exists(self) -> None:
        slugs = {policy["slug"] for policy in read_rows(HERE / "policies.jsonl")}
        states = json.loads((HERE / "states.json").read_text(encoding="utf-8"))["examples"]
        rows = self.rows + self.unclean
        self.assertEqual(
            sorted(row["external_id"] for row in rows),
            sorted(state["external_id"] for state in states),
        )
        for row in rows:
            self.assertLessEqual(set(row["policies"]), slugs, row["external_id"])

    def test_an_example_that_is_sent_back_says_why(self) -> None:
        states = json.loads((HERE / "states.json").read_text(encoding="utf-8"))["examples"]
        sent_back = [
            state for state in states if state["state"] in {"changes_requested", "retired"}
        ]
        self.assertTrue(sent_back)
        self.assertTrue(all(state["comment"] for state in sent_back))

    def test_an_unclean_example_says_what_is_wrong_with_it(self) -> None:
        self.assertTrue(all(row["metadata"]["note"] for row in self.unclean))

    def test_the_model_learns_from_approved_examples_only(self) -> None:
        splits = demo_splits()
        states = json.loads((HERE / "states.json").read_text(encoding="utf-8"))["examples"]
        approved = {state["external_id"] for state in states if state["state"] == "approved"}
        learnt = {row["external_id"] for row in splits.train}
        watched = {row["external_id"] for row in splits.validation}
        self.assertLessEqual(learnt | watched, approved)
        self.assertFalse(learnt & watched)


class PromptFileTests(SimpleTestCase):
    prompts = read_rows(HERE / "prompts.jsonl")

    def test_every_intent_has_enough_prompts_for_its_gate(self) -> None:
        intents = Counter(prompt["intent"] for prompt in self.prompts)
        self.assertEqual(len(intents), INTENTS)
        self.assertGreaterEqual(min(intents.values()), 18)

    def test_no_prompt_says_what_a_golden_example_says(self) -> None:
        golden = [spoken(row) for row in read_rows(HERE / "examples.jsonl")]
        for prompt in self.prompts:
            asked = spoken(prompt)
            closest = max(fuzz.token_sort_ratio(asked, other) for other in golden)
            self.assertLess(closest, TOO_ALIKE, prompt["id"])


class AnswerAndVoteFileTests(SimpleTestCase):
    def test_the_files_are_those_of_the_manifest(self) -> None:
        stored = json.loads((HERE / NAME).read_text(encoding="utf-8"))
        self.assertEqual(build_manifest(), stored)

    def test_both_models_answered_every_prompt(self) -> None:
        ids = [prompt["id"] for prompt in read_rows(HERE / "prompts.jsonl")]
        for name in ("answers-v1.jsonl", "answers-v2.jsonl"):
            answers = read_rows(HERE / name)
            self.assertEqual([row["id"] for row in answers], ids)
            for row in answers:
                self.assertGreater(row["baseline"]["latency_ms"], 0)
                self.assertGreater(row["candidate"]["completion_tokens"], 0)

    def test_nobody_votes_twice_on_an_example_or_casts_most_votes(self) -> None:
        for name in ("votes-v1.jsonl", "votes-v2.jsonl", "votes-v3.jsonl"):
            votes = read_rows(HERE / name)
            cast = Counter((vote["id"], vote["rater"]) for vote in votes)
            self.assertEqual(max(cast.values()), 1)
            shares = Counter(vote["rater"] for vote in votes)
            self.assertLessEqual(max(shares.values()) / len(votes), 0.4)

    def test_a_finished_run_has_a_vote_on_every_example(self) -> None:
        for files in ("v1", "v3"):
            voted = {vote["id"] for vote in read_rows(HERE / f"votes-{files}.jsonl")}
            answered = {row["id"] for row in read_rows(HERE / f"answers-{files}.jsonl")}
            self.assertEqual(voted, answered)

    def test_a_reviewer_of_the_written_replies_reads_their_language(self) -> None:
        languages = {row["id"]: row["language"] for row in read_rows(HERE / "prompts.jsonl")}
        for vote in read_rows(HERE / "votes-v3.jsonl"):
            self.assertIn(languages[vote["id"]], READS[vote["rater"]], vote["id"])

    def test_the_votes_of_the_open_run_are_on_the_first_examples_of_its_order(self) -> None:
        ids = [row["id"] for row in read_rows(HERE / "answers-v2.jsonl")]
        voted = {vote["id"] for vote in read_rows(HERE / "votes-v2.jsonl")}
        first = served_order(ids, seed=SECOND_RUN_ORDER_SEED)[: len(voted)]
        self.assertEqual(voted, set(first))
