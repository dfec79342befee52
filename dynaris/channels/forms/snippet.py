"""What a site's owner pastes: the form as HTML, and as a call from a script."""

import json
from html import escape
from urllib.parse import quote

from dynaris.channels.contract import Account
from dynaris.channels.forms.mapping import example_fields
from dynaris.channels.forms.settings import FormSettings
from dynaris.channels.forms.words import LABELS, LEAVE_EMPTY, SEND

_UNSEEN = 'style="position:absolute;left:-10000px"'
_TYPES = {
    "email": ("email", ' autocomplete="email"'),
    "phone": ("tel", ' autocomplete="tel"'),
    "name": ("text", ' autocomplete="name"'),
}


def snippet(account: Account[FormSettings], base_url: str) -> dict[str, str]:
    action = f"{base_url.rstrip('/')}/forms/{quote(account.address, safe='')}"
    settings = account.settings
    encoding = ' enctype="multipart/form-data"' if settings.most_files else ""
    fields = fields_html(settings, hide=_UNSEEN)
    return {
        "html": f'<form action="{escape(action)}" method="post"{encoding}>\n{fields}\n</form>\n',
        "fetch": _fetch(action, settings),
    }


def fields_html(settings: FormSettings, *, hide: str) -> str:
    """`hide` is the attribute that takes the honeypot out of people's sight; it is out of reach of the tab key and of
    screen readers, too."""
    lines = [_field(name, target, settings) for name, target in example_fields(settings).items()]
    if settings.most_files:
        label = LABELS[settings.language]["files"]
        lines.append(f'  <label for="f-files">{label}</label>')
        lines.append('  <input id="f-files" name="files" type="file" multiple><br>')
    if settings.consent_field:
        name, text = settings.consent_field, escape(settings.consent_text or settings.consent_field)
        needed = _required(name, settings)
        lines.append(f'  <label><input type="checkbox" name="{escape(name)}" value="yes"{needed}> {text}</label><br>')
    if settings.honeypot:
        name, label = escape(settings.honeypot), LEAVE_EMPTY[settings.language]
        lines.append(
            f'  <div {hide} aria-hidden="true"><label>{label} '
            f'<input name="{name}" tabindex="-1" autocomplete="off"></label></div>'
        )
    return "\n".join([*lines, f"  <button>{SEND[settings.language]}</button>"])


def _field(name: str, target: str, settings: FormSettings) -> str:
    shown = escape(LABELS[settings.language].get(target, name.replace("_", " ").capitalize()))
    identity, needed = f"f-{escape(name)}", _required(name, settings, target)
    label = f'  <label for="{identity}">{shown}</label>'
    if target == "message":
        return f'{label}\n  <textarea id="{identity}" name="{escape(name)}" rows="5"{needed}></textarea><br>'
    kind, more = _TYPES.get(target, ("text", ""))
    return f'{label}\n  <input id="{identity}" name="{escape(name)}" type="{kind}"{more}{needed}><br>'


def _required(name: str, settings: FormSettings, target: str = "") -> str:
    return " required" if {name, target} & set(settings.required) else ""


def _fetch(action: str, settings: FormSettings) -> str:
    """A key of its own makes a repeated call one lead."""
    values = {name: "…" for name in example_fields(settings)}
    return (
        f"const answer = await fetch({json.dumps(action)}, {{\n"
        '  method: "POST",\n'
        '  headers: {"Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID()},\n'
        f"  body: JSON.stringify({json.dumps(values, ensure_ascii=False)}),\n"
        "});\n"
        "// 202 {event_id, duplicate}; 422 names the fields to mend in `errors`\n"
    )
