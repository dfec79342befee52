"""A stand-in for Meta: the WhatsApp Cloud API in its wire format, its webhooks, and the customers' phones."""
