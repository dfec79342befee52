"""How each item stands, by what is stored: cheap enough for every reading of the checklist."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dynaris.channels.contract import Embeddable, Triable
from dynaris.channels.registry import channels
from dynaris.conversations.naming import channel_in_words
from dynaris.notifications.actions import mail_channels
from dynaris.onboarding.items import SECTIONS, Item, ItemKey
from dynaris.onboarding.queries import Facts
from dynaris.onboarding.schemas import ItemView, Link, Result, SectionView

_CONNECTORS = "/connectors"
_KNOWLEDGE = "/knowledge"
_SAID = ("checked_at", "not_needed", "note", "changed_by_name", "changed_at")


def sections(facts: Facts) -> list[SectionView]:
    return [
        SectionView(key=each.key, title=each.title, items=[view(item, facts) for item in each.items])
        for each in SECTIONS
    ]


def view(item: Item, facts: Facts) -> ItemView:
    mark = facts.marks.get(item.key, {})
    result = look(item.key, facts)
    if mark.get("not_needed") and result.state != "done":
        result = result.model_copy(update={"state": "not_needed", "why": mark["not_needed"], "next": None})
    said: dict[str, Any] = {name: mark.get(name) for name in _SAID}
    return ItemView(
        **dict(result),
        key=item.key,
        title=item.title,
        guide=item.guide,
        checks=item.checks,
        takes_note=item.takes_note,
        **said,
    )


def look(key: ItemKey, facts: Facts) -> Result:
    return _LOOKS[key](facts)


def _sign_up(facts: Facts) -> Result:
    owner = facts.workspace
    if owner["owner"] is None:
        return Result(state="open", why="The workspace has no owner.", next=_to("Members", "/settings/members"))
    since = f"{owner['created_at']:%Y-%m-%d}"
    return Result(state="done", why=f"{owner['owner']} ({owner['owner_email']}) owns this workspace, made on {since}.")


def _email_verified(facts: Facts) -> Result:
    address = facts.workspace["owner_email"]
    if facts.is_verified:
        return Result(state="done", why=f"{address} was confirmed by the link that was mailed to it.")
    why = f"{address} is not confirmed: its owner chooses a password by a mailed link, under Your account, Password."
    return Result(state="open", why=why, next=_to("Your account", "/settings/account"))


def _plan(facts: Facts) -> Result:
    plan, credits_note = facts.workspace["plan"], facts.workspace["credits_note"]
    if plan and credits_note:
        return Result(state="done", why=f"{plan}: {credits_note}")
    missing = " and ".join(name for name, value in (("plan", plan), ("credits", credits_note)) if not value)
    why = f"The {missing} of this business: not noted yet. An owner notes it, or staff of this installation."
    return Result(state="open", why=why, next=_to("Note them", "/settings/plan"))


def _mailbox(facts: Facts) -> Result:
    found = _accounts_on(facts, set(mail_channels()))
    if not found:
        why = "No mailbox is connected, so no mail is answered."
        return Result(state="open", why=why, next=_to("Connect a mailbox", f"{_CONNECTORS}/new"))
    live = _health(found, facts)
    if live.state != "done":
        return live
    checked = _checked(facts, "mailbox")
    return checked if checked and checked.state == "failed" else live.model_copy(update=_details(checked))


def _health(accounts: list[dict[str, Any]], facts: Facts) -> Result:
    evidence = _each(accounts)
    unwell = [each for each in accounts if each["error"] or each["send_error"]]
    if unwell:
        first = unwell[0]
        why = f"{first['address']}: {first['error'] or first['send_error']}"
        repair = _to("Repair it", f"{_CONNECTORS}/{first['id']}")
        return Result(state="failed", why=why, evidence=evidence, next=repair)
    heard = [datetime.fromisoformat(each["last_event_at"]) for each in accounts if each["last_event_at"]]
    zone = ZoneInfo(facts.workspace["timezone"])
    last = (
        f"; the last message came on {max(heard).astimezone(zone):%Y-%m-%d at %H:%M}"
        if heard
        else ", and waits for mail"
    )
    named = accounts[0]["address"] if len(accounts) == 1 else f"{len(accounts)} accounts"
    return Result(state="done", why=f"{named}: connected, no error{last}.", evidence=evidence)


def _each(accounts: list[dict[str, Any]]) -> list[Link]:
    """A key may be the name of a widget and of a form."""
    return [
        _to(f"{each['address']} ({channel_in_words(each['channel'])})", f"{_CONNECTORS}/{each['id']}")
        for each in accounts
    ]


def _channel(what: str, *names: str) -> Callable[[Facts], Result]:
    """Of a channel that this release may not have yet: once there is a folder for it, its accounts tell."""

    def looked(facts: Facts) -> Result:
        if not set(names) & channels().keys():
            return Result(state="not_yet", why=f"{what} cannot be connected yet: a later release brings it.")
        found = _accounts_on(facts, set(names))
        if found:
            return _health(found, facts)
        return Result(state="open", why=f"{what} is not connected.", next=_to("Connect it", f"{_CONNECTORS}/new"))

    return looked


def _website(facts: Facts) -> Result:
    mail = set(mail_channels())
    web = {
        name
        for name, one in channels().items()
        if name not in mail and (isinstance(one, Embeddable) or (isinstance(one, Triable) and one.trial == "chat"))
    }
    found = _accounts_on(facts, web)
    if not found:
        why = "There is neither a chat widget nor a form."
        return Result(state="open", why=why, next=_to("Make one", f"{_CONNECTORS}/new"))
    if any(each["last_event_at"] for each in found):
        return _health(found, facts)
    why = f"{found[0]['address']} is there, and nothing has come in through it yet: is its code on the web site?"
    evidence = _each(found)
    return Result(state="open", why=why, evidence=evidence, next=_to("Code to paste", "/settings/widget"))


def _knowledge(facts: Facts) -> Result:
    count, unread = facts.workspace["sources"], facts.workspace["unread"]
    waiting = f" {unread} documents are still being read." if unread else ""
    if not count:
        why = f"Agents know nothing yet: no document, no page and no FAQ.{waiting}"
        return Result(state="open", why=why, next=_to("Add knowledge", _KNOWLEDGE))
    sources = f"{count} source{'' if count == 1 else 's'}"
    return Result(state="done", why=f"Agents answer from {sources}.{waiting}", evidence=[_to(sources, _KNOWLEDGE)])


def _knowledge_fits(facts: Facts) -> Result:
    why = "Not checked yet: whether typical questions of such a business find an answer."
    return _checked(facts, "knowledge_fits") or Result(state="open", why=why)


def _calendar(facts: Facts) -> Result:
    has = facts.workspace
    own = f"The calendar built in has {has['services']} services and {has['people']} people."
    return Result(
        state="not_yet",
        why=f"Google Calendar and Outlook cannot be connected yet: a later release brings it. {own}",
        evidence=[_to("Scheduling", "/scheduling")],
    )


def _availability(facts: Facts) -> Result:
    if not facts.workspace["services"]:
        why = "No service can be booked, so no time can be offered."
        return Result(state="open", why=why, next=_to("Add a service", "/scheduling"))
    return _checked(facts, "availability") or Result(state="open", why="Not checked yet: whether times are offered.")


def _crm(facts: Facts) -> Result:  # noqa: ARG001 - one of the looks
    return Result(state="not_yet", why="HubSpot and Salesforce cannot be connected yet: a later release brings it.")


def _contact_sync(facts: Facts) -> Result:  # noqa: ARG001 - one of the looks
    return Result(state="not_yet", why="There is nothing to sync with before a CRM can be connected.")


def _verification(facts: Facts) -> Result:
    last = next((each for each in facts.tries if each["event_id"]), None)
    if last is None:
        on_its_way = " One is on its way in." if facts.tries else ""
        return Result(state="open", why=f"No test message was sent yet: try it.{on_its_way}")
    evidence = [_to("The whole story", f"/events/{last['event_id']}")]
    state, why = _became(last, facts.workspace["auto_mode"])
    return Result(state=state, why=f"The last test {last['kind']} {why}", evidence=evidence)


def _became(tried: Mapping[str, Any], auto_mode: Mapping[str, Any]) -> tuple[Any, str]:
    match tried["outcome"] or tried["waiting_for"] or tried["status"]:
        case "answered":
            return "done", "was answered."
        case "failed" | "ignored" as outcome:
            return "failed", f"was not answered: it ended as {outcome}."
        case "handed_off":
            return "open", "was handed to the team: no agent had an answer to it."
        case "run" if not auto_mode.get("enabled"):
            return "open", "waits for somebody to start the agent: Auto mode is off."
        case "queued":
            return "open", "is being answered."
        case waits_for:
            return "open", f"waits ({waits_for})."


def _stored(key: ItemKey, unchecked: str) -> Callable[[Facts], Result]:
    return lambda facts: _checked(facts, key) or Result(state="open", why=unchecked)


def _custom_config(facts: Facts) -> Result:
    if (facts.marks.get("custom_config") or {}).get("note"):
        return Result(state="done", why="Noted below.")
    return Result(state="open", why="Nothing is noted: what is special about this set-up, or that nothing is.")


def _checked(facts: Facts, key: ItemKey) -> Result | None:
    stored = (facts.marks.get(key) or {}).get("result")
    return Result.model_validate(stored) if stored else None


def _details(checked: Result | None) -> dict[str, Any]:
    return {"details": checked.details} if checked else {}


def _accounts_on(facts: Facts, names: set[str]) -> list[dict[str, Any]]:
    return [each for each in facts.accounts if each["channel"] in names]


def _to(text: str, path: str) -> Link:
    return Link(text=text, path=path)


_LOOKS: Mapping[ItemKey, Callable[[Facts], Result]] = {
    "sign_up": _sign_up,
    "email_verified": _email_verified,
    "plan": _plan,
    "mailbox": _mailbox,
    "slack": _channel("Slack", "slack"),
    "phone": _channel("A telephone number", "voice_twilio", "twilio", "voice"),
    "whatsapp": _channel("WhatsApp", "whatsapp"),
    "website": _website,
    "knowledge": _knowledge,
    "knowledge_fits": _knowledge_fits,
    "calendar": _calendar,
    "availability": _availability,
    "crm": _crm,
    "contact_sync": _contact_sync,
    "verification": _verification,
    "health": _stored("health", "Not checked yet: whether workers, accounts and models are well."),
    "custom_config": _custom_config,
}
