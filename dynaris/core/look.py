"""How pages without scripts look, light and dark: one palette, one set of elements; each kind of page adds its own."""

import base64
import hashlib

PALETTE = """
:root{color-scheme:light dark;--page:#f7f8fa;--card:#fff;--text:#1a1d24;--soft:#5b6270;--line:#e2e5ea;--field:#8b93a1;
--accent:#4c51bf;--on-accent:#fff;--accent-text:#434190;--tint:#eef0fb;--danger:#b42318;--danger-tint:#fef3f2;
--good:#13713c;--shadow:0 1px 2px #1018280d,0 8px 24px #1018280f}
@media(prefers-color-scheme:dark){:root{--page:#101218;--card:#181b22;--text:#e6e8ec;--soft:#a2aab8;--line:#2a2f3a;
--field:#6b7484;--accent:#5a60d6;--on-accent:#fff;--accent-text:#a5b0ff;--tint:#232744;--danger:#ff8f85;
--danger-tint:#33191a;--good:#6fcf97;--shadow:none}}
"""

ELEMENTS = """
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);overflow-wrap:anywhere;-webkit-font-smoothing:antialiased;
font:15px/1.55 Inter,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
h1{font-size:1.35rem;line-height:1.3;letter-spacing:-.011em;margin:0 0 1rem}
h2{font-size:1.02rem;line-height:1.35;margin:0 0 .6rem}p{margin:.6rem 0}a{color:var(--accent-text)}
label{display:block;font-weight:500;font-size:.9rem;margin:.9rem 0 0}
input:not([type=checkbox],[type=radio]),select,textarea{display:block;width:100%;margin-top:.3rem;padding:.55rem .7rem;
font:inherit;font-size:1rem;font-weight:400;color:inherit;background:var(--card);border:1px solid var(--field);
border-radius:8px}
button,.go{display:inline-flex;align-items:center;justify-content:center;min-height:2.6rem;margin:1.1rem 0 0;
padding:.5rem 1.1rem;border:1px solid transparent;border-radius:8px;font:inherit;font-weight:600;cursor:pointer;
background:var(--accent);color:var(--on-accent);text-decoration:none}
button:hover,.go:hover{filter:brightness(1.08)}
code{font:.88em ui-monospace,SFMono-Regular,Menlo,monospace;background:var(--tint);padding:.1rem .35rem;
border-radius:5px}
.hint,small{color:var(--soft)}.on{color:var(--good)}
.error{color:var(--danger);background:var(--danger-tint);border-radius:8px;padding:.6rem .8rem;font-weight:500}
.error::first-letter{text-transform:uppercase}
:focus-visible{outline:2px solid var(--accent-text);outline-offset:2px}
@media(prefers-reduced-motion:no-preference){button,.go,a,input{transition:filter .12s,
background .12s,border-color .12s}}
"""

VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'


def source_of(style: str) -> str:
    """What a Content-Security-Policy calls this very text of a `<style>`."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"
