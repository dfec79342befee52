"""Where Twilio reaches us, below the gateway."""

CALL, AFTER, STATUS = "/twilio/voice", "/twilio/voice/after", "/twilio/status"
