// The telephones' page: who calls, what they say, and what they hear, as it arrives.

const byId = (id) => document.getElementById(id);
const rate = 8000;
let sid = "";
let audio, next = 0, at = 0;

async function ask(method, path, body) {
  const answer = await fetch(path, { method, body: body && JSON.stringify(body) });
  const said = await answer.json();
  byId("wrong").textContent = answer.ok ? "" : said.detail;
  if (!answer.ok) throw new Error(said.detail);
  return said;
}

const fields = (form) => Object.fromEntries(new FormData(form));

byId("dial").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { caller, ...weather } = fields(event.target);
  const numbers = Object.fromEntries(Object.entries(weather).map(([name, value]) => [name, Number(value)]));
  audio ??= new AudioContext();
  await audio.resume();
  ({ sid } = await ask("POST", "calls", { caller, weather: numbers }));
  at = next = 0;
  byId("call").hidden = false;
  byId("recording").hidden = true;
  byId("say").elements.text.focus();
});

byId("say").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { text } = fields(event.target);
  if (!text.trim()) return;
  event.target.reset();
  await ask("POST", `calls/${sid}/say`, { text });
});

for (const key of "123456789*0#") {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = key;
  button.addEventListener("click", () => ask("POST", `calls/${sid}/keys`, { keys: key }));
  byId("keys").append(button);
}

byId("hang-up").addEventListener("click", () => ask("POST", `calls/${sid}/hang-up`));

byId("person").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { number, ...person } = fields(event.target);
  await ask("PATCH", `people/${encodeURIComponent(number)}`, person);
});

// What was heard since the last look, played right behind what was played before.
async function listen() {
  const answer = await fetch(`calls/${sid}/heard?since=${at}`);
  const samples = new Int16Array(await answer.arrayBuffer());
  if (!answer.ok || !samples.length) return;
  at += samples.length;
  const sound = audio.createBuffer(1, samples.length, rate);
  sound.getChannelData(0).set(Float32Array.from(samples, (sample) => sample / 32768));
  const source = audio.createBufferSource();
  source.buffer = sound;
  source.connect(audio.destination);
  next = Math.max(next, audio.currentTime + 0.15);
  source.start(next);
  next += sound.duration;
}

function listed(list, lines) {
  list.replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
}

async function look() {
  try {
    const state = await ask("GET", "state");
    byId("number").textContent = state.numbers[0].phone_number;
    listed(byId("people"), state.people.map((each) =>
      `${each.number}: ${each.manner}${each.texts.map((text) => ` · was sent “${text}”`).join("")}`));
    listed(byId("calls"), state.calls.map((each) =>
      `${each.caller} → ${each.called}: ${each.status}, ${each.seconds} s`));
    const call = state.calls.find((each) => each.sid === sid);
    if (call) {
      const over = !["queued", "ringing", "in-progress"].includes(call.status);
      byId("state").textContent = `${call.caller}: ${call.status}`;
      byId("hang-up").disabled = over;
      byId("recording").hidden = !over;
      byId("recording").href = `calls/${sid}/heard.wav`;
      if (audio && !over) await listen();
    }
  } catch { /* it is told below, and looked at again */ }
  setTimeout(look, sid ? 300 : 1500);
}

look();
