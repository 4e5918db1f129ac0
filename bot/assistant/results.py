"""What a planner reads of a tool's answer, and what its replies may rest on."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.assistant.model import Call, Step
from bot.assistant.text import neutral
from tools.answer import Answer

ROWS = 20  # of a table that a model is shown; the person gets them all
CELL = 200  # characters of one cell


def as_step(call: Call, answer: Answer, number: int) -> Step:
    """An answer as JSON under its reference `r1`, `r2` …; text of records is data, cut and made harmless."""
    content = {
        "reference": f"r{number}",
        "text": neutral(answer.text),
        "facts": {name: _cell(value) for name, value in answer.facts.items()},
        "tables": [
            {
                "title": neutral(each.title),
                "columns": [neutral(column) for column in each.columns],
                "rows": [[_cell(cell) for cell in row] for row in each.rows[:ROWS]],
                "rows_in_all": len(each.rows),
            }
            for each in answer.tables
        ],
        "passages": [
            {"from": neutral(f"{each.title} › {each.heading}"), "quote": neutral(each.quote)}
            for each in answer.citations
        ],
        "files": [neutral(each.name) for each in answer.files],
    }
    result = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return Step(tool=call.tool, args=call.args, result=result, call_id=call.call_id)


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything a reply may rest on: the asker's words, arguments, results; and facts by reference."""

    text: str
    facts: Mapping[str, str]

    @classmethod
    def of(cls, words: Iterable[str], steps: Sequence[Step], files: Iterable[str]) -> "Sources":
        """Gather them. A failed call gives nothing but what it was called with."""
        parts = [*words, *files]
        facts: dict[str, str] = {}
        for step in steps:
            if step.failed:
                continue
            content = json.loads(step.result)
            parts += [step.result, json.dumps(step.args, ensure_ascii=False, default=str)]
            for name, value in content["facts"].items():
                facts[f"{content['reference']}.{name}"] = (
                    f"{value:,}" if isinstance(value, int) else str(value)
                )
        return cls(text="\n".join(parts), facts=facts)


def _cell(value: str | float) -> str | float:
    return neutral(value)[:CELL] if isinstance(value, str) else value
