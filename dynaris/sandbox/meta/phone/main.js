// Who is there, whose phone is looked at, and what has changed since.
import { button, call, element, find } from "./api.js";
import { bubble } from "./bubbles.js";
import { showAccount, showFaults, showTemplates } from "./business.js";
import { editThat, forget, replyTo, setUp } from "./compose.js";

let current = decodeURIComponent(location.hash.slice(1)) || null;
let shown = new Map(); // id of a message -> its text as it was drawn, and its element
let typingTimer = 0;
let atEnd = true;

async function tried(act) {
  try {
    find("#error").textContent = "";
    await act();
  } catch (error) {
    find("#error").textContent = error.message;
  }
}

const write = (message) => tried(() => call("POST", `customers/${current}/messages`, message));
const acts = {
  write,
  reply: replyTo,
  edit: editThat,
  played: (message) => tried(() => call("POST", `customers/${current}/played`, { message_id: message.id })),
};

async function showCustomers() {
  const found = await call("GET", "customers");
  if (!found.some((each) => each.user_id === current)) current = found.length ? found[0].user_id : null;
  find("#nobody").hidden = Boolean(current);
  find("section.phone").hidden = !current;
  if (!found.length) find("#new-customer").open = true;
  find("#customers").replaceChildren(...found.map((each) => element("li", {}, chooser(each))));
}

function chooser(customer) {
  const made = button("", () => look(customer.user_id));
  if (customer.user_id === current) made.setAttribute("aria-current", "true");
  made.append(
    element("strong", { textContent: customer.name }),
    element("span", { className: "soft", textContent: customer.wa_id ? `+${customer.wa_id}` : `@${customer.username}` }),
  );
  if (customer.unread) made.append(element("span", { className: "unread", textContent: `${customer.unread} new` }));
  return made;
}

async function look(userId) {
  current = userId;
  history.replaceState(null, "", `#${encodeURIComponent(userId)}`);
  shown = new Map();
  atEnd = true;
  find("#conversation").replaceChildren();
  forget();
  await tried(async () => {
    await showCustomers();
    await showConversation();
  });
}

async function showConversation() {
  if (!current) return;
  const asked = current;
  const { customer, messages } = await call("GET", `customers/${asked}/messages`);
  if (asked !== current) return;
  showHead(customer);
  const list = find("#conversation");
  const drawn = new Map();
  for (const message of messages) {
    const text = JSON.stringify(message);
    const before = shown.get(message.id);
    const made = before && before.text === text ? before.made : bubble(message, messages, acts);
    if (before && before.made !== made) before.made.replaceWith(made);
    drawn.set(message.id, { text, made });
    if (!made.isConnected) list.append(made);
  }
  for (const [id, { made }] of shown) if (!drawn.has(id)) made.remove();
  shown = drawn;
  toEnd();
  const unread = messages.some((each) => each.sender === "business" && ["sent", "delivered"].includes(each.status));
  if (unread && document.visibilityState === "visible") await call("POST", `customers/${asked}/read`, {});
}

// The newest is in view unless somebody scrolled up; pictures grow when they are loaded.
function toEnd() {
  const list = find("#conversation");
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function scrolling() {
  const list = find("#conversation");
  list.addEventListener("scroll", () => {
    atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  });
  for (const grown of ["load", "loadedmetadata"]) list.addEventListener(grown, toEnd, true);
}

function showHead(customer) {
  find("#who").textContent = customer.name;
  const reached = customer.wa_id ? `+${customer.wa_id}` : `@${customer.username}, no number shown`;
  find("#window").textContent = `${reached} · 24 hours ${customer.window_open ? "open" : "closed"}`;
  find("#typing").textContent = customer.typing ? "The business is typing …" : "";
  clearTimeout(typingTimer);
  if (customer.typing) typingTimer = setTimeout(() => tried(showConversation), 2000);
  const fields = find("#settings form").elements;
  fields.receipts.checked = customer.receipts;
  fields.reachable.checked = customer.reachable;
  fields.window.value = customer.window;
  find("#number-field").hidden = find("#change-number").hidden = !customer.wa_id;
  if (document.activeElement !== fields.wa_id) fields.wa_id.value = customer.wa_id || "";
}

function settings() {
  const form = find("#settings form");
  const set = (changes) => tried(() => call("PATCH", `customers/${current}`, changes));
  for (const name of ["receipts", "reachable"]) {
    form.elements[name].addEventListener("change", (event) => set({ [name]: event.target.checked }));
  }
  form.elements.window.addEventListener("change", (event) => set({ window: event.target.value }));
  form.addEventListener("submit", (event) => event.preventDefault());
  find("#change-number").addEventListener("click", () =>
    tried(() => call("POST", `customers/${current}/number`, { wa_id: form.elements.wa_id.value })),
  );
}

function adding() {
  const form = find("#add");
  const { name, wa_id: number, username_only: without } = form.elements;
  number.value = `1555${String(Math.floor(Math.random() * 1e7)).padStart(7, "0")}`;
  without.addEventListener("change", () => {
    number.disabled = without.checked;
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const asked = { name: name.value, ...(without.checked ? { username_only: true } : { wa_id: number.value }) };
    tried(async () => {
      const made = await call("POST", "customers", asked);
      form.reset();
      number.disabled = false;
      number.value = `1555${String(Math.floor(Math.random() * 1e7)).padStart(7, "0")}`;
      find("#new-customer").open = false;
      await look(made.user_id);
      find("#compose").elements.text.focus();
    });
  });
}

// One look at a time: what changes meanwhile is looked at next.
let waiting = null;
let busy = false;

async function lookAgain(changed) {
  waiting = waiting ? new Set([...waiting, ...changed]) : new Set(changed);
  if (busy) return;
  busy = true;
  while (waiting) {
    const now = waiting;
    waiting = null;
    const all = now.size === 0;
    await tried(async () => {
      await showCustomers();
      if (all || now.has("customers") || now.has(current)) await showConversation();
      if (all || now.has("templates")) await showTemplates(tried);
      if (all || now.has("faults")) await showFaults(tried);
      if (all || now.has("account") || find("#account").closest("details").open) await showAccount(tried);
    });
  }
  busy = false;
}

setUp(write, tried);
settings();
adding();
scrolling();
find("#account").closest("details").addEventListener("toggle", () => tried(() => showAccount(tried)));
document.addEventListener("visibilitychange", () => tried(showConversation));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
});
new EventSource("live").addEventListener("message", (event) => lookAgain(JSON.parse(event.data)));
