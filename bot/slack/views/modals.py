"""The one modal there is: why a request is rejected."""

import json

from bot.slack import ids
from bot.slack.ids import PlanRef
from bot.slack.views.pieces import Block


def reject(ref: PlanRef, *, channel: str, message: str, thread: str) -> Block:
    """Ask for a reason; what was clicked and where travels along as ids."""
    where = {"plan": ref.value(), "channel": channel, "message": message, "thread": thread}
    return {
        "type": "modal",
        "callback_id": ids.REJECTED,
        "private_metadata": json.dumps(where, separators=(",", ":")),
        "title": _text(f"Reject {ref.plan_id}"[:24]),
        "submit": _text("Reject"),
        "close": _text("Back"),
        "blocks": [
            {
                "type": "input",
                "block_id": ids.REASON,
                "label": _text("Why, and what should be different?"),
                "element": {
                    "type": "plain_text_input",
                    "action_id": ids.REASON,
                    "multiline": True,
                    "min_length": 3,
                    "max_length": 500,
                },
            }
        ],
    }


def _text(text: str) -> Block:
    return {"type": "plain_text", "text": text}
