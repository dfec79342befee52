"""What Slack's answers mean for a send: taken, later, refused for good, or nobody knows."""

from collections.abc import Mapping
from typing import Any

import orjson

from dynaris.channels.contract import Refused, SendReceipt, TryLater

_MOST_AFTER = 3_600.0
# Slack's names of what a person has to repair, with what to do.
_ACCOUNT: Mapping[str, str] = {
    "invalid_auth": "the token is wrong: give the bot's own, it begins with xoxb-",
    "not_authed": "no token came with the message: give the bot's own, it begins with xoxb-",
    "account_inactive": "the bot or its workspace was removed: install the app again and give its new token",
    "token_revoked": "the token was revoked: install the app again and give its new token",
    "token_expired": "the token is over: install the app again and give its new token",
    "invalid_token": "the webhook is no longer good: make a new one and give its address",
    "missing_scope": "the app may not write messages: give it the scope chat:write and install it again",
    "no_permission": "the app may not write here: give it the scope chat:write and install it again",
    "channel_not_found": "there is no such channel, or it is private and the bot is not in it: invite the bot",
    "not_in_channel": "the bot is not in the channel: invite it with /invite",
    "is_archived": "the channel is archived: choose another",
    "channel_is_archived": "the channel is archived: choose another",
    "no_service": "the webhook was removed or switched off: make a new one and give its address",
    "no_service_id": "the webhook was removed or switched off: make a new one and give its address",
    "no_active_hooks": "the webhook was switched off: make a new one and give its address",
    "no_team": "the Slack workspace of this webhook is gone",
    "team_disabled": "the Slack workspace of this webhook is switched off",
    "user_not_found": "whom the webhook writes to is gone: make a new one and give its address",
    "action_prohibited": "an administrator of the Slack workspace forbids it: ask them",
    "restricted_action": "an administrator of the Slack workspace forbids it: ask them",
    "posting_to_general_channel_denied": "an administrator of the Slack workspace forbids it: choose another channel",
    "team_access_not_granted": "the app was not let into this Slack workspace: install it there",
}
_LATER = frozenset({"ratelimited", "rate_limited", "service_unavailable", "message_limit_exceeded"})
# Slack says of these that a part of it may have been done.
_IN_DOUBT = frozenset({"fatal_error", "internal_error", "request_timeout", "rollup_error"})


def of_webhook(status: int, said: bytes, headers: Mapping[str, str]) -> SendReceipt:
    """`ok`, or an error's name, as plain text."""
    name = said.decode("utf-8", "replace").strip()
    if status == 200 and name == "ok":
        return SendReceipt()
    return _refused(status, name, headers)


def of_api(status: int, said: bytes, headers: Mapping[str, str]) -> SendReceipt:
    """JSON with `ok`, and `error` where that is false; its status is 200 all the same."""
    answer = read(said)
    if status == 200 and answer.get("ok") is True:
        return SendReceipt(external_id=f"{answer.get('channel')}:{answer.get('ts')}"[:200])
    return _refused(status, str(answer.get("error") or ""), headers)


def read(said: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(said)
    except orjson.JSONDecodeError:
        return {}
    return answer if isinstance(answer, dict) else {}


def remedy(name: str) -> str | None:
    """For an error that is the connection's, not one message's."""
    return _ACCOUNT.get(name)


def _refused(status: int, name: str, headers: Mapping[str, str]) -> SendReceipt:
    if status == 429 or name in _LATER:
        raise TryLater(f"Slack is busy ({name or status})", _after(headers))
    if what := _ACCOUNT.get(name):
        raise Refused(f"Slack says {name}: {what}", "account")
    if status == 503:
        raise TryLater("Slack answered 503", _after(headers))
    if status >= 500 or name in _IN_DOUBT or (status == 200 and not name):
        raise RuntimeError(f"Slack answered {status} {name[:100]}")  # it may stand there
    if status in (301, 302, 307, 308, 401, 403, 404, 410):
        raise Refused(f"Slack answered {status} {name[:100]}: look whether its address is right", "account")
    raise Refused(f"Slack answered {status} {name[:200]}")


def _after(headers: Mapping[str, str]) -> float:
    given = headers.get("retry-after", "").strip()
    return min(max(float(given), 1.0), _MOST_AFTER) if given.isdecimal() else 30.0
