// One message as a bubble: what it says, its ticks, and what can be done with it.
import { button, element, link } from "./api.js";

const EMOJI = ["👍", "❤️", "😂", "😮", "😢", "🙏"];
const TICKS = {
  sent: ["✓", "sent"],
  delivered: ["✓✓", "delivered"],
  read: ["✓✓", "read"],
  played: ["✓✓", "played"],
};

// `acts` has write(message), reply(message), edit(message), played(message).
export function bubble(message, all, acts) {
  const own = message.sender === "customer";
  const body = message.deleted
    ? element("p", { className: "gone", textContent: "This message was deleted." })
    : element("div", { className: "body" }, quotation(message, all), ...content(message, acts));
  const made = element(
    "article",
    { className: `bubble ${own ? "own" : "theirs"} ${message.type}` },
    element("span", { className: "sr", textContent: own ? "You: " : "Business: " }),
    body,
    foot(message, own),
    reactions(message),
    message.deleted ? null : menu(message, own, acts),
  );
  made.dataset.id = message.id;
  return made;
}

function foot(message, own) {
  const at = new Date(message.at * 1000);
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const parts = [message.edited ? "edited " : "", time];
  const made = element("span", { className: "foot", textContent: parts.join("") });
  if (own && TICKS[message.status]) {
    const [mark, words] = TICKS[message.status];
    const ticks = element("span", { className: `ticks ${message.status}`, textContent: ` ${mark}` });
    ticks.setAttribute("role", "img");
    ticks.setAttribute("aria-label", words);
    made.append(ticks);
  }
  if (message.status === "failed") {
    made.append(element("span", { className: "failed", textContent: ` not delivered: ${message.code}` }));
  }
  return made;
}

function reactions(message) {
  const given = Object.entries(message.reactions);
  if (!given.length || message.deleted) return null;
  const words = given.map(([who, emoji]) => `${emoji} by ${who === "customer" ? "you" : "the business"}`).join(", ");
  const made = element("span", { className: "reactions", textContent: given.map(([, emoji]) => emoji).join("") });
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", words);
  return made;
}

function quotation(message, all) {
  if (!message.quoted) return null;
  const quoted = all.find((each) => each.id === message.quoted);
  return element("blockquote", { textContent: quoted ? summary(quoted) : "An earlier message" });
}

export function summary(message) {
  if (message.deleted) return "A deleted message";
  return (message.text || `[${message.type}]`).slice(0, 120);
}

function content(message, acts) {
  const shown = SHOWN[message.type] || unknown;
  return shown(message.content, message, acts);
}

const paragraph = (text, className = "text") => (text ? element("p", { className, textContent: text }) : null);
const unknown = (_, message) => [paragraph(`[${message.type}]`, "soft")];

function file(made) {
  return (content, message, acts) => {
    const source = content.id ? `media/${content.id}` : null;
    const outside = content.link ? link(content.link, content.filename || content.link) : null;
    return [source ? made(source, content, message, acts) : outside, paragraph(content.caption)];
  };
}

function player(name, words) {
  return (src, content, message, acts) => {
    const made = element(name, { src, controls: true, preload: "metadata" });
    made.setAttribute("aria-label", content.voice ? "Voice note" : words);
    if (message.sender === "business") made.addEventListener("play", () => acts.played(message), { once: true });
    return made;
  };
}

const SHOWN = {
  text: (content) => [paragraph(content.body)],
  image: file((src, content) => element("img", { src, alt: content.caption || "Picture" })),
  sticker: file((src) => element("img", { src, alt: "Sticker" })),
  audio: file(player("audio", "Sound")),
  video: file(player("video", "Video")),
  document: file((src, content) => {
    const name = content.filename || content.name || "Document";
    return element("a", { href: src, download: name, textContent: `📄 ${name}` });
  }),
  location: (content) => {
    const where = `${content.latitude.toFixed(5)}, ${content.longitude.toFixed(5)}`;
    return [paragraph(`📍 ${content.name || "Location"}`), paragraph(content.address, "soft"), paragraph(where, "soft")];
  },
  contacts: (content) =>
    content.contacts.map((card) => {
      const phones = Array.isArray(card.phones) ? card.phones.map((each) => each.phone).join(", ") : "";
      return element("div", { className: "card" }, paragraph(`👤 ${card.name.formatted_name || ""}`), paragraph(phones, "soft"));
    }),
  unsupported: () => [paragraph("Something that WhatsApp does not pass on", "soft")],
  button: (content) => [paragraph(content.text)],
  template: (content, message, acts) => [
    content.header_media ? header(content.header_media) : paragraph(content.header, "title"),
    paragraph(content.body),
    paragraph(content.footer, "soft"),
    choices(content.buttons, (each) =>
      each.url
        ? link(each.url, each.text)
        : button(each.text, () => acts.write({ type: "button", payload: each.payload, text: each.text, reply_to: message.id })),
    ),
  ],
  interactive: (content, message, acts) => {
    if (!content.type) return [paragraph(content.title), paragraph(content.description, "soft")];
    const top = content.header && (content.header.text ? paragraph(content.header.text, "title") : header(content.header));
    return [top, paragraph(content.body), paragraph(content.footer, "soft"), options(content, message, acts)];
  },
};

function header(media) {
  if (media.id && media.type === "image") return element("img", { src: `media/${media.id}`, alt: "Picture" });
  return media.link ? link(media.link, media.link) : paragraph(`[${media.type}]`, "soft");
}

function options(content, message, acts) {
  if (content.type === "cta_url") return choices([content], (each) => link(each.url, each.display_text));
  const reply = (type) => (each) =>
    button(each.title, () =>
      acts.write({
        type,
        id: each.id,
        title: each.title,
        ...(each.description ? { description: each.description } : {}),
        reply_to: message.id,
      }),
    );
  if (content.type === "button") return choices(content.buttons, reply("button_reply"));
  const sections = content.sections.flatMap((section) => [
    section.title ? element("p", { className: "title", textContent: section.title }) : null,
    choices(section.rows, reply("list_reply")),
  ]);
  return element("details", { className: "list" }, element("summary", { textContent: content.button }), ...sections);
}

function choices(items, made) {
  return items && items.length ? element("div", { className: "choices" }, ...items.map(made)) : null;
}

function menu(message, own, acts) {
  const close = (act) => (event) => {
    event.target.closest("details").open = false;
    act();
  };
  const reactionsTo = EMOJI.map((emoji) => {
    const taken = message.reactions.customer === emoji;
    const act = () => acts.write({ type: "reaction", message_id: message.id, emoji: taken ? "" : emoji });
    return button(emoji, close(act), { ariaLabel: `${taken ? "Take back" : "React with"} ${emoji}` });
  });
  const edited = own && ["text", "image", "video", "document"].includes(message.type);
  return element(
    "details",
    { className: "menu acts" },
    element("summary", { ariaLabel: `Act on: ${summary(message)}`, textContent: "⋯" }),
    element(
      "div",
      { className: "sheet" },
      element("div", { className: "emoji" }, ...reactionsTo),
      button("Reply", close(() => acts.reply(message))),
      edited ? button("Edit", close(() => acts.edit(message))) : null,
      own ? button("Delete", close(() => acts.write({ type: "revoke", message_id: message.id }))) : null,
    ),
  );
}
