"""Where Twilio reaches us, below the gateway."""

CALL, AFTER, STATUS = "/twilio/voice", "/twilio/voice/after", "/twilio/status"
TRANSFERRED, NOTE, TAKEN = "/twilio/transfer", "/twilio/transfer/note", "/twilio/transfer/taken"
ANSWERED_BY = "/twilio/answered-by"
