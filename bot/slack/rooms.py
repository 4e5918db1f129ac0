"""Answers for rooms in which not everybody may see people: addresses are masked in all that is said there."""

from dataclasses import replace

from bot.assistant.utterance import Choice, Reply
from tools.answer import Answer, Table
from tools.rules.plain_text import masked


def for_everybody(said: Reply) -> Reply:
    """The same reply without anybody's address. Buttons keep what they say: only their labels are masked."""
    return replace(
        said,
        text=masked(said.text),
        understood=masked(said.understood),
        answer=_answer(said.answer) if said.answer else None,
        choices=tuple(Choice(label=masked(each.label), text=each.text) for each in said.choices),
    )


def _answer(given: Answer) -> Answer:
    return replace(
        given,
        text=masked(given.text),
        tables=tuple(_table(each) for each in given.tables),
        evidence=tuple(
            replace(each, query=masked(each.query), note=masked(each.note)) for each in given.evidence
        ),
    )


def _table(given: Table) -> Table:
    rows = tuple(tuple(masked(cell) if isinstance(cell, str) else cell for cell in row) for row in given.rows)
    return replace(given, title=masked(given.title), rows=rows)
