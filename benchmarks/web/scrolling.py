"""How evenly the inbox scrolls with 10,000 conversations: while their pages come in, and when all are there."""

from playwright.async_api import Page

from benchmarks.figures import Figure, percentile
from benchmarks.stage import Stage, opened

_CONVERSATIONS = 10_000
_SECONDS, _STEP = 8, 100  # pixels a frame: at 60 frames a second some 58 conversations in a second
_STATEMENTS = (
    f"""CREATE TEMP TABLE writer AS
        SELECT n, uuidv7() AS contact_id, uuidv7() AS conversation_id, uuidv7() AS message_id
        FROM generate_series(1, {_CONVERSATIONS}) AS n""",
    """INSERT INTO contact (workspace_id, id, name)
       SELECT %(workspace)s, contact_id, 'Writer number ' || n FROM writer""",
    """INSERT INTO conversation (workspace_id, id, contact_id, channel, account_id, reply_to, subject, last_message_at)
       SELECT %(workspace)s, conversation_id, contact_id, 'email', %(account)s, 'w' || n || '@people.example',
              'A question about appointment ' || n, now() - n * interval '1 minute'
       FROM writer""",
    """INSERT INTO message (workspace_id, id, conversation_id, contact_id, direction, author, text, created_at)
       SELECT %(workspace)s, message_id, conversation_id, contact_id, 'inbound', 'contact',
              'A sentence of the usual length, as people write it when they ask something: number ' || n,
              now() - n * interval '1 minute'
       FROM writer""",
    "DROP TABLE writer",
    "ANALYZE",
)
_SCROLL = """async ([seconds, step]) => {
    const list = document.querySelector('[data-testid="conversations"]'), gaps = [];
    let before = performance.now();
    const end = before + seconds * 1000;
    while (before < end) {
        list.scrollTop += step;
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        gaps.push(now - before);
        before = now;
    }
    return gaps;
}"""
_TO_THE_END = """async wanted => {
    const list = document.querySelector('[data-testid="conversations"]');
    while (list.scrollHeight < wanted) {
        list.scrollTop = list.scrollHeight;
        await new Promise(requestAnimationFrame);
    }
    list.scrollTop = 0;
}"""
_ROW = 104  # pixels


async def figures(stage: Stage) -> list[Figure]:
    await _fill(stage)
    context = await stage.context()
    page, _ = await opened(context, f"{stage.product.address}/inbox/all")
    await page.get_by_test_id("conversations").wait_for()
    await page.wait_for_timeout(2_000)
    coming = await _frames(page)
    await page.evaluate(_TO_THE_END, _CONVERSATIONS * _ROW)
    await page.wait_for_timeout(2_000)
    there = await _frames(page)
    await context.close()
    note = f"{_CONVERSATIONS} conversations, {_STEP} pixels a frame"
    return [
        Figure("inbox_scroll_frame_p95_ms", percentile(there, 0.95), 50, unit="ms", note=f"{note}, all there"),
        Figure("inbox_scroll_loading_frame_p95_ms", percentile(coming, 0.95), 50, unit="ms", note="as pages come in"),
        Figure("inbox_scroll_frame_longest_ms", max(there), unit="ms"),
    ]


async def _frames(page: Page) -> list[float]:
    return await page.evaluate(_SCROLL, [_SECONDS, _STEP])


async def _fill(stage: Stage) -> None:
    accounts = (await stage.api.get("/api/accounts")).json()["items"]
    account = next(each["id"] for each in accounts if each["channel"] == "email")
    values = {"workspace": stage.product.workspace_id, "account": account}
    for statement in _STATEMENTS:
        await stage.product.execute(statement, values if "%(" in statement else None)
