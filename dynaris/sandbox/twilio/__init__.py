"""A stand-in for Twilio's voice: its REST API, its webhooks, TwiML, Media Streams, and the people who telephone."""
