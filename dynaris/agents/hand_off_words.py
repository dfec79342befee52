"""What a contact is told when a person takes over and the agent left no words of its own."""

from dynaris.core.language import detect

_WORDS = {
    "en": "Thank you for your message. A colleague will take over and get back to you.",
    "de": "Vielen Dank für Ihre Nachricht. Jemand aus unserem Team übernimmt und meldet sich bei Ihnen.",
    "es": "Gracias por su mensaje. Una persona de nuestro equipo se ocupará y se pondrá en contacto con usted.",
    "fr": "Merci pour votre message. Une personne de notre équipe prend le relais et reviendra vers vous.",
    "it": "Grazie per il suo messaggio. Una persona del nostro team se ne occuperà e le risponderà.",
    "pt": "Obrigado pela sua mensagem. Uma pessoa da nossa equipa vai tratar do assunto e responder-lhe.",
    "nl": "Bedankt voor uw bericht. Een collega neemt het over en neemt contact met u op.",
}


def handed_off(text: str, routed: str | None = None) -> str:
    """In the language of what the contact wrote, else in `routed`, as the supervisor saw it, else in English."""
    return next((_WORDS[one] for one in (detect(text), routed) if one in _WORDS), _WORDS["en"])
