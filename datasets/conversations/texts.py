"""The sentences about conversations and rows that cannot be stored."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from datasets.conversations.errors import public_code
from datasets.conversations.split import Split
from reviewapp.core.messages import Message
from reviewapp.core.texts import register, render_english, text

SPLIT_LABELS = {
    Split.TRAIN.value: pgettext_lazy("dataset split", "Train"),
    Split.VALIDATION.value: pgettext_lazy("dataset split", "Validation"),
    Split.TEST.value: pgettext_lazy("dataset split", "Test"),
}


def error_columns(line: int, message: Message) -> dict[str, int | str]:
    """Return line, code and English sentence of a rejected row, for programs that read them."""
    return {"line": line, "code": public_code(message), "message": render_english(message)}


register(
    {
        "conversations.no_messages": text(
            _("The row has no messages. Give `messages` a list with at least one.")
        ),
        "conversations.too_many_messages": text(
            ngettext_lazy(
                "The row has %(n)s message; the limit is %(limit)s. Split it up.",
                "The row has %(n)s messages; the limit is %(limit)s. Split it up.",
                "n",
            )
        ),
        "conversations.bad_message": text(
            _("Message %(number)s is not an object with `role` and `content`.")
        ),
        "conversations.unknown_role": text(
            _("Message %(number)s has the role %(role)s. Use one of %(roles)s.")
        ),
        "conversations.unknown_role.none": text(
            _("Message %(number)s has no role. Use one of %(roles)s.")
        ),
        "conversations.unknown_message_key": text(
            _(
                "Message %(number)s has the key `%(key)s`, which providers reject. "
                "Move it to `metadata`."
            )
        ),
        "conversations.content_not_text": text(
            _("The content of message %(number)s is not text. Put it in quotes.")
        ),
        "conversations.content_not_text.part": text(
            _(
                "Message %(number)s holds something other than text, such as a picture. "
                "Remove that part."
            )
        ),
        "conversations.content_not_text.field": text(
            _("A text field of message %(number)s is not text. Put its value in quotes.")
        ),
        "conversations.missing_content": text(
            _("Message %(number)s has no content. Write its text, or remove the message.")
        ),
        "conversations.bad_name": text(
            _(
                "The name of message %(number)s is not 1 to 64 letters, digits, _ or -. "
                "Shorten or remove it."
            )
        ),
        "conversations.bad_weight": text(
            _(
                "The weight of message %(number)s is not valid. "
                "Only messages of the assistant may have one: 0 or 1."
            )
        ),
        "conversations.bad_tools.not_a_list": text(
            _("`tools` is not a list. Write a list of functions.")
        ),
        "conversations.bad_tools.no_name": text(
            _(
                "Tool %(number)s has no valid function name. Write "
                '{"type": "function", "function": {"name": "..."}} with letters, digits, _ and -.'
            )
        ),
        "conversations.bad_tools.parallel": text(
            _("`parallel_tool_calls` is neither true nor false. Correct or remove it.")
        ),
        "conversations.legacy_functions": text(
            _(
                "`functions` has been replaced by `tools`. Write each as "
                '{"type": "function", "function": {...}} in `tools`.'
            )
        ),
        "conversations.bad_tool_call.not_a_list": text(
            _(
                "`tool_calls` of message %(number)s is not a list, or the message is not the "
                "assistant's. Correct it."
            )
        ),
        "conversations.bad_tool_call.no_id": text(
            _("A tool call of message %(number)s has no `id`. Add one.")
        ),
        "conversations.bad_tool_call.no_function": text(
            _("A call in message %(number)s names no function, or is not the assistant's.")
        ),
        "conversations.bad_tool_call.arguments": text(
            _(
                "The `arguments` of a call in message %(number)s are not a string. "
                "Write the JSON in quotes."
            )
        ),
        "conversations.bad_tool_answer": text(
            _("Message %(number)s is the answer of a tool without `%(key)s`. Add it.")
        ),
        "conversations.bad_field.not_text": text(
            _("`%(name)s` is not text. Put the value in quotes.")
        ),
        "conversations.bad_field.too_long": text(
            _("`%(name)s` has %(n)s characters; the limit is %(limit)s. Shorten it.")
        ),
        "conversations.bad_field.not_a_list": text(
            _('`%(name)s` is not a list. Write ["one", "two"].')
        ),
        "conversations.bad_field.language": text(
            _("`language` is “%(given)s”. Use a code such as de or pt-BR.")
        ),
        "conversations.too_deep": text(
            _("Values are nested more than %(limit)s levels deep. Flatten them.")
        ),
        "conversations.bad_character.nul": text(
            _("The text holds a NUL character, which cannot be stored. Remove it.")
        ),
        "conversations.bad_character.surrogate": text(
            _(
                "The text holds half of a surrogate pair (such as \\ud83d alone). "
                "Write the whole character."
            )
        ),
        "conversations.incomplete_merge": text(
            _("Part of this page did not arrive. Go back and send it again.")
        ),
        "conversations.empty_merge": text(
            _("The merged conversation has no messages. Choose at least one message.")
        ),
    }
)
