"""What dataset versions say: the preflight of their files, and why one cannot be frozen."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from datasets.conversations.texts import SPLIT_LABELS
from datasets.versions.overlaps import OverlapKind
from reviewapp.core.messages import Message
from reviewapp.core.texts import register, render, text

OVERLAP_KINDS = {
    OverlapKind.EQUAL: _("Equal questions"),
    OverlapKind.NEAR: _("Near-duplicate"),
    OverlapKind.TWO_ANSWERS: _("One question, two answers"),
}


def _separated(values: list[Any]) -> str:
    return ", ".join(map(str, values))


def _split_label(split: str) -> str:
    return str(SPLIT_LABELS[split])


def _pairs(pairs: list[Message]) -> str:
    return "; ".join(map(render, pairs))


OF_LINES = {
    "preflight.on_line": text(_("Line %(line)s: %(issue)s")),
    "preflight.on_lines": text(_("Lines %(lines)s: %(issue)s")),
    "preflight.on_more_lines": text(
        ngettext_lazy(
            "Lines %(lines)s and %(n)s more: %(issue)s",
            "Lines %(lines)s and %(n)s more: %(issue)s",
            "n",
        ),
        lines=_separated,
    ),
}
OF_FILES = {
    "preflight.too_few_examples": text(
        ngettext_lazy(
            "The training file has %(n)s example; providers want at least %(minimum)s. "
            "Approve more.",
            "The training file has %(n)s examples; providers want at least %(minimum)s. "
            "Approve more.",
            "n",
        )
    ),
    "preflight.few_examples": text(
        ngettext_lazy(
            "The training file has %(n)s example. Providers accept that; "
            "expect an effect from %(minimum)s to 100.",
            "The training file has %(n)s examples. Providers accept that; "
            "expect an effect from %(minimum)s to 100.",
            "n",
        )
    ),
    "preflight.file_too_large": text(
        _("The file has %(megabytes)s MB; providers accept %(limit)s MB. Retire some examples.")
    ),
    "preflight.too_many_with_images": text(
        _("%(n)s examples have pictures; providers accept %(limit)s.")
    ),
    "preflight.byte_order_mark": text(
        _("The file begins with a byte order mark, which Azure expects and OpenAI rejects.")
    ),
    "preflight.too_many_examples": text(
        _("The training file has %(n)s examples; this provider takes %(limit)s. Retire some.")
    ),
    "preflight.no_byte_order_mark": text(
        _("The file does not begin with a byte order mark, which this provider expects.")
    ),
    "preflight.repeated_row": text(_("The same row is on an earlier line of the file.")),
    "preflight.row_in_training_file": text(_("The same row is in the training file.")),
}
OF_ROWS = {
    "preflight.not_utf8": text(_("This is not UTF-8.")),
    "preflight.not_json": text(_("This is not JSON.")),
    "preflight.empty_line": text(_("This line is empty.")),
    "preflight.not_an_object": text(_("This is not a JSON object.")),
    "preflight.unknown_key": text(_("Providers reject the key `%(key)s`.")),
    "preflight.no_messages": text(_("There are no messages.")),
    "preflight.line_separator": text(
        _(
            "The row holds %(character)s, which some programs read as the end of a line. "
            "Replace it by a line break."
        )
    ),
    "preflight.too_many_images": text(_("There are %(n)s pictures; providers accept %(limit)s.")),
    "preflight.images_not_taken": text(_("There are pictures, which this provider does not take.")),
    "preflight.role_not_taken": text(
        _("A message has the role %(role)s; this provider takes %(roles)s.")
    ),
    "preflight.system_not_first": text(
        _("A system message is not the first; this provider takes it only there.")
    ),
    "preflight.turns_not_alternating": text(
        _("Questions and answers do not take turns, a question first; this provider expects it.")
    ),
    "preflight.images": text(
        _("Providers drop pictures of people, faces or CAPTCHAs from training.")
    ),
    "preflight.too_many_tokens": text(
        _("The row has %(n)s tokens; providers silently cut off what follows %(limit)s.")
    ),
    "preflight.no_answer": text(
        _("There is no answer of the assistant, so there is nothing to learn.")
    ),
    "preflight.no_weight": text(_("Every answer has weight 0, so there is nothing to learn.")),
    "preflight.last_message": text(
        _("The last message is not the assistant's, so it teaches nothing.")
    ),
}


def _unknown_role(params: Mapping[str, Any]) -> str:
    sentence = (
        _("Message %(number)s has the role “%(role)s”. Use one of %(roles)s.")
        if params["role"]
        else _("Message %(number)s has no role. Use one of %(roles)s.")
    )
    return text(sentence, roles=_separated)(params)


OF_MESSAGES = {
    "preflight.message": text(_("Message %(number)s is not an object with `role` and `content`.")),
    "preflight.developer_role": text(
        _("Message %(number)s has the role developer. Training files call it system.")
    ),
    "preflight.unknown_role": _unknown_role,
    "preflight.unknown_message_key": text(
        _("Message %(number)s has the key `%(key)s`, which providers reject.")
    ),
    "preflight.no_content": text(_("Message %(number)s has no content.")),
    "preflight.content_not_text": text(_("The content of message %(number)s is not text.")),
    "preflight.content_not_plain_text": text(
        _("The content of message %(number)s is not plain text, as that of a tool must be.")
    ),
    "preflight.special_token": text(
        _("Message %(number)s holds a mark of the chat format such as <|im_end|>. Remove it.")
    ),
    "preflight.empty_answer": text(
        _("Message %(number)s of the assistant has no text and no call.")
    ),
    "preflight.image_role": text(
        _("Message %(number)s has a picture; only messages of the user may.")
    ),
    "preflight.unknown_part": text(
        _("Message %(number)s has a part that is neither text nor a picture.")
    ),
    "preflight.image_address": text(
        _("A picture of message %(number)s has no http or data address.")
    ),
    "preflight.image_format": text(
        _("A picture of message %(number)s is not JPEG, PNG or WEBP in base64.")
    ),
    "preflight.image_size": text(_("A picture of message %(number)s is larger than %(limit)s MB.")),
    "preflight.function_without_name": text(_("Message %(number)s of a function has no `name`.")),
    "preflight.name": text(
        _("The name of message %(number)s is not 1 to 64 letters, digits, _ or -.")
    ),
    "preflight.weight_role": text(
        _("Message %(number)s has a weight; only messages of the assistant may.")
    ),
    "preflight.weight": text(_("The weight of message %(number)s is neither 0 nor 1.")),
}
OF_CALLS = {
    "preflight.parallel_tool_calls": text(_("`parallel_tool_calls` is neither true nor false.")),
    "preflight.tools": text(_("`tools` is not a list of functions with different names.")),
    "preflight.functions": text(
        _("`functions` is not a list of 1 to %(limit)s functions with names.")
    ),
    "preflight.tool_answer": text(
        _("Message %(number)s of a tool answers no earlier call (`tool_call_id`).")
    ),
    "preflight.tool_calls": text(
        _("`tool_calls` of message %(number)s is not a list of calls of the assistant.")
    ),
    "preflight.call_without_id": text(_("A tool call of message %(number)s has no `id`.")),
    "preflight.call_without_function": text(_("A call in message %(number)s names no function.")),
    "preflight.unknown_function": text(
        _("Message %(number)s calls %(name)s, which is not among the tools of the row.")
    ),
    "preflight.arguments": text(
        _("The arguments of a call in message %(number)s are not a JSON string.")
    ),
}

OF_FREEZING = {
    "versions.shares_out_of_range": text(
        _("Give train, validation and test a share of 0 to 100 percent each.")
    ),
    "versions.shares_total": text(_("The shares add up to %(n)s percent. Make them 100.")),
    "versions.no_train_share": text(
        _("Give train a share: without it there is nothing to learn from.")
    ),
    "versions.nothing_approved": text(
        _("There are no approved examples to freeze. Review and approve some first.")
    ),
    "versions.plan_changed": text(
        _(
            "Examples were approved, edited or reopened after you opened the page. "
            "Check the counts again, then freeze."
        )
    ),
    "versions.replay_percent": text(_("Enter a share between 0 and 100 percent.")),
    "versions.replay_seed": text(_("Enter a whole number between 0 and %(limit)s.")),
    "versions.nothing_to_train": text(
        _("No training example is new or reworded since version %(number)s. Train that one.")
    ),
    "versions.nothing_changed": text(
        _("Nothing has changed since version %(number)s. Use that one.")
    ),
    "versions.leaked_pair": text(
        _("example %(number)s (test) and example %(other)s (%(split)s)"), split=_split_label
    ),
    "versions.leakage": text(
        _(
            "The test set has customer messages that are also in the training data: %(pairs)s. "
            "Retire one example of each pair, or edit its customer messages."
        ),
        pairs=_pairs,
    ),
    "versions.leakage.more": text(
        ngettext_lazy(
            "The test set has customer messages that are also in the training data: %(pairs)s; "
            "and %(n)s more pair. Retire one example of each pair, or edit its customer messages.",
            "The test set has customer messages that are also in the training data: %(pairs)s; "
            "and %(n)s more pairs. Retire one example of each pair, or edit its customer messages.",
            "n",
        ),
        pairs=_pairs,
    ),
    "versions.file_lost": text(
        _(
            "The stored file %(file)s is lost or damaged (SHA-256 %(digest)s…). "
            "Restore the folder “datasets” of the data folder from a backup, or freeze a new "
            "version."
        )
    ),
}
OF_PRICES = {
    "versions.base_model": text(_("Name the base model, in at most %(limit)s characters.")),
    "versions.price": text(_("Give the price for a million tokens in US dollars, 0 or more.")),
    "versions.epochs": text(_("Give 1 to %(limit)s epochs.")),
    "versions.price_day": text(
        _("The day on which the price was read is in the future. Correct it.")
    ),
}

register({**OF_FREEZING, **OF_PRICES})
register({**OF_LINES, **OF_FILES, **OF_ROWS, **OF_MESSAGES, **OF_CALLS})
