"""API usage and errors of the day, as the vendor counts them."""

from tools.twin.marketo import auth
from tools.twin.marketo.errors import success
from tools.twin.wire import Call, Reply


def usage(call: Call) -> Reply:
    """GET stats/usage.json: today's calls."""
    day, used = auth.usage(call.world)
    users = [{"userId": "api@twin.example", "count": used}]
    return success([{"date": day, "total": used, "users": users}])


def errors(call: Call) -> Reply:
    """GET stats/errors.json: today's errors by code."""
    day, _ = auth.usage(call.world)
    counted: dict[str, int] = call.world.memory.get("marketo_errors", {}).get(day, {})
    shown = [{"errorCode": code, "count": count} for code, count in sorted(counted.items())]
    return success([{"date": day, "total": sum(counted.values()), "errors": shown}])
