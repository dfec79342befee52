"""How one is told is chosen in the browser: topics, quiet hours, this browser's pushes; and Slack by admins."""

from uuid import UUID

from playwright.async_api import Page, expect

from dynaris.connections.actions import set_send_health
from dynaris.notifications.actions import notify
from tests.browser.conftest import PHONE, Room
from tests.browser.looking import XSS, is_accessible, is_unharmed

# A browser whose maker's service is not asked: headless ones have none.
PUSHES = """
Object.defineProperty(Notification, 'permission', { get: () => window.granted ? 'granted' : 'default' });
Notification.requestPermission = async () => { window.granted = true; return 'granted'; };
const keys = {p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
              auth: 'BTBZMqHH6r4Tts7J_aSIgg'};
let subscribed = null;
PushManager.prototype.getSubscription = async () => subscribed;
PushManager.prototype.subscribe = async (wanted) => subscribed = {
    endpoint: 'https://updates.push.services.mozilla.com/wpush/v2/' + wanted.applicationServerKey.length,
    toJSON() { return {endpoint: this.endpoint, keys}; },
    async unsubscribe() { subscribed = null; },
};
"""


async def test_topics_quiet_hours_and_the_digest_are_chosen_and_stay(room: Room, page: Page) -> None:
    await room.sign_in(page, "/settings/notifications")
    await page.get_by_label("New bookings: e-mail").select_option("off")
    await page.get_by_label("New bookings: push").uncheck(force=True)
    await page.get_by_label("Digest").select_option("day")
    await page.get_by_label("At", exact=True).fill("07:30")
    await page.get_by_role("switch", name="Quiet hours").check(force=True)
    await page.get_by_label("Overdue inquiries: always").check()
    await page.get_by_label("Sunday").uncheck()
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("Saved")).to_be_visible()
    await page.reload()
    await expect(page.get_by_label("New bookings: e-mail")).to_have_value("off")
    await expect(page.get_by_label("At", exact=True)).to_have_value("07:30")
    await expect(page.get_by_label("Sunday")).not_to_be_checked()
    await expect(page.get_by_label("Overdue inquiries: always")).to_be_checked()


async def test_this_browser_is_turned_on_and_off(room: Room, page: Page) -> None:
    await page.add_init_script(PUSHES)
    await room.sign_in(page, "/settings/notifications")
    await page.get_by_role("button", name="Turn on notifications in this browser").click()
    await expect(page.get_by_text("This browser is sent notifications.")).to_be_visible()
    [kept] = await room.rows("SELECT endpoint, keys FROM push_subscription WHERE workspace_id = %(ws)s")
    assert kept["endpoint"].endswith("/65")  # an uncompressed point is what it subscribed with
    await page.get_by_role("button", name="Turn off here").click()
    await expect(page.get_by_text("This browser is sent nothing.")).to_be_visible()
    assert await room.rows("SELECT id FROM push_subscription WHERE workspace_id = %(ws)s") == []


async def test_a_test_rings_the_bell_at_once(room: Room, page: Page) -> None:
    await room.sign_in(page, "/settings/notifications")
    await page.get_by_role("button", name="Send me a test").click()
    await page.get_by_role("button", name="Notifications, 1 unread").click()
    await expect(page.get_by_text("This is a test")).to_be_visible()


async def test_what_comes_in_afterwards_is_shown_on_every_screen(room: Room, page: Page) -> None:
    await room.sign_in(page, "/settings/notifications")
    await expect(page.get_by_text("This browser")).not_to_have_count(0)
    await page.get_by_role("link", name="Inbox").click()
    await page.get_by_role("link", name="Everything").click()
    await expect(page.get_by_role("heading", name="Everything")).to_be_visible()
    await room.chat("I want to speak to a human, please.")
    await expect(page.get_by_role("listitem").filter(has_text="speak to a human")).to_be_visible()
    assert room.errors == []


async def test_what_was_told_is_marked_and_escalates_by_what_the_admins_say(room: Room, page: Page) -> None:
    await room.sign_in(page, "/settings/notifications")
    await page.get_by_label("Webhook URL").fill("https://10.1.2.3/services/T/B/x")
    await page.get_by_role("button", name="Connect Slack").click()
    await expect(page.get_by_role("alert")).to_contain_text("10.1.2.3")
    await page.get_by_label("Webhook URL").fill("https://hooks.slack.com/services/T/B/s3cret")
    await page.get_by_role("button", name="Connect Slack").click()
    await expect(page.get_by_text("Connected", exact=True)).to_be_visible()
    await page.get_by_label("Overdue inquiries: in Slack").uncheck(force=True)
    await page.get_by_label("The next are told after").fill("5")
    await page.get_by_role("button", name="Save for everybody").click()
    await expect(page.get_by_text("Saved")).to_be_visible()
    kept = (await room.api.get("/api/settings/notifications")).json()
    assert kept["escalate_minutes"] == 5
    assert [one["told"] for one in kept["topics"] if one["topic"] == "overdue"] == [False]
    [account] = [one for one in (await room.api.get("/api/accounts")).json()["items"] if one["channel"] == "slack"]
    async with room.house.db.workspace(room.workspace.id) as connection:
        await set_send_health(connection, room.workspace.id, UUID(account["id"]), f"Slack says no_service {XSS[0]}")
    await page.reload()
    await expect(page.get_by_text("Does not work")).to_be_visible()
    await is_accessible(page)
    await is_unharmed(page)
    await page.get_by_role("button", name="Disconnect").click()
    await expect(page.get_by_label("Webhook URL")).to_be_visible()


async def test_a_teammate_has_no_slack_and_a_phone_shows_it_all(room: Room, page: Page) -> None:
    await page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    await room.sign_in(page, "/settings/notifications")
    await expect(page.get_by_label("New bookings: e-mail")).to_be_attached()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await is_accessible(page)


async def test_a_push_that_is_clicked_opens_its_conversation(room: Room, page: Page) -> None:
    """As the service worker has it, whose events a headless browser does not get."""
    await page.goto(f"{room.url}/push-worker.js")  # where no policy keeps a test from running its text
    result = await page.evaluate(
        """async () => {
            const handlers = {}, opened = [], shown = [];
            const self = {
                addEventListener: (name, run) => { handlers[name] = run; },
                registration: { showNotification: async (title, options) => { shown.push([title, options]); } },
                location, clients: { matchAll: async () => [], openWindow: async (url) => { opened.push(url); } },
            };
            const code = document.body.innerText;
            new Function('self', code)(self);
            const wait = async (name, event) => {
                let done; handlers[name]({ ...event, waitUntil: (promise) => { done = promise; } }); await done;
            };
            const told = { title: 'Ada waits', body: 'For a person', tag: 'x', url: location.origin + '/inbox/all/1' };
            await wait('push', { data: { json: () => told } });
            await wait('push', { data: { json: () => ({ ...told, url: 'https://evil.example/' }) } });
            await wait('push', { data: { json: () => { throw new SyntaxError(); } } });
            for (const [, options] of shown) {
                await wait('notificationclick', { notification: { close() {}, data: options.data } });
            }
            return { opened, titles: shown.map(([title]) => title) };
        }"""
    )
    assert result["titles"] == ["Ada waits", "Ada waits", "Dynaris"]
    assert result["opened"] == [f"{room.url}/inbox/all/1", "/", f"{room.url}/"]


async def test_a_notification_rings_without_a_reload(room: Room, page: Page) -> None:
    await room.sign_in(page)
    await expect(page.get_by_role("button", name="Notifications", exact=True)).to_be_visible()
    async with room.house.db.transaction(room.workspace.id) as connection:
        await notify(
            connection,
            room.workspace.id,
            topic="hand_off",
            cause="hand_off:bell",
            title="Ada waits",
            body="",
            subject=f"workspace:{room.workspace.id}",
        )
    await expect(page.get_by_role("button", name="Notifications, 1 unread")).to_be_visible(timeout=3_000)
