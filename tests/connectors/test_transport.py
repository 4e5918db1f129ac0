"""The transport: what a status means, what is logged, what is counted."""

import pytest

from tools.connectors.values import chunks, iso, key_of, keys_of, moment, spellings, subject_of
from tools.errors import NeedsAttention, OutcomeUnknown, Refused, RetryLater
from tools.http import DEFAULT_PAUSE, answer_lost, following, pause_of, problem, redact, retried


@pytest.mark.parametrize(
    ("status", "write", "error"),
    [
        (200, True, type(None)),
        (302, False, type(None)),
        (400, True, Refused),
        (401, False, NeedsAttention),
        (403, True, NeedsAttention),
        (404, False, Refused),
        (429, True, RetryLater),
        (500, True, OutcomeUnknown),
        (503, False, RetryLater),
    ],
)
def test_a_status_is_named_by_recovery(status, write, error):
    """A write that met a server's failure is in doubt, a read is tried again."""
    assert type(problem("marketo", status, "words", {}, write=write)) is error


def test_pauses_are_as_long_as_asked():
    """Retry-After counts in seconds; a date or nothing is the default."""
    assert pause_of({"retry-after": "7"}) == 7.0
    assert pause_of({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}) == DEFAULT_PAUSE
    assert pause_of({}) == DEFAULT_PAUSE
    assert problem("marketo", 429, "", {"retry-after": "9"}, write=True).after == 9.0


@pytest.mark.parametrize(
    "text",
    ["to ana.lee+x@example.com", "/global/ana%40example.com", "Authorization: Bearer abc.def",
     "key SG.abc-def", "client_secret=hush&x=1", "access_token=hush", "o'shea@x.example", "Basic aGVsbG8="],
)  # fmt: skip
def test_logs_hold_nobody_and_nothing_secret(text):
    """Addresses and credentials are cut out of whatever is logged or kept as detail."""
    clean = redact(text)
    assert "@" not in clean
    assert not any(word in clean for word in ("ana", "abc", "hush", "shea", "aGVsbG8"))


def test_only_what_may_pass_is_repeated():
    """RetryLater is tried again a few times; anything else, and a pause too long to sit out, is not."""
    calls = []

    def fails(error):
        def call():
            calls.append(error)
            raise error

        return call

    for error, times in ((RetryLater("x", after=0.0), 4), (RetryLater("x", after=3_600.0), 1),
                         (Refused("x"), 1), (answer_lost("marketo", "x", write=True), 1)):  # fmt: skip
        calls.clear()
        with pytest.raises(type(error)):
            retried(fails(error))
        assert len(calls) == times, error


def test_a_later_part_that_fails_leaves_doubt():
    """Once a part of a batch was taken, a refusal of the next part is no longer "nothing was taken"."""

    def refuse():
        raise RetryLater("pause", after=1.0)

    assert following(1, "marketo", lambda: 7) == 7
    with pytest.raises(RetryLater):
        following(0, "marketo", refuse)
    with pytest.raises(OutcomeUnknown):
        following(1, "marketo", refuse)


def test_vendors_times():
    """Every vendor's spelling of a moment is read as UTC; nothing is no moment."""
    assert iso(moment("2026-01-02T03:04:05.000+0000")) == "2026-01-02T03:04:05Z"
    assert iso(moment("2026-01-02T03:04:05Z")) == "2026-01-02T03:04:05Z"
    assert iso(moment(1_767_323_045)) == "2026-01-02T03:04:05Z"
    assert iso(moment("2026-01-02")) == "2026-01-02T00:00:00Z"
    assert moment(None) is None
    assert moment("") is None
    assert moment(True) is None


def test_addresses_of_vendors():
    """What a vendor holds may be no address: it then has no key and no subject."""
    assert key_of(None) == ""
    assert subject_of(str.upper, "nobody") == ""
    assert subject_of(str.upper, "a@b.example") == "A@B.EXAMPLE"
    assert keys_of(["A@b.example", "a@B.example ", "nobody"]) == ["a@b.example"]
    assert spellings("a@b.example") == ["a@b.example"]
    assert spellings("a@xn--bcher-kva.example") == ["a@xn--bcher-kva.example", "a@bücher.example"]
    assert spellings("a@xn--\x00.example") == ["a@xn--\x00.example"]
    assert list(chunks(range(5), 2)) == [[0, 1], [2, 3], [4]]
