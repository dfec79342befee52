"""Whether those whom agents name to hear and speak on calls can be asked."""

from dynaris.agents.agent_settings import settings_of
from dynaris.app.doctor.finding import Examined, Finding, ok, warning
from dynaris.calls.speech.needed import Kind, order, why_not
from dynaris.core.settings import Settings

_REMEDY = "set it, for web and calls, or name another provider (docs/speech.md); until then the next one is asked"


async def speech(examined: Examined) -> list[Finding]:
    """Of what is named alone: most installations take no calls."""
    findings = [
        _found(examined.settings, kind, name, subject="the installation")
        for kind, providers in _of_all(examined.settings).items()
        for name, _ in order(None, None, providers)
        if examined.local
    ]
    for workspace_id, slug in examined.workspaces if examined.db else ():
        assert examined.db is not None
        async with examined.db.workspace(workspace_id) as connection:
            cursor = await connection.execute("SELECT agents FROM workspace WHERE id = %s", (workspace_id,))
            row = await cursor.fetchone()
        for agent in row["agents"] if row else ():
            voice = settings_of(row["agents"], agent).voice if row else None
            named: list[tuple[Kind, str | None]] = [
                ("stt", voice.stt_provider if voice else None),
                ("tts", voice.tts_provider if voice else None),
            ]
            findings += [
                _found(examined.settings, kind, name.lower(), workspace=slug, subject=agent)
                for kind, name in named
                if name
            ]
    return findings


def _of_all(settings: Settings) -> dict[Kind, str | None]:
    return {"stt": settings.stt_providers, "tts": settings.tts_providers}


def _found(settings: Settings, kind: Kind, name: str, **about: str) -> Finding:
    does = "hears" if kind == "stt" else "speaks"
    if why := why_not(settings, kind, name):
        return warning("speech", f"{name} is named, and cannot be asked: {why}", _REMEDY, **about)
    return ok("speech", f"{name} {does} on calls", **about)
