"""The API at a glance in a browser: made from the OpenAPI document, without scripts or anything from elsewhere."""

from html import escape
from typing import Any

from fastapi import APIRouter, Request, Response

from dynaris.workspaces.pages import page

router = APIRouter(include_in_schema=False)


@router.get("/api/docs")
async def api_page(request: Request) -> Response:
    schema = request.app.openapi()
    rows = "".join(
        _row(method, path, operation)
        for path, operations in sorted(schema["paths"].items())
        for method, operation in operations.items()
    )
    return page(
        "Dynaris API",
        "<p>Send <code>Authorization: Bearer KEY</code>. A key is made on the page <a href='/keys'>API keys</a>, by "
        "<code>POST /api/api-keys</code> of a signed-in admin, or by <code>dynaris api-key create</code>. "
        'Parameters, bodies and answers: <a href="/api/openapi.json">openapi.json</a>.</p>'
        f"<table><tr><th>Request</th><th>What it does</th></tr>{rows}</table>",
        wide=True,
    )


def _row(method: str, path: str, operation: dict[str, Any]) -> str:
    said = operation.get("description") or operation.get("summary", "")
    return f"<tr><td><code>{method.upper()} {escape(path)}</code></td><td>{escape(said)}</td></tr>"
