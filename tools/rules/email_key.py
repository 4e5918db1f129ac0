"""The one form of an address that everything is joined on, and the keyed hash that stands for a person.

Engines disagree on trimming and lower-casing (tabs, the Turkish dotted I, the final sigma), so an address is
normalised once, here, and joins are made on what comes out.
"""

import hmac
import re
import unicodedata
from dataclasses import dataclass, field
from hashlib import sha256

import idna

from tools.errors import InvalidArguments

LONGEST = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
_LOCAL = re.compile(r"[^\s@<>()\[\],;:\"\\\x00-\x1f\x7f]+")
_DOMAIN = re.compile(r"(?!-)[a-z0-9_-]+(?:\.[a-z0-9_-]+)+")


def normalise(address: str) -> str:
    """The address trimmed, composed (NFC), in lower case, its domain in punycode.

    Invisible format characters (zero-width spaces, marks of direction) are dropped: they arrive by pasting
    and are no part of an address. Dots and plus-tags are kept: `ana+news@x.com` may have chosen otherwise.
    Raises `InvalidArguments` on something that is no address.
    """
    shown = (letter for letter in address if unicodedata.category(letter) != "Cf")
    visible = (address if address.isascii() else "".join(shown)).strip()  # no such character is ASCII
    local, at, domain = unicodedata.normalize("NFC", visible).rpartition("@")
    local = unicodedata.normalize("NFC", local.lower())
    host = _punycode(domain.lower().rstrip("."))
    whole = f"{local}@{host}"
    if not at or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(host) or len(whole) > LONGEST:
        raise InvalidArguments(
            "That is not an e-mail address", on=visible[:80], do="Write it as name@company.com."
        )
    return whole


def untagged(address: str) -> str:
    """The address without its plus tag; "" when it has none."""
    local, _, host = address.rpartition("@")
    plain, tag, _ = local.partition("+")
    return f"{plain}@{host}" if tag and plain else ""


def _punycode(domain: str) -> str:
    """The domain as DNS spells it; "" when it cannot be spelled so."""
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return ""


@dataclass(frozen=True, slots=True)
class SubjectKey:
    """Address → 64 hex digits (HMAC-SHA256 of the normalised form), so that records need not hold addresses.

    `key_id` names the secret, to be stored beside the hash: keys are rotated and old hashes stay checkable.
    """

    secret: bytes = field(repr=False)
    key_id: str

    def __call__(self, address: str) -> str:
        """The subject of an address. Raises `InvalidArguments` on something that is no address."""
        return hmac.new(self.secret, normalise(address).encode(), sha256).hexdigest()
