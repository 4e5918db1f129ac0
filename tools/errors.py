"""Errors named by what to do about them.

Every error carries three plain sentences a person may read: what failed, on what, and what to do next.
The words of the vendor or of Python stay in `detail`, which is logged and never shown.
"""


class ClearanceError(Exception):
    """Base of every expected failure: `what` failed, `on` what, and what to `do` about it."""

    def __init__(self, what: str, *, on: str = "", do: str = "", detail: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.on = on
        self.do = do
        self.detail = detail

    def sentence(self) -> str:
        """The failure in one line for a person."""
        head = f"{self.what} ({self.on})" if self.on else self.what
        return f"{head if head.endswith('?') else head.rstrip('.') + '.'} {self.do}".strip()


def again(after: float) -> str:
    """When to ask again, for whoever asked; what a run is doing goes on without anybody."""
    when = f"in {after:.0f} s" if after >= 1 else "in a moment"
    return f"Ask again {when}; a run goes on by itself."


class RetryLater(ClearanceError):  # noqa: N818 (errors are named by the recovery, not by the word Error)
    """The vendor surely did not take the request; the same request may work after `after` seconds."""

    def __init__(self, what: str, *, after: float, on: str = "", do: str = "", detail: str = "") -> None:
        super().__init__(what, on=on, do=do or again(after), detail=detail)
        self.after = after


class InvalidArguments(ClearanceError):  # noqa: N818
    """The person or the model can repair the call; `choices` holds likely repairs."""

    def __init__(
        self, what: str, *, on: str = "", do: str = "", detail: str = "", choices: tuple[str, ...] = ()
    ) -> None:
        super().__init__(what, on=on, do=do, detail=detail)
        self.choices = choices


class Refused(ClearanceError):  # noqa: N818
    """Final: policy or the vendor says no. `clause` names the rule where there is one."""

    def __init__(self, what: str, *, on: str = "", do: str = "", detail: str = "", clause: str = "") -> None:
        super().__init__(what, on=on, do=do, detail=detail)
        self.clause = clause


class NeedsAttention(ClearanceError):  # noqa: N818
    """A person must act before it can go on: credentials, permission, a field that was hidden."""


class Drifted(ClearanceError):  # noqa: N818
    """What the decision rested on has changed since; nothing was written."""


class OutcomeUnknown(ClearanceError):  # noqa: N818
    """Sent, no answer. Reconcile by reading; never blindly repeat."""
