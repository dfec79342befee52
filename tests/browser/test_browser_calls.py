"""Calls in the browser: an agent is tried out by voice and by typing."""

from pathlib import Path

from playwright.async_api import BrowserType, expect

from tests.browser.conftest import PHONE, Room
from tests.browser.looking import is_accessible
from tests.browser.microphones import at_microphone, said_into


async def test_an_agent_hears_and_answers_in_the_browser(room: Room, browser_type: BrowserType, tmp_path: Path) -> None:
    async with at_microphone(browser_type, await said_into(tmp_path / "parking.wav", "Is there parking?")) as page:
        await room.sign_in(page, "/calls")
        await page.get_by_role("button", name="Test call").click()
        dialog = page.get_by_role("dialog", name="Test call")
        await dialog.get_by_role("button", name="Call", exact=True).click()
        said = dialog.get_by_role("log", name="What is said")
        await expect(dialog.get_by_role("status")).to_have_text("On the line", timeout=60_000)
        # Who speaks again and again may do so over the greeting.
        await expect(said).to_contain_text("Is there parking?", timeout=60_000)
        await expect(said).to_contain_text("Patients park free", timeout=60_000)
        await is_accessible(page)
        await dialog.get_by_role("button", name="Mute").click()
        await dialog.get_by_role("textbox", name="Type what the caller says").fill("What are your opening hours?")
        await dialog.get_by_role("button", name="Say it").click()
        await expect(said).to_contain_text("Monday to Friday", timeout=60_000)
        await dialog.get_by_role("button", name="Hang up").click()
        await expect(dialog.get_by_role("status")).to_have_text("The call is over")
        await dialog.get_by_role("link", name="Its record").click()
        await expect(page.get_by_role("log", name="What was said")).to_contain_text("Patients park free")
        await expect(page.get_by_label("In short")).to_contain_text("Answered")
        await expect(page.get_by_label("In short")).to_contain_text("Test call")
        await is_accessible(page)


async def test_an_agent_greets_and_without_a_microphone_one_types(room: Room, browser_type: BrowserType) -> None:
    async with at_microphone(browser_type, None) as page:
        await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        await room.sign_in(page, "/calls")
        await page.get_by_role("button", name="Test call").click()
        dialog = page.get_by_role("dialog", name="Test call")
        await dialog.get_by_role("button", name="Call", exact=True).click()
        await expect(dialog.get_by_role("alert")).to_contain_text("type what you would say")
        await expect(dialog.get_by_role("status")).to_have_text("On the line", timeout=60_000)
        await expect(dialog.get_by_role("log")).to_contain_text("AI assistant of Test Clinic", timeout=60_000)
        await dialog.get_by_role("textbox", name="Type what the caller says").fill("Is there parking?")
        await dialog.get_by_role("button", name="Say it").click()
        await expect(dialog.get_by_role("log")).to_contain_text("Patients park free", timeout=60_000)
        assert await page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
        await is_accessible(page)
        await dialog.get_by_role("button", name="Hang up").click()


async def test_a_visitor_calls_from_the_demo_page(room: Room, browser_type: BrowserType) -> None:
    async with at_microphone(browser_type, None) as page:
        await page.goto(f"{room.url}/demo")
        await page.get_by_role("button", name="Call the clinic").click()
        call = page.get_by_role("region", name="Your call")
        await expect(call.get_by_role("alert")).to_contain_text("type what you would say")
        said = call.get_by_role("log")
        await expect(said).to_contain_text("AI assistant", timeout=60_000)
        await call.get_by_role("textbox").fill("Is there parking?")
        await call.get_by_role("button", name="Say it").click()
        await expect(said).to_contain_text("garage", timeout=60_000)
        await page.emulate_media(color_scheme="dark")
        await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        await is_accessible(page)
        await call.get_by_role("button", name="Hang up").click()
        await expect(call.get_by_role("status")).to_have_text("The call is over")
