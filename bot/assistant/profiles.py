"""What a model server is known to take: extras go only to servers that know them."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What one server takes. `tools_per_step`: the whole list where prompts are cached, else the nearest."""

    strict: bool = False
    parallel_tool_calls: bool = False
    store: bool = False
    safety_identifier: bool = False
    prompt_cache_key: bool = False
    tools_per_step: Literal["role", "nearest"] = "nearest"


BARE = Profile()
FULL = Profile(
    strict=True,
    parallel_tool_calls=True,
    store=True,
    safety_identifier=True,
    prompt_cache_key=True,
    tools_per_step="role",
)
# By host. An address not listed here gets model, messages and tools, and nothing else.
KNOWN = {"api.openai.com": FULL}


def profile_of(base_url: str) -> Profile:
    """The profile of the server at this address; OpenAI's own when none is given."""
    return KNOWN.get(urlsplit(base_url).hostname or "", BARE) if base_url else FULL
