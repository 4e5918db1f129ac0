"""The client of Slack's Web API, as all parts of the surface use it."""

import ssl
from functools import cache

from slack_sdk import WebClient
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

API = "https://slack.com/api/"


def web_client(token: str, base_url: str = API) -> WebClient:
    """A client that waits and tries again when Slack asks for patience. Not for use before acknowledging."""
    address = base_url if base_url.endswith("/") else f"{base_url}/"
    client = WebClient(token=token, base_url=address, ssl=_certificates())
    client.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=2))
    return client


@cache
def _certificates() -> ssl.SSLContext:
    # without one, every call reads all certificates of the machine again, which takes milliseconds
    return ssl.create_default_context()
