/** The demo page's "Call the clinic": the same call as the dashboard's test call, on a page without a framework. */
import { TestCall } from "./testing";

const STAGES = { connecting: "Connecting…", talking: "On the line", over: "The call is over" };

function made<Name extends keyof HTMLElementTagNameMap>(name: Name, about: Partial<HTMLElementTagNameMap[Name]> = {}): HTMLElementTagNameMap[Name] {
  return Object.assign(document.createElement(name), about);
}

async function begun() {
  const answer = await fetch("/demo/call", { method: "POST" });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail ?? "The call could not begin.");
  return body;
}

function show(place: HTMLElement, button: HTMLButtonElement): void {
  const state = made("span");
  state.role = "status";
  const level = made("meter", { max: 1, ariaLabel: "How loud you are" });
  const top = made("p", { className: "state" });
  top.append(state, level);
  const told = made("p");
  told.role = "alert";
  const log = made("div", { className: "said", ariaLabel: "What is said", tabIndex: 0 });
  log.role = "log";
  const text = made("input", { placeholder: "Type what you would say…", ariaLabel: "Type what you would say", maxLength: 1_000 });
  const mute = made("button", { type: "button", textContent: "Mute" });
  const end = made("button", { type: "button", textContent: "Hang up" });
  const form = made("form");
  form.append(text, made("button", { textContent: "Say it" }), mute, end);
  place.replaceChildren(top, told, log, form);
  place.hidden = false;
  button.disabled = true;

  const call = new TestCall(draw);
  const meter = setInterval(() => (level.value = Math.min(1, Math.sqrt(call.levels[0] * 3))), 80);
  function draw(): void {
    const isOver = call.stage === "over";
    state.textContent = STAGES[call.stage];
    told.textContent = (isOver ? null : call.unheard) ?? call.why;
    told.hidden = !told.textContent;
    form.hidden = isOver;
    level.hidden = mute.hidden = isOver || call.unheard !== null;
    mute.textContent = call.muted ? "Unmute" : "Mute";
    log.replaceChildren(
      ...call.lines.map((line) => {
        const said = made("p", { textContent: line.interrupted ? `${line.text} – interrupted` : line.text });
        said.dataset.by = line.by;
        return said;
      }),
    );
    log.scrollTop = log.scrollHeight;
    button.disabled = !isOver;
    if (isOver) clearInterval(meter);
  }
  form.onsubmit = (event) => {
    event.preventDefault();
    if (text.value.trim()) call.type(text.value.trim());
    text.value = "";
  };
  mute.onclick = () => call.mute(!call.muted);
  end.onclick = () => call.hangUp();
  draw();
  void call.begin(begun);
}

const button = document.querySelector<HTMLButtonElement>("#call");
const place = document.querySelector<HTMLElement>("#on-call");
if (button && place) button.onclick = () => show(place, button);
