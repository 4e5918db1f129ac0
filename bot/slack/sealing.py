"""Tokens of workspaces at rest: encrypted (Fernet) under keys that can be replaced one after the other."""

import json

from tools.errors import NeedsAttention

WHERE = "CLEARANCE_TOKEN_KEYS"
MAKE = "Make a key with `clearance workspaces --new-key`."


class Seal:
    """Encrypts with the first of its keys, reads with any of them.

    What is sealed names its workspace, so that a token copied to another row of the database is not taken.
    """

    def __init__(self, keys: str) -> None:
        """`keys` are Fernet keys by commas, the newest first. Raises `NeedsAttention` for anything else."""
        from cryptography.fernet import Fernet, MultiFernet

        try:
            self._keys = MultiFernet([Fernet(key.strip()) for key in keys.split(",") if key.strip()])
        except ValueError as error:
            raise NeedsAttention("The keys of the tokens are not keys", on=WHERE, do=MAKE) from error

    def seal(self, team: str, token: str) -> str:
        """The token of a workspace, encrypted."""
        return self._keys.encrypt(json.dumps([team, token]).encode()).decode()

    def open(self, team: str, sealed: str) -> str:
        """The token again. Raises `NeedsAttention` when no key fits, or it is another workspace's."""
        from cryptography.fernet import InvalidToken

        try:
            whose, token = json.loads(self._keys.decrypt(sealed))
        except InvalidToken as error:
            raise _unreadable(team) from error
        if whose != team:
            raise _unreadable(team)
        return str(token)

    def again(self, sealed: str) -> str:
        """The same under the newest key."""
        return self._keys.rotate(sealed).decode()


def new_key() -> str:
    """A key to put in the settings."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


def _unreadable(team: str) -> NeedsAttention:
    return NeedsAttention(
        "The token of a workspace cannot be read", on=team, do=f"Put its key into {WHERE}, or install again."
    )
