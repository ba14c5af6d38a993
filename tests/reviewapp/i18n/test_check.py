"""A text that is not wrapped is found, and what is for programs is not."""

import pytest

from reviewapp.i18n.check import python, scripts, templates
from reviewapp.i18n.check.found import Found

ERRORS = frozenset({"DomainError", "NotAllowed", "ValidationError"})


def texts(found: list[Found]) -> list[str]:
    return [text.text for text in found]


@pytest.mark.parametrize(
    "source",
    [
        "<p>Sign in</p>",
        "{% block title %}Sign in{% endblock %}",
        '<a title="Sign in" href="#">{{ x }}</a>',
        '<a aria-label="{{ x }} Sign in"></a>',
        '<input placeholder="Sign in">',
        '<img alt="Sign in" src="x">',
        '<td data-label="Sign in">{{ x }}</td>',
        '<input type="submit" value="Sign in">',
        '{% include "_empty.html" with title="Sign in" only %}',
        '{{ name|default:"Sign in" }}',
        "{% blocktranslate %}x{% endblocktranslate %} Sign in",
        "<!-- x --><p>{% translate 'x' %}</p><code>a</code>Sign in",
    ],
)
def test_a_visible_text_of_a_template_is_found(source: str) -> None:
    assert [text for text in texts(templates.unwrapped(source)) if "Sign in" in text]


@pytest.mark.parametrize(
    "source",
    [
        '<p class="lead">{% translate "Sign in" %}</p>',
        "{% blocktranslate count n=n %}One{% plural %}{{ n }} many{% endblocktranslate %}",
        '{# context: form #}<a title="{% translate "x" %}" data-key="Enter">{{ y }}</a>',
        '{% include "_a.html" with title=_("Sign in") kind="blocking" only %}',
        "{% block page_class %}page-small{% endblock %}",
        "<code>manage.py adduser</code><script>let a;</script><b translate='no'>Sign in</b>",
        '<p>Touchstone · 5 ms – {{ x|default:"-" }}&nbsp;%</p>',
        "<p>Lorem</p> {# not translated: sample text #}",
    ],
)
def test_what_is_wrapped_or_no_text_is_not_found_in_a_template(source: str) -> None:
    assert texts(templates.unwrapped(source)) == []


def test_a_plural_by_hand_is_found() -> None:
    assert texts(templates.unwrapped("{{ n }}{{ n|pluralize }}")) != []


@pytest.mark.parametrize(
    "source",
    [
        'forms.CharField(label="Name")',
        'forms.CharField(help_text=f"As {x}")',
        'raise ValidationError("not valid")',
        'raise NotAllowed("Ask a lead" if x else _("fine"))',
        'raise DomainError("{} is closed".format(x))',
        'messages.success(request, "Saved")',
        'self.add_error("name", "Too long")',
        'class State(models.TextChoices):\n    OPEN = "open", "Open"',
        'GONE = "This is not here any more."',
        'return f"{count} votes are left."',
        'gettext(f"{count} votes")',
        'ngettext("one", many, n)',
        'gettext("x".format(y))',
    ],
)
def test_a_text_of_a_module_is_found(source: str) -> None:
    assert len(python.unwrapped(source, errors=ERRORS)) == 1


@pytest.mark.parametrize(
    "source",
    [
        'forms.CharField(label=_("Name"))',
        'raise NotAllowed(gettext("Ask %(name)s.") % {"name": x})',
        'raise ValueError("This is for developers only.")',
        'logger.warning("The disk of the server is full.")',
        'def f():\n    """This is a docstring, you see."""',
        'models.CharField(help_text="for developers")',
        'ngettext("one vote", "%(n)s votes", n) % {"n": n}',
        'pgettext("a month", "May")',
        'DomainError(Message("run.closed", {"name": name}))',
        'RULE = "Only for programs to read."  # not translated: a format',
    ],
)
def test_what_is_wrapped_or_for_developers_is_not_found_in_a_module(source: str) -> None:
    assert python.unwrapped(source, errors=ERRORS) == []


def test_every_phrase_of_a_texts_module_is_a_text() -> None:
    source = 'TEXTS = {"run.closed": "closed by %(name)s"}'
    assert texts(python.unwrapped(source, errors=ERRORS, is_texts=True)) == ["closed by %(name)s"]


def test_errors_that_derive_from_domain_errors_are_known() -> None:
    sources = ["class A(B): ...", "class B(errors.DomainError): ...", "class C(Exception): ..."]
    assert python.domain_errors(sources) >= {"A", "B", "DomainError"}
    assert "C" not in python.domain_errors(sources)


@pytest.mark.parametrize(
    "source",
    [
        'x.textContent = "Copied";',
        "x.textContent = `${done} of ${total} done`;",
        'say("Taken back. Go on.");',
        'say(interpolate("Kept at %(time)s", { time }));',
    ],
)
def test_a_text_of_a_script_is_found(source: str) -> None:
    assert len(scripts.unwrapped(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        'x.textContent = gettext("Copied");',
        'say(interpolate(ngettext("%(n)s Vote left", "%(n)s Votes left", n), { n }));',
        'x.className = "button button-small"; y.querySelector("main .lead, main p");',
        "x.replace(/[\"'`]Is it/g, y) / 2; z = `a${b ? `Is` : ''}b`;",
        'if (event.key === "Enter") headers["Content-Type"] = `key-${x}`;',
        'throw new Error("Not possible here");',
        'const a = "Lorem ipsum"; // not translated: sample text',
    ],
)
def test_what_is_wrapped_or_for_programs_is_not_found_in_a_script(source: str) -> None:
    assert scripts.unwrapped(source) == []
