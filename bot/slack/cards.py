"""Where a plan's card stands, and keeping it true: one message a place, rendered from the store each time."""

from bot import wording
from bot.engine.cards import PlanCard
from bot.engine.engine import Engine
from bot.slack.directory import SlackDirectory
from bot.slack.fresh import Fresh
from bot.slack.post import Poster
from bot.slack.thread import SURFACE, is_direct, under
from bot.slack.views.card import card as view
from bot.slack.views.pieces import Message, words
from bot.store import cards, seen
from bot.store.cards import Place
from bot.store.connect import Store
from tools.errors import ClearanceError, NeedsAttention
from tools.ports import Clock

VOTERS = 20  # people who get a copy of a card that was asked for in a direct message
PATIENCE = 20  # quarter seconds given to another process that is posting the same card


class Cards:
    """The cards of all plans on this surface."""

    def __init__(
        self, *, engine: Engine, store: Store, poster: Poster, directory: SlackDirectory, clock: Clock
    ) -> None:
        self._engine = engine
        self._store = store
        self._poster = poster
        self._directory = directory
        self._clock = clock
        self._rendered: Fresh[str, PlanCard] = Fresh(self._render, seconds=0)

    def show(self, plan_id: str) -> PlanCard:
        """Bring the card up to date wherever it stands; post it first if it stands nowhere yet.

        Fifty clicks at once make a few updates: one that begins after a call serves that call.
        """
        return self._rendered.now(plan_id)

    def places(self, plan_id: str) -> list[Place]:
        """The messages that show this plan, oldest first."""
        with self._store.read() as connection:
            return cards.places(connection, plan_id, surface=SURFACE)

    def plan_at(self, channel: str, message: str) -> str | None:
        """The plan whose card is that message."""
        with self._store.read() as connection:
            return cards.plan_at(connection, surface=SURFACE, channel=channel, message=message)

    def spot(self, shown: PlanCard) -> tuple[str, str]:
        """The channel, and the message in it under which news of a plan goes."""
        if root := under(shown.thread):
            return shown.channel, root
        found = self.places(shown.header.id)
        here = [place for place in found if place.channel == shown.channel] or found
        return (here[0].channel, here[0].message) if here else (shown.channel, "")

    def copy(self, shown: PlanCard, user: str, *, once: bool = True) -> None:
        """Put a copy of the card into the direct message with somebody, unless (`once`) one is there."""
        channel = self._poster.direct(user)
        if once and any(place.channel == channel for place in self.places(shown.header.id)):
            return
        for line in wording.handed_lines(shown):
            self._poster.post(channel, words(line))
        self._post(shown, channel, "")

    def _render(self, plan_id: str) -> PlanCard:
        found = self.places(plan_id) or self._posted_meanwhile(plan_id)
        shown = self._engine.card(plan_id)
        standing = [place for place in found if self._updated(place, shown)]
        if not standing:
            self._first(shown)
        return shown

    def _updated(self, place: Place, shown: PlanCard) -> bool:
        if self._poster.update(place.channel, place.message, self._view(shown, place.channel)):
            return True
        with self._store.begin() as connection:  # somebody has deleted the message
            cards.remove(connection, place)
        return False

    def _view(self, shown: PlanCard, channel: str) -> Message:
        if shown.approval is None or shown.header.state != "pending" or is_direct(channel):
            return view(shown, clear=is_direct(channel))
        try:
            return view(shown, call=self._directory.call(shown.approval.group))
        except ClearanceError:  # whom to call is a courtesy: the card names the group in words
            return view(shown)

    def _posted_meanwhile(self, plan_id: str) -> list[Place]:
        # one process posts the first card; another waits for it, and takes over when it seems to have died
        with self._store.begin() as connection:
            mine = seen.first_time(connection, f"slack:card:{plan_id}", now=self._store.now(connection))
        for _ in range(0 if mine else PATIENCE):
            if found := self.places(plan_id):
                return found
            self._clock.sleep(0.25)
        return []

    def _first(self, shown: PlanCard) -> None:
        try:
            self._post(shown, shown.channel, under(shown.thread))
        except NeedsAttention as error:
            home = self._poster.direct(shown.requester)
            self._poster.post(home, words(error.sentence()))
            self._post(shown, home, "")
        if is_direct(shown.channel) and shown.approval is not None and shown.header.state == "pending":
            self._to_voters(shown, shown.approval.group)

    def _to_voters(self, shown: PlanCard, group: str) -> None:
        for voter in self._directory.members(group)[:VOTERS]:
            if voter.id != shown.requester:
                self._post(shown, self._poster.direct(voter.id), "")

    def _post(self, shown: PlanCard, channel: str, root: str) -> None:
        at = self._poster.post(channel, self._view(shown, channel), under=root)
        place = Place(plan_id=shown.header.id, surface=SURFACE, channel=channel, message=at)
        with self._store.begin() as connection:
            cards.put(connection, place, now=self._store.now(connection))
