"""Everybody's consent compared in DuckDB: the same as a plain comparison in Python, whatever is fed."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.rules.columns import key_of
from tools.rules.consent import MOST_RESTRICTIVE_FIRST, OBJECTIONS, ConsentState
from tools.rules.reconciling import Vector, Word, judge, merged, silent
from tools.rules.sets import Base, Mark, Sets

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SYSTEMS = ("salesforce", "marketo", "sendgrid")
RANK = MOST_RESTRICTIVE_FIRST.index


def subject(address: str) -> str:
    """A stand-in for the keyed hash: 64 hex digits that depend on the address alone."""
    return address.encode().hex().ljust(64, "0")[:64]


def mark(who: int, state: str, *, scope: str = "global", hours: float | None = None, **facts: str) -> Mark:
    """One mark of person number `who`, so many hours ago."""
    address = facts.pop("address", f"p{who}@x.example")
    return Mark(
        subject(address) if address else "",
        scope,
        state,  # type: ignore[arg-type] # a test names states as words
        NOW - timedelta(hours=hours) if hours is not None else None,
        facts.pop("object", "Contact"),
        facts.pop("record", f"r{who}"),
        address,
        facts.pop("source", "a form"),
        facts.pop("writer", ""),
    )


def sets_of(told: dict[str, list[Mark]], unread: tuple[str, ...] = ()) -> Sets:
    """A comparison fed with these marks."""
    sets = Sets(key=subject)
    for system, marks in told.items():
        sets.take(system, [marks])
    for system in unread:
        sets.fail(system, "away")
    return sets


def plain_words(marks: list[Mark]) -> dict[str, dict[str, Word]]:
    """Each subject's word by scope, put together the long way round."""
    grouped: defaultdict[tuple[str, str], list[Mark]] = defaultdict(list)
    for each in marks:
        if each.subject:
            grouped[each.subject, each.scope].append(each)
    out: defaultdict[str, dict[str, Word]] = defaultdict(dict)
    for (who, scope), own in grouped.items():
        far = NOW + timedelta(days=9999)
        strict = min(own, key=lambda each: (RANK(each.state), each.at or far))
        loose = max(own, key=lambda each: (RANK(each.state), each.at or NOW - timedelta(days=9999)))
        out[who][scope] = Word(
            strictest=strict.state, loosest=loose.state, strict_at=strict.at, loose_at=loose.at
        )
    return out


def plainly(
    told: dict[str, list[Mark]],
    unread: tuple[str, ...],
    was: Any,
    base_at: datetime | None,
    keepers: frozenset[str] = frozenset(),
) -> Any:
    """What `judge` says of everybody, without any database."""
    words = {system: plain_words(marks) for system, marks in told.items()}
    people = {who for each in words.values() for who in each} | set(was)
    found = {}
    for who in people:
        scopes = {scope for each in words.values() for scope in each.get(who, {})} | set(was.get(who, {}))
        for scope in scopes:
            own = {system: words[system].get(who, {}).get(scope) for system in told}
            if scope != "global":
                own = {
                    system: merged(word, words[system].get(who, {}).get("global"))
                    for system, word in own.items()
                    if word
                }
            kept = was.get(who, {}).get(scope)
            if scope != "global":
                if not kept and not any(word.strictest in OBJECTIONS for word in own.values() if word):
                    continue
                quiet = {system for system in told if system in {*(kept or {}), *keepers} - set(own)}
                everything = {system: words[system].get(who, {}).get("global") for system in quiet}
                own |= {system: silent(word) if word else None for system, word in everything.items()}
            known = set(SYSTEMS) & ({*own, *unread} if scope == "global" else set(own))
            unsaid = None if scope == "global" else "none"
            vector = Vector(
                now=own,
                unread=frozenset(unread if scope == "global" else ()),
                base={system: kept.get(system, unsaid) for system in known} if kept else None,
                base_at=base_at,
            )
            judgement = judge(vector)
            if judgement.differs:
                found[key_of(who), scope] = (judgement.joined, judgement.since, dict(judgement.differs))
    return found


def through_sets(sets: Sets) -> Any:
    """The same from the database."""
    found = {}
    for key, scope, vector, _ in sets.differing():
        judgement = judge(vector)
        if judgement.differs:
            found[key, scope] = (judgement.joined, judgement.since, dict(judgement.differs))
    return found


STATES = st.sampled_from(get_args(ConsentState))
MARKS = st.lists(
    st.builds(
        lambda who, state, scope, hours: mark(who, state, scope=scope, hours=hours),
        st.integers(0, 5),
        STATES,
        st.sampled_from(["global", "global", "global", "news"]),
        st.one_of(st.none(), st.integers(1, 50).map(lambda n: n / 20)),
    ),
    max_size=8,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.fixed_dictionaries(dict.fromkeys(SYSTEMS, MARKS)),
       second=st.fixed_dictionaries(dict.fromkeys(SYSTEMS, MARKS)),
       unread=st.sampled_from([(), (), ("marketo",)]), rested=st.booleans(),
       keepers=st.frozensets(st.sampled_from(SYSTEMS)))  # fmt: skip
def test_the_database_says_what_a_plain_comparison_says(
    first: Any, second: Any, unread: tuple[str, ...], rested: bool, keepers: frozenset[str]
) -> None:
    """Classes, the joined state and its moment agree on any input, with and without a base."""
    was: dict[str, Any] = {}
    base_at = NOW - timedelta(hours=1) if rested else None
    told = {system: marks for system, marks in second.items() if system not in unread}
    with sets_of(first) as before, sets_of(told, unread) as sets:
        if rested:
            files = before.next_base()
            for system, marks in first.items():
                for who, scopes in plain_words(marks).items():
                    for scope, word in scopes.items():
                        was.setdefault(who, {}).setdefault(scope, {})[system] = word.loosest
            loud = {each.subject for marks in first.values() for each in marks if each.state in OBJECTIONS}
            was = {who: scopes for who, scopes in was.items() if who in loud}
            sets.rest_on(Base(files, base_at or NOW, frozenset(SYSTEMS)))
        for system in keepers:
            sets.keeps(system, ["NEWS "])
        assert through_sets(sets) == plainly(told, unread, was, base_at, keepers)
        assert sets.people() == len({each.subject for marks in told.values() for each in marks})


def test_nothing_is_left_behind() -> None:
    """The folder and all it held are gone with the block."""
    with sets_of({"marketo": [mark(1, "none")]}) as sets:
        folder = sets.folder
        assert (folder / "marketo.words").exists()
    assert not folder.exists()


def test_a_system_that_breaks_off_tells_nothing() -> None:
    """Half of a stream is not believed; the system counts as unread."""

    def half() -> Any:
        yield [mark(1, "opt_out_global", address="p1+x@x.example")]
        raise TimeoutError

    with sets_of({"salesforce": [mark(1, "none"), mark(2, "opt_out_global")]}) as sets:
        with pytest.raises(TimeoutError):
            sets.take("marketo", half())
        sets.fail("marketo", "Marketo is away.")
        assert through_sets(sets) == {
            (key_of(subject("p2@x.example")), "global"): ("opt_out_global", None, {"marketo": "unknown"})
        }
        assert sets.read == ["salesforce"]
        assert sets.aliases() == []


def test_records_without_an_address_are_counted_and_named() -> None:
    """They cannot be joined with anything."""
    with sets_of({"salesforce": [mark(1, "none", address="", record="003x"), mark(2, "none")]}) as sets:
        told = sets.told["salesforce"]
        assert (told.marks, told.unkeyed) == (2, 1)
        assert [each.record_id for each in told.without_address] == ["003x"]
        assert sets.people() == 1
        assert list(sets.differing()) == []


def test_a_tagged_address_is_shown_beside_its_plain_form_and_never_folded() -> None:
    """Each is an address of its own; where only one opted out, somebody should look."""
    told = {
        "salesforce": [mark(1, "none", address="ana@x.example"), mark(2, "none", address="bo+a@x.example")],
        "marketo": [
            mark(1, "opt_out_global", address="ana+news@x.example"),
            mark(2, "opt_out_global", address="bo@x.example"),
            mark(3, "opt_out_global", address="cy+x@x.example"),
        ],
    }
    with sets_of(told) as sets:
        aliases = {(each.address, system, which) for each, system, which in sets.aliases()}
        assert aliases == {
            ("ana+news@x.example", "marketo", "tagged"), ("bo+a@x.example", "salesforce", "plain"),
        }  # fmt: skip
        assert ("p", "q") not in through_sets(sets)


def test_words_beside_a_mark_are_found_again() -> None:
    """Whatever a vendor lets people write: quotes, line ends, letters beyond ASCII."""
    odd = 'a "form",\nсайт\t; DROP'
    with sets_of({"marketo": [mark(1, "opt_out_global", source=odd, writer="Żaneta")],
                  "salesforce": [mark(1, "none", writer="Data Import")]}) as sets:  # fmt: skip
        [found] = sets.differing()
        words = found.vector.now
        assert words["marketo"] is not None
        assert words["salesforce"] is not None
        assert sets.detail("marketo", words["marketo"].strict_ref).source == odd
        assert sets.detail("salesforce", words["salesforce"].loose_ref).writer == "Data Import"


def test_words_of_any_length_are_found_again() -> None:
    """A system may tell pages of it; what stands before and after does not suffer."""
    with sets_of({"marketo": [mark(who, "opt_out_global", source="x" * who * 300) for who in range(1, 6)],
                  "salesforce": [mark(who, "none") for who in range(1, 6)]}) as sets:  # fmt: skip
        refs = [found.vector.now["marketo"] for found in sets.differing()]
        lengths = [len(sets.detail("marketo", word.strict_ref).source) for word in refs if word]
        assert sorted(lengths) == [300, 600, 900, 1200, 1500]


def test_a_group_of_a_system_without_a_word_on_all_mail_is_not_settled() -> None:
    """Although the list that takes any address has stopped everything, that group could still be mailed."""
    told = {
        "sendgrid": [mark(1, "opt_out_global")],
        "marketo": [mark(1, "opt_out_group", scope="news"), mark(1, "express", scope="news", record="r2")],
    }
    with sets_of(told) as sets:
        assert [(scope, differs) for (_, scope), (_, _, differs) in through_sets(sets).items()] == [
            ("news", {"marketo": "conflict"})
        ]


def test_marks_are_the_same_in_whatever_batches_they_come() -> None:
    """A vendor's pages may be of one record or of all of them, with or without an address."""
    marks = [
        mark(who, "opt_out_global", address="" if who == 2 else f"p{who}+t@x.example") for who in range(5)
    ]
    with Sets(key=subject) as whole, Sets(key=subject) as single:
        whole.take("marketo", [marks])
        single.take("marketo", [[], *([each] for each in marks)])
        for sets in (whole, single):
            sets.fail("salesforce", "away")
        assert whole.told["marketo"] == single.told["marketo"]
        assert (whole.told["marketo"].marks, whole.told["marketo"].unkeyed) == (5, 1)
        assert through_sets(whole) == through_sets(single)
        assert whole.people() == single.people() == 4


def test_what_was_written_for_the_base_belongs_to_it() -> None:
    """A laggard that our run suppressed counts as suppressed then; undone by others it is a resurrection."""
    first = {"salesforce": [mark(1, "none")], "marketo": [mark(1, "opt_out_global")]}
    with sets_of(first) as before, sets_of(first) as sets:
        written = [(subject("p1@x.example"), "salesforce", "global")]
        base = Base(before.next_base(), NOW, frozenset({"salesforce", "marketo"}), written)
        sets.rest_on(base)
        assert [judge(each.vector).differs for each in sets.differing()] == [{"salesforce": "resurrection"}]
    with sets_of(first) as before, sets_of(first) as sets:
        sets.rest_on(Base(before.next_base(), NOW, frozenset({"salesforce", "marketo"})))
        assert [judge(each.vector).differs for each in sets.differing()] == [{"salesforce": "stale"}]


def test_a_group_is_behind_where_it_is_kept_and_nowhere_else() -> None:
    """The same group under another spelling; who has stopped everything honours it and is no cause."""
    told = {
        "salesforce": [mark(1, "none"), mark(2, "none")],
        "marketo": [mark(1, "none"), mark(2, "opt_out_global", hours=30)],
        "sendgrid": [mark(1, "opt_out_group", scope="Monthly  News", hours=5),
                     mark(2, "opt_out_group", scope="Monthly  News", hours=5)],
    }  # fmt: skip
    with sets_of(told) as sets:
        sets.keeps("marketo", ["monthly news"])
        found = through_sets(sets)
        assert found[key_of(subject("p1@x.example")), "Monthly  News"] == (
            "opt_out_group", NOW - timedelta(hours=5), {"marketo": "stale"},
        )  # fmt: skip
        assert [scope for _, scope in found] == ["Monthly  News", "global"]


def test_a_group_nobody_has_left_is_nobodys_difference() -> None:
    """An opt-out of everything is carried as such, and not once more for each group that has a word."""
    told = {
        "marketo": [mark(1, "none"), mark(1, "none", scope="news")],
        "sendgrid": [mark(1, "opt_out_global")],
    }
    with sets_of(told) as sets:
        sets.keeps("sendgrid", ["news"])
        assert [scope for _, scope in through_sets(sets)] == ["global"]


def test_what_was_written_of_a_group_belongs_to_the_base_of_that_group() -> None:
    """Whom our run took off a group is a resurrection once back on it; of all mail nothing is said."""
    first = {"marketo": [mark(1, "none")], "sendgrid": [mark(1, "opt_out_group", scope="news")]}
    systems = frozenset({"marketo", "sendgrid"})
    for written, differs in (((), "stale"), ([(subject("p1@x.example"), "marketo", "News")], "resurrection")):
        with sets_of(first) as before, sets_of(first) as sets:
            sets.keeps("marketo", ["news"])
            sets.rest_on(Base(before.next_base(), NOW, systems, written))
            found = [(each.scope, judge(each.vector).differs) for each in sets.differing()]
            assert [(scope, each) for scope, each in found if each] == [("news", {"marketo": differs})]


def test_a_system_that_was_not_read_keeps_its_base() -> None:
    """A comparison of two systems does not forget the third."""
    everybody = {
        "salesforce": [mark(1, "opt_out_global")], "marketo": [mark(1, "opt_out_global")],
        "sendgrid": [mark(1, "opt_out_global")],
    }  # fmt: skip
    with sets_of(everybody) as first, sets_of({"salesforce": everybody["salesforce"]}) as second:
        second.rest_on(Base(first.next_base(), NOW, frozenset(SYSTEMS)))
        files = second.next_base()
        assert second.same_as_base()
        with sets_of({"sendgrid": [mark(1, "none")]}) as third:
            third.rest_on(Base(files, NOW, frozenset(SYSTEMS)))
            assert [judge(each.vector).differs for each in third.differing()] == [
                {"sendgrid": "resurrection"}
            ]
            third.next_base()
            assert not third.same_as_base()


def test_a_base_holds_no_address() -> None:
    """Only keyed hashes and states are kept."""
    with sets_of({"marketo": [mark(1, "opt_out_global", address="jane.secret@x.example")]}) as sets:
        [path] = sets.next_base()
        content = path.read_bytes()
        assert content.startswith(b"PAR1")
        assert b"jane" not in content
        assert not sets.same_as_base()


def test_nobody_read_is_nobody_compared() -> None:
    """Without a system there are no people and no differences."""
    with Sets(key=subject) as sets:
        assert sets.people() == 0
        assert list(sets.differing()) == []


def test_the_persons_own_later_act_takes_an_old_opt_out_back() -> None:
    """Opt-outs from before it do not count any more, those from after it or of an unknown time do."""
    told = {
        "salesforce": [mark(1, "none"), mark(2, "none"), mark(3, "none")],
        "marketo": [
            mark(1, "opt_out_global", hours=30), mark(2, "opt_out_global", hours=1),
            mark(3, "opt_out_global"),
        ],
    }  # fmt: skip
    with sets_of(told) as before, sets_of(told) as sets:
        lowered = [(subject(f"p{who}@x.example"), "global", NOW - timedelta(hours=5)) for who in (1, 2, 3)]
        at = NOW - timedelta(hours=20)
        sets.rest_on(Base(before.next_base(), at, frozenset({"salesforce", "marketo"}), lowered=lowered))
        found = {key for key, _ in through_sets(sets)}
        assert found == {key_of(subject("p2@x.example")), key_of(subject("p3@x.example"))}
