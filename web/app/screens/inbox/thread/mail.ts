/** A mail's HTML as the frame shows it: quotes folded, links in a new tab, nothing of it outside of the frame. */

const QUOTES = "blockquote, .gmail_quote, .yahoo_quoted, .moz-cite-prefix + div";

type Look = { nonce: string; dark: boolean; remote: boolean };

/** The server has sanitised it; the frame runs no scripts, and its own policy lets only images in. */
export function framed(html: string, { nonce, dark, remote }: Look): string {
  const mail = new DOMParser().parseFromString(html, "text/html");
  for (const quote of mail.body.querySelectorAll(QUOTES)) if (!quote.parentElement?.closest(QUOTES)) fold(mail, quote);
  const images = `img-src ${location.origin} data:${remote ? " https: http:" : ""}`;
  const ink = dark ? "#dcdee3" : "#1f2127";
  const faint = dark ? "#9aa0ac" : "#5b606b";
  const link = dark ? "#9298e9" : "#444ac6";
  return `<!doctype html><html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${nonce}'; ${images}">
<meta name="referrer" content="no-referrer"><base target="_blank"><style nonce="${nonce}">
:root { color-scheme: ${dark ? "dark" : "light"}; }
body { margin: 0; overflow: hidden; font: 14px/1.5 Inter, ui-sans-serif, system-ui, sans-serif; color: ${ink}; overflow-wrap: anywhere; }
img { max-width: 100%; height: auto; } table { max-width: 100%; } a { color: ${link}; } p { margin: 0 0 .7em; } p:last-child { margin-bottom: 0; }
pre { white-space: pre-wrap; } blockquote { margin: 4px 0 4px 2px; padding-left: 10px; border-left: 2px solid ${faint}; color: ${faint}; }
summary { width: max-content; color: ${faint}; cursor: pointer; font-size: 12px; }
</style></head><body>${mail.body.innerHTML}</body></html>`;
}

function fold(mail: Document, quote: Element): void {
  const details = mail.createElement("details");
  const summary = mail.createElement("summary");
  summary.textContent = "Quoted text";
  quote.replaceWith(details);
  details.append(summary, quote);
}
