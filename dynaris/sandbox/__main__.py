"""The sandbox as a process of `dynaris up`:
`python -m dynaris.sandbox FOLDER HOST SMTP_PORT IMAP_PORT META_PORT TWILIO_PORT PRODUCT GATEWAY`.

It reads no settings and imports nothing of the rest, which keeps it at a third of a web process's memory.
"""

import asyncio
import sys
from pathlib import Path

from dynaris.core.errors import StartupError
from dynaris.core.private import keep_private
from dynaris.sandbox.process import Providers, run_sandbox


def main() -> None:
    keep_private()
    folder, host, smtp_port, imap_port, meta_port, twilio_port, product, gateway = sys.argv[1:]
    serving = run_sandbox(
        Path(folder),
        host=host,
        smtp_port=int(smtp_port),
        imap_port=int(imap_port),
        ready=lambda *_: None,
        providers=Providers(int(meta_port), int(twilio_port), product, gateway or product),
    )
    try:
        asyncio.run(serving)
    except StartupError as error:
        sys.exit(f"dynaris: {error}")


if __name__ == "__main__":
    main()
