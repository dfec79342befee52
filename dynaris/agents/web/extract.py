"""A page's readable text, in a process of its own: `python -m dynaris.agents.web.extract < page.html`.

HTML can be made so that a parser never ends or takes all memory. This process may take so much of both and no more,
and whoever started it kills it when it is late.
"""

import json
import resource
import sys

MOST_CPU = 8  # seconds
MOST_MEMORY = 1_000_000_000  # bytes of address space


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU, MOST_CPU))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    import trafilatura

    document = trafilatura.bare_extraction(sys.stdin.buffer.read(), include_comments=False, with_metadata=True)
    found = document.as_dict() if document is not None and not isinstance(document, dict) else document or {}
    json.dump({"title": found.get("title") or "", "text": found.get("text") or ""}, sys.stdout)


if __name__ == "__main__":
    main()
