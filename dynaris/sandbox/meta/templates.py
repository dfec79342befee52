"""Message templates: made, approved or rejected, listed by pages, and filled; with what a send must give them."""

import base64
import json
import re
import secrets
from typing import Any

from dynaris.core.errors import InvalidInput, NotFound
from dynaris.sandbox.meta.graph_errors import GraphError
from dynaris.sandbox.meta.store import Row, Store

CATEGORIES = ("AUTHENTICATION", "MARKETING", "UTILITY")
STATUSES = ("PENDING", "APPROVED", "REJECTED", "PAUSED", "DISABLED")
_NAME = re.compile(r"[a-z0-9_]{1,512}")
_VARIABLE = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")
_MOST_TEXT = 1024
_QUESTION = [
    {"type": "BODY", "example": {"body_text": [["Ada", "the opening hours"]]}},
    {"type": "FOOTER", "text": "Demo business"},
    {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY"}]},
]
_HELLO = [
    {"type": "HEADER", "format": "TEXT", "text": "Hello World"},
    {"type": "BODY", "text": "Welcome and congratulations! This message demonstrates that you can send a template."},
    {"type": "FOOTER", "text": "WhatsApp Business Platform sample message"},
]


def add_first_templates(store: Store) -> None:
    """One of each state, so that a new account shows them all."""
    add_template(store, "hello_world", "en_US", "UTILITY", _HELLO, status="APPROVED")
    english = "Hello {{1}}, we have an answer to your question about {{2}}. Shall we send it?"
    german = "Hallo {{1}}, wir haben eine Antwort auf Ihre Frage zu {{2}}. Sollen wir sie senden?"
    add_template(store, "answer_ready", "en", "UTILITY", _question(english, "Yes, please"), status="APPROVED")
    add_template(store, "answer_ready", "de", "UTILITY", _question(german, "Ja, bitte"), status="APPROVED")
    english = "Hello {{1}}, this is our answer to your message: {{2}} Write to us if you would like to know more."
    german = "Hallo {{1}}, hier ist die Antwort auf Ihre Nachricht: {{2}} Schreiben Sie uns gern, wenn noch etwas ist."
    add_template(store, "our_answer", "en", "UTILITY", _carrying(english, "You can park here."), status="APPROVED")
    add_template(store, "our_answer", "de", "UTILITY", _carrying(german, "Sie können hier parken."), status="APPROVED")
    offer = [{"type": "BODY", "text": "Spring is here: 10 % off until {{1}}.", "example": {"body_text": [["31 May"]]}}]
    add_template(store, "spring_offer", "en", "MARKETING", offer, status="PENDING")
    add_template(store, "autumn_offer", "en", "MARKETING", offer, status="REJECTED", reason="PROMOTIONAL")


def _carrying(body: str, reply: str) -> list[Row]:
    """With a gap for a whole answer, for what may not leave by itself any more."""
    return [{"type": "BODY", "text": body, "example": {"body_text": [["Ada", reply]]}}]


def _question(body: str, button: str) -> list[Row]:
    first, footer, _ = _QUESTION
    return [
        {**first, "text": body},
        footer,
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": button}]},
    ]


def add_template(
    store: Store,
    name: str,
    language: str,
    category: str,
    components: list[Row],
    *,
    status: str = "PENDING",
    reason: str = "NONE",
    format: str = "POSITIONAL",
) -> str:
    """Its id."""
    template_id = str(10**15 + secrets.randbelow(9 * 10**15))
    store.run(
        "INSERT INTO template (id, name, language, category, status, components, format, reason) "
        "VALUES (:id, :name, :language, :category, :status, :components, :format, :reason)",
        id=template_id,
        name=name,
        language=language,
        category=category,
        status=status,
        components=json.dumps(components, ensure_ascii=False),
        format=format,
        reason=reason,
    )
    return template_id


def create_template(store: Store, asked: Row) -> Row:
    """As `POST /{waba}/message_templates`: it waits for approval. Raises `GraphError`."""
    name, language, category = (asked.get(each) for each in ("name", "language", "category"))
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise GraphError(100, "name: only lowercase letters, digits and underscores are allowed")
    if not isinstance(language, str) or not re.fullmatch(r"[a-z]{2,3}(_[A-Za-z]{2,4})?", language):
        raise GraphError(100, "language: a code such as en or en_US is needed")
    category = category.upper() if isinstance(category, str) else None
    if category not in CATEGORIES:
        raise GraphError(100, f"category: must be one of {', '.join(CATEGORIES)}")
    form = str(asked.get("parameter_format") or "POSITIONAL").upper()
    components = _checked(asked.get("components"), form)
    if store.row("SELECT 1 AS one FROM template WHERE name = :n AND language = :l", n=name, l=language):
        raise GraphError(100, f"There is already {language} content for this template.", subcode=2388024)
    template_id = add_template(store, name, language, category, components, format=form)
    return {"id": template_id, "status": "PENDING", "category": category}


def _checked(components: Any, form: str) -> list[Row]:
    if not isinstance(components, list) or not all(isinstance(each, dict) for each in components):
        raise GraphError(100, "components: a list is needed")
    if form not in ("POSITIONAL", "NAMED"):
        raise GraphError(100, "parameter_format: must be POSITIONAL or NAMED")
    bodies = [each for each in components if str(each.get("type", "")).upper() == "BODY"]
    text = bodies[0].get("text") if len(bodies) == 1 else None
    if not isinstance(text, str) or not 1 <= len(text) <= _MOST_TEXT:
        raise GraphError(100, f"components: one BODY with a text of 1 to {_MOST_TEXT} characters is needed")
    names = _VARIABLE.findall(text)
    if form == "POSITIONAL" and sorted(set(names)) != [str(n + 1) for n in range(len(set(names)))]:
        raise GraphError(100, "components: the body's variables must be {{1}}, {{2}} and so on")
    if names and not bodies[0].get("example"):
        raise GraphError(100, "components: a body with variables needs an example", subcode=2388043)
    return [{**each, "type": str(each.get("type", "")).upper()} for each in components]


def find_template(store: Store, template_id: str) -> Row:
    found = store.row("SELECT * FROM template WHERE id = :id", id=template_id)
    if found is None:
        raise NotFound(f"there is no template {template_id}")
    return found


def decide(store: Store, template_id: str, status: str, reason: str | None = None) -> Row:
    """Approved, rejected with a reason, paused. The template as it is then."""
    template = find_template(store, template_id)
    if status not in STATUSES:
        raise InvalidInput(f"status must be one of {', '.join(STATUSES)}, not {status!r}")
    why = (reason or "INVALID_FORMAT") if status == "REJECTED" else "NONE"
    store.run(
        "UPDATE template SET status = :status, reason = :why WHERE id = :id", status=status, why=why, id=template_id
    )
    return {**template, "status": status, "reason": why}


def delete_templates(store: Store, name: str, template_id: str | None) -> int:
    """All languages of a name, or the one with the id. How many went."""
    return store.run("DELETE FROM template WHERE name = :name AND (:id IS NULL OR id = :id)", name=name, id=template_id)


def page_of_templates(store: Store, asked: dict[str, str]) -> Row:
    """`fields`, `name`, `status`, `language`, `category`, `limit`, `after`, as Graph pages them."""
    filters = {each: asked.get(each) for each in ("name", "status", "language", "category")}
    where = " AND ".join(f"(:{each} IS NULL OR {each} = :{each})" for each in filters)
    found = store.rows(f"SELECT * FROM template WHERE {where} ORDER BY rowid", **filters)
    limit = int(asked.get("limit", "25")) if asked.get("limit", "25").isdecimal() else 25
    begin = _offset(asked.get("after"))
    page = found[begin : begin + limit]
    paging: Row = {"cursors": {"before": _cursor(begin), "after": _cursor(begin + len(page))}}
    if begin + limit < len(found):
        paging["next"] = ""  # filled by the route, which knows its own address
    return {"data": [described(each, asked.get("fields")) for each in page], "paging": paging}


def described(template: Row, fields: str | None = None) -> Row:
    """As Graph shows it."""
    whole = {
        "name": template["name"],
        "parameter_format": template["format"],
        "components": json.loads(template["components"]),
        "language": template["language"],
        "status": template["status"],
        "category": template["category"],
        "rejected_reason": template["reason"],
        "quality_score": {"score": "UNKNOWN"},
    }
    named = (
        fields.split(",") if fields else ["name", "parameter_format", "components", "language", "status", "category"]
    )
    return {**{each: whole[each] for each in named if each in whole}, "id": template["id"]}


def filled(store: Store, asked: Any) -> tuple[Row, Row]:
    """The template that a message names, and what the phone shows: header, body, footer, buttons.

    Raises `GraphError` where Meta does: unknown, not approved, wrong number or kind of parameters.
    """
    if not isinstance(asked, dict) or not isinstance(asked.get("name"), str):
        raise GraphError(131008, "Parameter 'template.name' is mandatory for type 'template'")
    language = asked.get("language")
    code = language.get("code") if isinstance(language, dict) else None
    found = store.row("SELECT * FROM template WHERE name = :n AND language = :l", n=asked["name"], l=code)
    if found is None or found["status"] in ("PENDING", "REJECTED"):
        raise GraphError(132001, f"template name ({asked['name']}) does not exist in {code}")
    if found["status"] in ("PAUSED", "DISABLED"):
        raise GraphError(132015 if found["status"] == "PAUSED" else 132016)
    given = asked.get("components") or []
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise GraphError(100, "template.components: a list is needed")
    shown: Row = {"name": found["name"], "language": found["language"], "buttons": []}
    for component in json.loads(found["components"]):
        kind = component["type"].lower()
        if kind == "buttons":
            shown["buttons"] = [_button(each, n, given) for n, each in enumerate(component.get("buttons", []))]
        elif kind == "header" and component.get("format", "TEXT") != "TEXT":
            shown["header_media"] = _media_header(component["format"].lower(), given)
        else:
            parameters = _parameters(given, kind)
            shown[kind] = _fill(component.get("text", ""), parameters, found["format"], kind)
    return found, shown


def _parameters(given: list[Row], kind: str, index: int | None = None) -> list[Row]:
    for each in given:
        at = each.get("index")
        if str(each.get("type", "")).lower() == kind and (index is None or str(at) == str(index)):
            found = each.get("parameters") or []
            return found if isinstance(found, list) else []
    return []


def _fill(text: str, parameters: list[Row], form: str, kind: str) -> str:
    names = list(dict.fromkeys(_VARIABLE.findall(text)))
    if len(names) != len(parameters):
        words = f"{kind}: number of localizable_params ({len(parameters)}) does not match the expected number of params"
        raise GraphError(132000, f"{words} ({len(names)})")
    values = {}
    for position, parameter in enumerate(parameters):
        name = parameter.get("parameter_name") if form == "NAMED" else str(position + 1)
        if name not in names:
            raise GraphError(132012, f"{kind}: there is no parameter named {name!r}")
        values[name] = _value(parameter, kind)
    return _VARIABLE.sub(lambda found: values.get(found[1], ""), text)


def _value(parameter: Row, kind: str) -> str:
    value = parameter.get("text") if parameter.get("type") == "text" else None
    if parameter.get("type") in ("currency", "date_time"):
        value = (parameter.get(parameter["type"]) or {}).get("fallback_value")
    if not isinstance(value, str) or not value:
        raise GraphError(132012, f"{kind}: a parameter of type text with a text is needed")
    if re.search(r"[\n\t]| {5,}", value):
        raise GraphError(132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces")
    return value


def _media_header(kind: str, given: list[Row]) -> Row:
    found = _parameters(given, "header")
    if len(found) != 1 or not isinstance(found[0].get(kind), dict):
        raise GraphError(132012, f"header: Format mismatch, expected {kind.upper()}")
    return {"type": kind, **found[0][kind]}


def _button(button: Row, index: int, given: list[Row]) -> Row:
    """A quick reply answers with the payload that the send gave it, or with its own text."""
    parameters = _parameters(given, "button", index)
    shown = {"type": button.get("type", ""), "text": button.get("text", "")}
    if button.get("type") == "QUICK_REPLY":
        payload = parameters[0].get("payload") if parameters else None
        return {**shown, "payload": payload or button.get("text", "")}
    url = str(button.get("url", ""))
    if _VARIABLE.search(url) and not parameters:
        raise GraphError(131008, f"buttons: Button at index {index} of type Url requires a parameter")
    if parameters:
        url = _VARIABLE.sub(lambda _: str(parameters[0].get("text", "")), url)
    return {**shown, "url": url or str(button.get("phone_number", ""))}


def _cursor(offset: int) -> str:
    return base64.urlsafe_b64encode(f"at{offset}".encode()).decode().rstrip("=")


def _offset(cursor: str | None) -> int:
    if not cursor:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        return max(0, int(text.removeprefix("at")))
    except ValueError:
        raise GraphError(100, "after: this cursor is not one of ours") from None
