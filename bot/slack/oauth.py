"""Installing over OAuth: `/slack/install` leads to Slack, `/slack/oauth_redirect` takes what it grants."""

from slack_bolt.oauth import OAuthFlow
from slack_bolt.oauth.oauth_settings import OAuthSettings

from bot.slack.client import API, web_client
from bot.slack.installations import STATE_SECONDS, Installations, States
from bot.slack.manifest import SCOPES

INSTALL = "/slack/install"
REDIRECT = "/slack/oauth_redirect"


def flow(
    *,
    client_id: str,
    client_secret: str,
    installations: Installations,
    states: States,
    redirect_url: str = "",
    base_url: str = API,
) -> OAuthFlow:
    """The pages of an installation. Only a bot's token is asked for, never a person's."""
    settings = OAuthSettings(
        client_id=client_id,
        client_secret=client_secret,
        scopes=list(SCOPES),
        redirect_uri=redirect_url or None,
        install_path=INSTALL,
        redirect_uri_path=REDIRECT,
        installation_store=installations,
        installation_store_bot_only=True,
        state_store=states,
        state_expiration_seconds=STATE_SECONDS,
    )
    return OAuthFlow(client=web_client("", base_url), settings=settings)
