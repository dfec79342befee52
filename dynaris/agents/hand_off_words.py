"""What a contact is told when a person takes over, or looks an answer over, and the agent left no words of its own."""

from collections.abc import Mapping

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


_LOOKED_OVER = {
    "en": "One moment, please: a colleague looks over the answer first. You will get it here.",
    "de": "Einen Moment bitte: Jemand aus unserem Team sieht sich die Antwort noch an. Sie bekommen sie hier.",
    "es": "Un momento, por favor: una persona de nuestro equipo revisa antes la respuesta. La recibirá aquí.",
    "fr": "Un instant, s'il vous plaît : une personne de notre équipe relit d'abord la réponse. Vous la recevrez ici.",
    "it": "Un momento, per favore: una persona del nostro team rilegge prima la risposta. La riceverà qui.",
    "pt": "Um momento, por favor: uma pessoa da nossa equipa revê primeiro a resposta. Irá recebê-la aqui.",
    "nl": "Een ogenblik: een collega kijkt het antwoord eerst na. U krijgt het hier.",
}


def handed_off(text: str, routed: str | None = None) -> str:
    """In the language of what the contact wrote, else in `routed`, as the supervisor saw it, else in English."""
    return _in_language(_WORDS, text, routed)


def looked_over(text: str, routed: str | None = None) -> str:
    """The same, for who sits before a chat while an answer waits for a yes."""
    return _in_language(_LOOKED_OVER, text, routed)


def _in_language(words: Mapping[str, str], text: str, routed: str | None) -> str:
    return words.get(detect(text) or "") or words.get(routed or "") or words["en"]
