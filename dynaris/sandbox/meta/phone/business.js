// The business's side: templates to approve or reject, faults to plan, and what its account allows.
import { button, call, element, find } from "./api.js";

const FAULTS = [
  ["Window closed (131047)", { on: "send", kind: "error", code: 131047 }],
  ["Undeliverable later (131026)", { on: "send", kind: "failed_later", code: 131026 }],
  ["Marketing held back later (131049)", { on: "send", kind: "failed_later", code: 131049 }],
  ["Rate limit (130429)", { on: "send", kind: "error", code: 130429 }],
  ["Too many to one customer (131056)", { on: "send", kind: "error", code: 131056 }],
  ["Token expired (190)", { on: "send", kind: "error", code: 190 }],
  ["Service down (503)", { on: "send", kind: "error", code: 503 }],
  ["Receipt lost", { on: "send", kind: "lost_receipt" }],
  ["Connection dropped", { on: "send", kind: "dropped" }],
  ["Slow send (5 s)", { on: "send", kind: "slow", seconds: 5 }],
  ["Webhook three times", { on: "webhook", kind: "duplicate", copies: 3 }],
  ["Webhook overtaken", { on: "webhook", kind: "reorder" }],
  ["Webhook late (5 s)", { on: "webhook", kind: "delay", seconds: 5 }],
  ["Status lost", { on: "webhook", kind: "status_lost" }],
  ["Medium expired", { on: "media", kind: "expired" }],
  ["Medium slow (5 s)", { on: "media", kind: "slow", seconds: 5 }],
  ["Medium is other bytes", { on: "media", kind: "wrong_bytes" }],
];

export async function showTemplates(tried) {
  const found = await call("GET", "templates");
  find("#templates").replaceChildren(...found.map((each) => template(each, tried)));
}

function template(each, tried) {
  const body = each.components.find((component) => component.type === "BODY");
  const decide = (status) =>
    button(status === "APPROVED" ? "Approve" : "Reject", () => tried(() => call("PATCH", `templates/${each.id}`, { status })), {
      ariaLabel: `${status === "APPROVED" ? "Approve" : "Reject"} ${each.name} (${each.language})`,
    });
  const reason = each.status === "REJECTED" ? `: ${each.rejected_reason}` : "";
  return element(
    "li",
    {},
    element("strong", { textContent: each.name }),
    element("span", { className: "soft", textContent: ` ${each.language} · ${each.category.toLowerCase()}` }),
    element("p", { className: `state ${each.status.toLowerCase()}`, textContent: each.status.toLowerCase() + reason }),
    element("p", { className: "text", textContent: body ? body.text : "" }),
    each.status === "APPROVED" ? null : decide("APPROVED"),
    each.status === "REJECTED" ? null : decide("REJECTED"),
  );
}

export async function showFaults(tried) {
  const planned = await call("GET", "faults");
  const rows = planned.map((each) =>
    element("li", { textContent: [each.on, each.kind, each.code, `× ${each.times}`, each.recipient].filter(Boolean).join(" ") }),
  );
  const plan = FAULTS.map(([words, fault]) => button(words, () => tried(() => call("POST", "faults", fault))));
  find("#faults").replaceChildren(
    element("p", { className: "soft", textContent: "The next one suffers it:" }),
    element("div", { className: "buttons" }, ...plan),
    rows.length ? element("ul", {}, ...rows) : element("p", { className: "soft", textContent: "Nothing is planned." }),
    rows.length ? button("Forget them", () => tried(() => call("DELETE", "faults"))) : "",
  );
}

export async function showAccount(tried) {
  const state = await call("GET", "state");
  find("#about").textContent = `Play a customer's phone. The business is ${state.display_phone_number}.`;
  const set = (changes) => tried(() => call("PATCH", "account", changes));
  const choice = (words, value, on, off) =>
    element("label", { className: "check" }, element("input", {
      type: "checkbox",
      checked: value,
      onchange: (event) => set(event.target.checked ? on : off),
    }), ` ${words}`);
  const statuses = element("select", { onchange: (event) => set({ statuses: event.target.value }) },
    ...["sent", "held", "none"].map((value) => element("option", { value, textContent: value, selected: value === state.statuses })));
  const release = (order) => button(`Release ${order.replace("_", " ")}`, () => tried(() => call("POST", "statuses/release", { order })));
  find("#account").replaceChildren(
    element("p", { className: "soft", textContent: `Webhook: ${state.webhook_url || "nowhere"}` }),
    element("p", { className: "soft", textContent: `${state.waiting} webhooks wait, ${state.held} of them held back.` }),
    choice("The number is registered", state.registered, { registered: true }, { registered: false }),
    choice("The token is valid", state.token !== "expired", { token: "valid" }, { token: "expired" }),
    choice("The app is subscribed", state.subscribed, { subscribed: true }, { subscribed: false }),
    element("label", {}, "Statuses are ", statuses),
    state.held ? element("div", { className: "buttons" }, ...["as_made", "reversed", "shuffled"].map(release)) : "",
  );
}
