"""Where LiveKit reaches us, below the gateway."""

WEBHOOK = "/livekit/webhook"
