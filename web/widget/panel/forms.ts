// What is asked outside of the conversation: the form before it, and where its transcript goes.

import { el } from "../dom";
import type { FormField, Shell } from "../shell";
import { type Api, Refusal } from "./api";

const KINDS = { name: "text", email: "email", phone_number: "tel", description: "text" } as const;
const FILLED = { name: "name", email: "email", phone_number: "tel", description: "off" } as const;
const EMAIL = /^\S+@\S+\.\S+$/;

interface Asked {
  box: HTMLElement;
  input: HTMLInputElement | HTMLTextAreaElement;
  complain(what: string): void;
}

let count = 0;

function asked(label: string, make: (id: string, fault: string) => Asked["input"], note = ""): Asked {
  const id = `f${++count}`;
  const fault = el("p", { class: "fault", id: `${id}-fault` });
  const input = make(id, fault.id);
  return {
    box: el("div", { class: "field" }, el("label", { for: id }, label, note && el("small", {}, ` (${note})`)), input, fault),
    input,
    complain(what) {
      fault.textContent = what;
      input.setAttribute("aria-invalid", String(!!what));
    },
  };
}

export const inWords = (shell: Shell, error: unknown): string => {
  if (!(error instanceof Refusal)) return shell.say("cannot_reach");
  return error.status === 429 ? shell.say("too_fast") : error.status === 422 ? error.message : shell.say("error");
};

/** Before the first message. `done` gets what was typed. */
export function preChat(shell: Shell, send: (fields: Record<string, string>) => Promise<void>): HTMLFormElement {
  const fields = shell.look.form.map((field) => ({ field, ...askedFor(shell, field) }));
  const fault = el("p", { class: "fault", role: "alert" });
  const button = el("button", { class: "main", type: "submit" }, shell.say("form_start"));
  const submit = async (event: Event) => {
    event.preventDefault();
    const wrong = fields.filter(({ field, input, complain }) => {
      const value = input.value.trim();
      const what = !value && field.required ? "required" : value && field.name === "email" && !EMAIL.test(value) ? "bad_email" : "";
      complain(what && shell.say(what));
      return what;
    });
    if (wrong[0]) return wrong[0].input.focus();
    button.disabled = true;
    try {
      await send(Object.fromEntries(fields.map(({ field, input }) => [field.name, input.value.trim()])));
    } catch (error) {
      fault.textContent = inWords(shell, error);
    } finally {
      button.disabled = false;
    }
  };
  return el(
    "form",
    { class: "ask", novalidate: true, onsubmit: submit },
    el("h2", {}, shell.say("form_title")),
    ...fields.map(({ box }) => box),
    fault,
    button,
  );
}

function askedFor(shell: Shell, field: FormField): Asked {
  const make = (id: string, fault: string) => {
    const common = { id, name: field.name, required: field.required, "aria-describedby": fault };
    if (field.name === "description") return el("textarea", { ...common, rows: 3, maxlength: 2_000 });
    return el("input", { ...common, type: KINDS[field.name], autocomplete: FILLED[field.name], maxlength: 200 });
  };
  return asked(field.label, make, field.required ? "" : shell.say("optional"));
}

/** Mails the chat: to a proved address at once, to any other after a code that was sent there. */
export function transcript(shell: Shell, api: Api, done: (said?: string) => void): HTMLFormElement {
  const email = asked(shell.say("field_email"), (id, fault) =>
    el("input", { id, type: "email", autocomplete: "email", maxlength: 320, value: shell.store.get().email ?? "", "aria-describedby": fault }),
  );
  const code = asked(shell.say("code"), (id, fault) =>
    el("input", { id, inputmode: "numeric", autocomplete: "one-time-code", maxlength: 12, "aria-describedby": fault }),
  );
  code.box.hidden = true;
  const note = el("p", { role: "status" });
  const button = el("button", { class: "main", type: "submit" }, shell.say("transcript_send"));
  const submit = async (event: Event) => {
    event.preventDefault();
    const address = email.input.value.trim();
    email.complain(EMAIL.test(address) ? "" : shell.say("bad_email"));
    if (!EMAIL.test(address)) return email.input.focus();
    button.disabled = true;
    code.complain("");
    try {
      if (!code.box.hidden && !(await api.verify(code.input.value.replace(/\D/g, "").padEnd(6, "0")))) {
        code.complain(shell.say("wrong_code"));
        return code.input.focus();
      }
      await api.transcript(address);
      shell.store.set({ email: address });
      done(shell.say("transcript_sent", { email: address }));
    } catch (error) {
      if (error instanceof Refusal && error.code === "not_proved") {
        note.textContent = shell.say("code_sent", { email: address });
        code.box.hidden = false;
        button.textContent = shell.say("confirm");
        code.input.focus();
      } else email.complain(inWords(shell, error));
    } finally {
      button.disabled = false;
    }
  };
  const back = el("button", { class: "link", type: "button", onclick: () => done() }, shell.say("back"));
  return el("form", { class: "ask", novalidate: true, onsubmit: submit }, el("h2", {}, shell.say("transcript")), email.box, note, code.box, button, back);
}
