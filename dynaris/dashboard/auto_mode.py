"""What Auto mode would do, told before it is on: accounts, what becomes automatic, what waits, what is amiss."""

from typing import Any
from uuid import UUID

from dynaris.agents.spending import money, this_month
from dynaris.agents.tools import built_in_tools
from dynaris.channels.registry import customer_channels
from dynaris.core.db import Connection
from dynaris.pipeline.decide import automatic_effects, is_automatic

_EFFECTS = ("read", "write", "send", "spend")


async def preview(
    connection: Connection, workspace_id: UUID, before: dict[str, Any], wished: dict[str, Any]
) -> dict[str, Any]:
    accounts = await _accounts(connection, workspace_id)
    waiting = await _waiting(connection, workspace_id)
    shown = [
        {
            "channel": name,
            "automatic": is_automatic(wished, name),
            "automatic_now": is_automatic(before, name),
            "event_types": list(channel.traits.arrivals),
            "accounts": accounts.get(name, []),
            "waiting": waiting.get(name, {}).get("events", 0),
            "oldest_waiting": waiting.get(name, {}).get("oldest"),
        }
        for name, channel in sorted(customer_channels().items())
        if accounts.get(name) or waiting.get(name)
    ]
    return {
        "enabled": bool(wished["enabled"]),
        "channels": shown,
        "effects": _effects(wished),
        "waiting": sum(each["waiting"] for each in shown),
        # as `queue: process` releases them
        "to_process": sum(each["waiting"] for each in shown if each["automatic"]),
        "warnings": await _warnings(connection, workspace_id, shown),
    }


async def _accounts(connection: Connection, workspace_id: UUID) -> dict[str, list[dict[str, Any]]]:
    cursor = await connection.execute(
        """SELECT id, channel, address, enabled, agent, error, send_error, last_event_at FROM account
           WHERE workspace_id = %s AND removed_at IS NULL ORDER BY id""",
        (workspace_id,),
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for row in await cursor.fetchall():
        found.setdefault(row["channel"], []).append(row)
    return found


async def _waiting(connection: Connection, workspace_id: UUID) -> dict[str, dict[str, Any]]:
    cursor = await connection.execute(
        """SELECT channel, count(*) AS events, min(created_at) AS oldest FROM event
           WHERE workspace_id = %s AND status = 'waiting' AND waiting_for = 'run' GROUP BY channel""",
        (workspace_id,),
    )
    return {row["channel"]: row for row in await cursor.fetchall()}


def _effects(wished: dict[str, Any]) -> list[dict[str, Any]]:
    automatic = automatic_effects(wished) if wished["enabled"] else frozenset({"read"})
    return [
        {
            "effect": effect,
            "automatic": effect in automatic,
            "tools": sorted(tool.name for tool in built_in_tools().values() if tool.effect == effect),
        }
        for effect in _EFFECTS
    ]


async def _warnings(connection: Connection, workspace_id: UUID, shown: list[dict[str, Any]]) -> list[dict[str, str]]:
    working = [(each, account) for each in shown for account in each["accounts"] if account["enabled"]]
    found = [] if working else [_warning("no_account", "Nothing can arrive: no account on any channel is connected.")]
    found += [
        _warning("account_unhealthy", f"{account['address']} ({each['channel']}): {why}")
        for each, account in working
        for why in (account["error"], account["send_error"])
        if why and each["automatic"]
    ]
    cursor = await connection.execute(
        """SELECT EXISTS (SELECT FROM knowledge_source WHERE workspace_id = %(ws)s AND enabled) AS knows,
                  ARRAY(SELECT model FROM model_outage WHERE workspace_id = %(ws)s AND failures > 0 ORDER BY model)
                  AS down""",
        {"ws": workspace_id},
    )
    row = await cursor.fetchone()
    assert row is not None
    if not row["knows"]:
        text = "Agents have no knowledge to answer from: they would hand most questions to you."
        found.append(_warning("no_knowledge", text))
    found += [_warning("model_down", f"The model {model} does not answer at the moment.") for model in row["down"]]
    spending = await this_month(connection, workspace_id)
    if spending["monthly_cap"] is not None and spending["spent"] >= spending["monthly_cap"]:
        cap = money(spending["monthly_cap"])
        found.append(_warning("spending_cap", f"This month's cap of {cap} is spent: no paid model is asked any more."))
    return found


def _warning(code: str, text: str) -> dict[str, str]:
    return {"code": code, "text": text}
