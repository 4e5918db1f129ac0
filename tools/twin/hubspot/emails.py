"""Marketing e-mails: statistics added up from what was sent and what became of it."""

from typing import Any, Final

from tools.twin import seed_words as words
from tools.twin.hubspot.errors import bad_request
from tools.twin.hubspot.shown import limit_of, many
from tools.twin.wire import Call, Json, Reply, as_json

COUNTERS: Final = (
    "sent", "delivered", "open", "click", "reply", "bounce", "hardbounced", "softbounced", "unsubscribed",
    "spamreport", "dropped", "selected", "notsent", "pending", "suppressed", "contactslost",
)  # fmt: skip
NAMES: Final = {number: name for number, name, _ in words.MAILINGS}


def statistics(call: Call) -> Reply:
    """GET emails/statistics/list: one aggregate over the e-mails sent in a span, or named by id."""
    wanted = [int(each) for each in many(call, "emailIds") if each.isdigit()]
    start, end = call.query.get("startTimestamp"), call.query.get("endTimestamp")
    if not wanted and not (start and end):
        raise bad_request("startTimestamp and endTimestamp are needed")
    where: list[str] = ["1"]
    values: list[int | str] = []
    if wanted:
        where.append(f"emailId IN ({', '.join('?' * len(wanted))})")
        values += wanted
    if start and end:
        where.append("sentAt >= ? AND sentAt <= ?")
        values += [start[:19] + "Z", end[:19] + "Z"]
    rows = call.world.rows(
        "SELECT emailId, kind, COUNT(*) AS held FROM (SELECT e.emailId, e.kind, (SELECT MIN(s.at) FROM"
        " hs_event s WHERE s.emailId = e.emailId AND s.kind = 'sent') AS sentAt FROM hs_event e)"
        f" WHERE {' AND '.join(where)} GROUP BY emailId, kind",
        values,
    )
    found = sorted({row["emailId"] for row in rows})
    each = {str(number): _data([row for row in rows if row["emailId"] == number]) for number in found}
    return as_json({"emails": found, "aggregate": _data(rows), "campaignAggregations": each}, rows=len(found))


def _data(rows: list[Any]) -> dict[str, Json]:
    """Counters, and the ratios in per cent that follow from them."""
    counters = dict.fromkeys(COUNTERS, 0)
    for row in rows:
        counters[row["kind"]] += row["held"]
    sent, delivered = counters["sent"] or 1, counters["delivered"] or 1
    ratios = {
        "deliveredratio": 100 * counters["delivered"] / sent,
        "bounceratio": 100 * counters["bounce"] / sent,
        "openratio": 100 * counters["open"] / delivered,
        "clickratio": 100 * counters["click"] / delivered,
        "unsubscribedratio": 100 * counters["unsubscribed"] / delivered,
        "spamreportratio": 100 * counters["spamreport"] / delivered,
    }
    return {"counters": counters, "ratios": ratios, "deviceBreakdown": {}, "qualifierStats": {}}


def page(call: Call) -> Reply:
    """GET emails: those that were sent, by id."""
    size, after = limit_of(call.query.get("limit")), int(call.query.get("after") or 0)
    rows = call.world.rows(
        "SELECT emailId, MIN(at) AS at FROM hs_event WHERE kind = 'sent' GROUP BY emailId ORDER BY emailId"
    )
    shown = [_email(row["emailId"], row["at"]) for row in rows[after : after + size]]
    document: dict[str, Json] = {"total": len(rows), "results": shown}
    if after + size < len(rows):
        document["paging"] = {"next": {"after": str(after + size)}}
    return as_json(document, rows=len(shown))


def _email(number: int, at: str) -> dict[str, Json]:
    name = NAMES.get(number, str(number))
    return {
        "id": str(number), "name": name, "subject": name.partition(".")[0], "state": "PUBLISHED",
        "type": "BATCH_EMAIL", "subcategory": "batch", "isPublished": True, "isAb": False, "publishDate": at,
        "createdAt": at, "updatedAt": at, "archived": False, "sendOnPublish": True,
        "content": {}, "from": {}, "to": {},
    }  # fmt: skip
