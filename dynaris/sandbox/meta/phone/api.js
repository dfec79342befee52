// What the page asks of the sandbox, and the small tools that build its elements: text is only ever text.

export async function call(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return read(answer);
}

export async function upload(file, kind, name) {
  const path = `media?kind=${kind}&name=${encodeURIComponent(name)}`;
  const type = file.type || "application/octet-stream";
  return read(await fetch(path, { method: "POST", headers: { "Content-Type": type }, body: file }));
}

async function read(answer) {
  if (answer.status === 204) return null;
  const body = await answer.json().catch(() => ({ detail: `The sandbox answered ${answer.status}.` }));
  if (!answer.ok) throw new Error(body.detail || `The sandbox answered ${answer.status}.`);
  return body;
}

export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

export function button(words, act, properties = {}) {
  return element("button", { type: "button", textContent: words, onclick: act, ...properties });
}

// Addresses from outside are links only where they lead to the web.
export function link(url, words) {
  if (!/^https?:\/\//.test(url)) return element("span", { textContent: words });
  return element("a", { href: url, target: "_blank", rel: "noopener noreferrer", textContent: words });
}

export function find(selector) {
  return document.querySelector(selector);
}
