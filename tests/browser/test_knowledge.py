"""Knowledge in a browser: a file is uploaded, read and found; answers are changed; what sources say harms nobody."""

from urllib.parse import quote

from playwright.async_api import Page, expect

from tests.browser.conftest import PHONE, Room
from tests.browser.looking import XSS, is_accessible, is_unharmed

PRICES = b"# Prices\n\n## Shock wave therapy\n\nOne session of shock wave therapy costs 84 Euro and takes 20 minutes.\n"


async def test_a_file_is_uploaded_read_and_found_and_everything_appears_by_itself(room: Room, page: Page) -> None:
    await room.sign_in(page, "/knowledge")
    await expect(page.get_by_role("link", name="Answers", exact=True)).to_be_visible()
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="Upload files").click()
    await (await chooser.value).set_files({"name": "prices.md", "mimeType": "text/markdown", "buffer": PRICES})
    row = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="prices", exact=True))
    await expect(row.get_by_text("Ready")).to_be_visible(timeout=20_000)
    await is_accessible(page)

    await page.get_by_role("link", name="Try a question").click()
    await page.get_by_label("A question, as a customer would write it").fill("How much is shock wave therapy?")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("An agent would answer from the first passage.")).to_be_visible()
    passage = page.get_by_role("article").first
    await expect(passage.get_by_text("costs 84 Euro")).to_be_visible()
    await expect(passage.locator("mark").first).to_be_visible()
    await expect(page).to_have_url(f"{room.url}/knowledge/search?q=How+much+is+shock+wave+therapy%3F")
    await is_accessible(page)

    await passage.get_by_role("link", name="prices").click()
    await expect(page.get_by_role("heading", name="prices")).to_be_visible()
    await expect(page.get_by_role("article").get_by_text("costs 84 Euro")).to_be_visible()
    await room.api.post("/api/knowledge/faq", json={"title": "From a program", "pairs": [_pair("A?", "B.")]})
    await page.get_by_role("link", name="All sources").click()
    await expect(page.get_by_role("link", name="From a program")).to_be_visible()
    await room.api.post("/api/knowledge/faq", json={"title": "And one more", "pairs": [_pair("C?", "D.")]})
    await expect(page.get_by_role("link", name="And one more")).to_be_visible()


def _pair(question: str, answer: str) -> dict[str, str]:
    return {"question": question, "answer": answer}


async def test_an_answer_is_changed_where_it_stands_and_the_slower_of_two_is_told(room: Room, page: Page) -> None:
    pairs = [_pair("Do you rent out wheelchairs?", "No."), _pair("Is there a lift?", "Yes.")]
    made = (await room.api.post("/api/knowledge/faq", json={"title": "Access", "pairs": pairs})).json()
    await room.sign_in(page, f"/knowledge/sources/{made['id']}")
    await page.get_by_role("button", name="Edit “Do you rent out wheelchairs?”").click()
    await page.get_by_role("textbox", name="Answer").fill("Yes, for 5 Euro a day.")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("list").get_by_text("Yes, for 5 Euro a day.")).to_be_visible()
    await expect(page.get_by_role("textbox", name="Answer")).to_be_hidden()
    found = (await room.api.get("/api/knowledge/search", params={"q": "rent a wheelchair"})).json()["items"]
    assert found[0]["text"] == "Yes, for 5 Euro a day."

    await page.get_by_role("button", name="Edit “Is there a lift?”").click()
    await page.route(
        "**/api/knowledge/*", lambda route: route.abort() if route.request.method == "GET" else route.continue_()
    )
    await room.api.patch(f"/api/knowledge/{made['id']}", json={"content": "Q: Is there a lift?\nA: Being repaired."})
    await page.get_by_role("textbox", name="Answer").fill("Two of them.")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("somebody else changed this source meanwhile", exact=False)).to_be_visible()


async def test_what_titles_file_names_and_answers_say_is_text(room: Room, page: Page) -> None:
    for attempt in XSS:
        await room.api.post(
            "/api/knowledge/faq", json={"title": attempt, "pairs": [_pair(f"Zebra {attempt}", attempt)]}
        )
    name = '"><img src=x onerror=window.__xss=1>.md'
    made = await room.api.post(
        "/api/knowledge/files", files={"file": (name, "\n\n".join(["# Heading", *XSS]).encode())}
    )
    assert made.status_code == 202, made.text
    [document] = made.json()["items"]
    await room.sign_in(page, "/knowledge")
    await expect(page.get_by_role("link", name=XSS[0])).to_be_visible()
    await is_unharmed(page)
    await page.goto(f"{room.url}/knowledge/search?q={quote('zebra ' + XSS[1])}", wait_until="domcontentloaded")
    await expect(page.get_by_role("article").first).to_be_visible()
    await is_unharmed(page)
    await page.goto(f"{room.url}/knowledge/sources/{document['source_id']}", wait_until="domcontentloaded")
    await expect(page.get_by_role("article").first).to_be_visible(timeout=20_000)
    await is_unharmed(page)
    await page.get_by_role("link", name="All sources").click()
    await page.get_by_role("link", name=XSS[2]).click()
    await expect(page.get_by_role("button", name=f"Edit “Zebra {XSS[2]}”")).to_be_visible()
    await is_unharmed(page)


async def test_a_file_that_cannot_be_read_says_why_and_what_to_do(room: Room, page: Page) -> None:
    made = await room.api.post("/api/knowledge/files", files={"file": ("broken.pdf", b"%PDF-1.4 nothing")})
    [document] = made.json()["items"]
    await room.sign_in(page, f"/knowledge/sources/{document['source_id']}")
    await expect(page.get_by_role("button", name="Read again")).to_be_visible(timeout=20_000)
    await expect(page.get_by_text("damaged", exact=False)).to_be_visible()
    await is_accessible(page)


async def test_on_a_phone_nothing_is_wider_than_the_screen(room: Room, page: Page) -> None:
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await room.api.post("/api/knowledge/faq", json={"title": "W" * 180, "pairs": [_pair("Q" * 300, "A" * 400)]})
    await room.sign_in(page, "/knowledge")
    await expect(page.get_by_role("link", name="Answers", exact=True)).to_be_visible()
    for path in ("/knowledge", "/knowledge/search?q=parking", "/knowledge/unanswered", "/knowledge/meaning"):
        await page.goto(f"{room.url}{path}", wait_until="domcontentloaded")
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert await page.evaluate("document.querySelector('main').scrollWidth <= innerWidth"), path
