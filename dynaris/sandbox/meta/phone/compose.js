// What a customer sends: words, files, a voice note from the microphone, a place, a card.
import { find, upload } from "./api.js";
import { summary } from "./bubbles.js";

const ADVERT = {
  source_url: "https://fb.me/3cr4Wqqkv",
  source_id: "120226305854810726",
  source_type: "ad",
  headline: "Chat with us",
  body: "Summer is here!",
  media_type: "image",
  image_url: "https://example.com/advert.png",
  thumbnail_url: "https://example.com/advert-small.png",
  ctwa_clid: "Aff-n8ZTODiE79d22KtAwQ",
};
let quoted = null;
let edited = null;
let recorder = null;

// `write(message)` sends it; `tried(act)` shows what goes wrong.
export function setUp(write, tried) {
  const form = find("#compose");
  const text = form.elements.text;
  const send = () => {
    const words = text.value.trim();
    if (!words) return;
    const message = edited
      ? { type: "edit", message_id: edited.id, text: words }
      : { type: "text", text: words, ...(quoted ? { reply_to: quoted.id } : {}) };
    text.value = "";
    forget();
    write(message);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      send();
    }
    if (event.key === "Escape") forget();
  });
  find("#unquote").addEventListener("click", forget);
  files(write, tried);
  dialogs(write);
  find("#record").addEventListener("click", () => tried(() => record(write)));
}

export function replyTo(message) {
  quoted = message;
  edited = null;
  point(`Reply to: ${summary(message)}`);
}

export function editThat(message) {
  edited = message;
  quoted = null;
  find("#compose").elements.text.value = message.text;
  point(`Edit: ${summary(message)}`);
}

function point(words) {
  find("#quoting").hidden = false;
  find("#quoting p").textContent = words;
  find("#compose").elements.text.focus();
}

export function forget() {
  quoted = edited = null;
  find("#quoting").hidden = true;
}

function files(write, tried) {
  for (const input of document.querySelectorAll("input[data-kind]")) {
    input.addEventListener("change", () => {
      const [file] = input.files;
      input.value = "";
      find("#attach").open = false;
      if (file) tried(() => sendFile(write, file, input.dataset.kind, file.name));
    });
  }
}

async function sendFile(write, file, kind, name) {
  const { media_id } = await upload(file, kind, name);
  const caption = ["image", "video", "document"].includes(kind) ? find("#compose").elements.text.value.trim() : "";
  if (caption) find("#compose").elements.text.value = "";
  const named = kind === "document" ? { filename: name } : {};
  const voice = kind === "audio" ? { voice: true } : {};
  await write({ type: kind, media_id, ...named, ...voice, ...(caption ? { caption } : {}) });
}

function dialogs(write) {
  for (const opener of document.querySelectorAll("[data-open]")) {
    opener.addEventListener("click", () => {
      find("#attach").open = false;
      find(`#${opener.dataset.open}`).showModal();
    });
  }
  const closed = (name, made) => {
    const dialog = find(`#${name}`);
    dialog.addEventListener("close", () => {
      if (dialog.returnValue === "send") write(made(Object.fromEntries(new FormData(dialog.querySelector("form")))));
      dialog.returnValue = "";
    });
  };
  closed("location", ({ latitude, longitude, name }) => ({
    type: "location",
    latitude: Number(latitude),
    longitude: Number(longitude),
    ...(name ? { name } : {}),
  }));
  closed("contact", ({ name, phone }) => ({
    type: "contacts",
    contacts: [{ name: { first_name: name.split(" ")[0], formatted_name: name }, phones: [{ phone, type: "CELL" }] }],
  }));
  const made = { unsupported: { type: "unsupported" }, referral: { type: "text", text: "Tell me more", referral: ADVERT } };
  for (const sender of document.querySelectorAll("[data-send]")) {
    sender.addEventListener("click", () => {
      find("#attach").open = false;
      write(made[sender.dataset.send]);
    });
  }
}

// The type is what the browser makes: audio/ogg with some, audio/webm with others.
async function record(write) {
  const button = find("#record");
  if (recorder) {
    recorder.stop();
    return;
  }
  if (!navigator.mediaDevices || !window.MediaRecorder) throw new Error("This browser records no sound here: pick a sound file instead.");
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true }).catch((error) => {
    throw new Error(`The microphone cannot be used (${error.name}): pick a sound file instead.`);
  });
  const wanted = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];
  const mimeType = wanted.find((each) => MediaRecorder.isTypeSupported(each));
  const pieces = [];
  recorder = new MediaRecorder(stream, mimeType ? { mimeType } : {});
  recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
  const stopped = new Promise((done) => recorder.addEventListener("stop", done, { once: true }));
  recorder.start();
  button.setAttribute("aria-pressed", "true");
  button.setAttribute("aria-label", "Stop, and send the voice note");
  await stopped;
  const type = recorder.mimeType;
  recorder = null;
  button.setAttribute("aria-pressed", "false");
  button.setAttribute("aria-label", "Record a voice note");
  for (const track of stream.getTracks()) track.stop();
  await sendFile(write, new Blob(pieces, { type }), "audio", `voice-note.${type.includes("ogg") ? "ogg" : type.includes("mp4") ? "m4a" : "webm"}`);
}
