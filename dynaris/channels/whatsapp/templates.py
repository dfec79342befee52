"""Message templates: as Meta lists them, and filled for a send."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from dynaris.channels.contract import Template, TemplateStatus, Variable, VariableKind
from dynaris.channels.whatsapp.graph import Number, Transport, asked

Json = dict[str, Any]

_FIELDS = "id,name,language,status,category,components,rejected_reason,quality_score,parameter_format"
_PAGE, _MOST = 100, 2_000
_GAP = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")
_STATUS: Mapping[str, TemplateStatus] = {
    "APPROVED": "approved",
    "PENDING": "pending",
    "IN_APPEAL": "pending",
    "PENDING_DELETION": "deleted",
    "REJECTED": "rejected",
    "PAUSED": "paused",
    "LIMIT_EXCEEDED": "paused",
    "FLAGGED": "approved",
    "DISABLED": "disabled",
    "ARCHIVED": "disabled",
    "DELETED": "deleted",
}
_MEDIA: Mapping[str, VariableKind] = {"IMAGE": "image", "VIDEO": "video", "DOCUMENT": "document"}


async def templates(transport: Transport, number: Number) -> Sequence[Template]:
    found: list[Template] = []
    query = {"fields": _FIELDS, "limit": str(_PAGE)}
    while len(found) < _MOST:
        page = await asked(transport, number, "GET", f"{number.settings.waba_id}/message_templates", query=query)
        found += [read for one in page.get("data", []) if isinstance(one, dict) and (read := template_of(one))]
        paging = page.get("paging", {})
        after = paging.get("cursors", {}).get("after")
        if not after or not paging.get("next"):
            break
        query = {**query, "after": str(after)}
    return found


def template_of(listed: Json) -> Template | None:
    if not (listed.get("name") and listed.get("language") and listed.get("id")):
        return None
    parts = {str(one.get("type", "")).upper(): one for one in listed.get("components", []) if isinstance(one, dict)}
    header, body = parts.get("HEADER", {}), parts.get("BODY", {})
    buttons = [one for one in parts.get("BUTTONS", {}).get("buttons", []) if isinstance(one, dict)]
    variables = [*_header_variables(header), *_text_variables("body", body), *_button_variables(buttons)]
    status = _STATUS.get(str(listed.get("status", "")).upper(), "unsupported")
    if any(kind not in ("HEADER", "BODY", "FOOTER", "BUTTONS") for kind in parts) or _has_strange_buttons(buttons):
        status = "unsupported" if status == "approved" else status  # a carousel, an offer that ends, a flow ...
    reason = str(listed.get("rejected_reason") or "")
    quality = listed.get("quality_score")
    return Template(
        external_id=str(listed["id"]),
        name=str(listed["name"])[:512],
        language=str(listed["language"])[:20],
        category=str(listed.get("category") or "utility").lower(),
        status=status,
        reason=None if reason.upper() in ("", "NONE") else reason,
        header=str(header["text"]) if header.get("text") else None,
        body=str(body.get("text") or ""),
        footer=str(parts["FOOTER"]["text"]) if parts.get("FOOTER", {}).get("text") else None,
        buttons=tuple(str(one.get("text") or "") for one in buttons),
        variables=tuple(variables),
        quality=str(quality.get("score")).lower() if isinstance(quality, dict) and quality.get("score") else None,
    )


def _header_variables(header: Json) -> list[Variable]:
    kind = _MEDIA.get(str(header.get("format", "")).upper())
    return [Variable(name="header", kind=kind)] if kind else _text_variables("header", header)


def _text_variables(place: str, part: Json) -> list[Variable]:
    names = dict.fromkeys(_GAP.findall(str(part.get("text") or "")))
    examples = _examples(place, part)
    return [Variable(name=f"{place}.{name}", example=examples.get(name)) for name in names]


def _examples(place: str, part: Json) -> dict[str, str]:
    example = part.get("example")
    if not isinstance(example, dict):
        return {}
    by_name = example.get(f"{place}_text_named_params")
    if isinstance(by_name, list):
        return {str(one.get("param_name")): str(one.get("example")) for one in by_name if isinstance(one, dict)}
    given = example.get(f"{place}_text")
    if isinstance(given, list) and given and isinstance(given[0], list):
        given = given[0]
    return {str(number): str(one) for number, one in enumerate(given or [], 1)} if isinstance(given, list) else {}


def _button_variables(buttons: Sequence[Json]) -> list[Variable]:
    found = []
    for number, button in enumerate(buttons):
        kind = str(button.get("type", "")).upper()
        example = button.get("example")
        shown = str(example[0]) if isinstance(example, list) and example else None
        if kind == "URL" and _GAP.search(str(button.get("url") or "")):
            found.append(Variable(name=f"button.{number}.url", example=shown))
        elif kind in ("COPY_CODE", "OTP"):
            found.append(Variable(name=f"button.{number}.code", kind="code", example=shown))
    return found


def _has_strange_buttons(buttons: Sequence[Json]) -> bool:
    plain = {"QUICK_REPLY", "URL", "PHONE_NUMBER", "COPY_CODE", "VOICE_CALL"}
    return any(str(one.get("type", "")).upper() not in plain for one in buttons)


def components(values: Mapping[str, str]) -> list[Json]:
    """The `components` of a send: values by the variables' names, `Variable.name` has their order."""
    found: dict[str, list[Json]] = {"header": [], "body": []}
    buttons: list[Json] = []
    for name in sorted(values, key=_order):
        place, _, rest = name.partition(".")
        if place == "button":
            buttons.append(_button(rest, values[name]))
        elif name == "header" and values[name].startswith(("https://", "http://")):
            kind, _, link = _media_value(values[name])
            found["header"].append({"type": kind, kind: {"link": link}})
        else:
            named = {} if rest.isdigit() or not rest else {"parameter_name": rest}
            found.setdefault(place, []).append({"type": "text", **named, "text": values[name]})
    return [*({"type": place, "parameters": given} for place, given in found.items() if given), *buttons]


def _media_value(value: str) -> tuple[str, str, str]:
    """The kind follows from the file's ending: Meta compares it with the template's."""
    ending = value.partition("?")[0].rpartition(".")[2].lower()
    kind = "image" if ending in ("jpg", "jpeg", "png") else "video" if ending in ("mp4", "3gp") else "document"
    return kind, ending, value


def _button(rest: str, value: str) -> Json:
    number, _, what = rest.partition(".")
    kind = "url" if what == "url" else "copy_code"
    given = {"type": "text", "text": value} if what == "url" else {"type": "coupon_code", "coupon_code": value}
    return {"type": "button", "sub_type": kind, "index": number, "parameters": [given]}


def _order(name: str) -> tuple[str, int, str]:
    rest = name.rpartition(".")[2]
    return name.partition(".")[0], int(rest) if rest.isdigit() else 0, rest
