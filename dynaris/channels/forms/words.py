"""What a form's own pages and mails say, in the languages a form can have."""

from typing import Literal, get_args

from dynaris.core.greeting import GREETINGS

Language = Literal["en", "de", "fr", "it", "es"]

INQUIRY: dict[Language, str] = {
    "en": "Your inquiry",
    "de": "Ihre Anfrage",
    "fr": "Votre demande",
    "it": "La sua richiesta",
    "es": "Su consulta",
}
THANKS: dict[Language, tuple[str, str]] = {
    "en": ("Thank you", "Your message has arrived. We will get back to you soon."),
    "de": ("Vielen Dank", "Ihre Nachricht ist angekommen. Wir melden uns bald bei Ihnen."),
    "fr": ("Merci", "Votre message est bien arrivé. Nous vous répondrons bientôt."),
    "it": ("Grazie", "Il suo messaggio è arrivato. La ricontatteremo presto."),
    "es": ("Gracias", "Su mensaje ha llegado. Le responderemos pronto."),
}
WILL_CALL: dict[Language, str] = {
    "en": "Thank you for your message. We have it, and will call you back.",
    "de": "Vielen Dank für Ihre Nachricht. Sie ist angekommen, und wir rufen Sie zurück.",
    "fr": "Merci pour votre message. Il est bien arrivé, et nous vous rappellerons.",
    "it": "Grazie per il suo messaggio. È arrivato, e la richiameremo.",
    "es": "Gracias por su mensaje. Ha llegado, y le devolveremos la llamada.",
}
NOT_SENT: dict[Language, tuple[str, str]] = {
    "en": ("Not sent", "Please go back and mend this; what you typed is still there:"),
    "de": ("Nicht gesendet", "Bitte gehen Sie zurück und verbessern Sie dies; Ihre Eingaben sind noch da:"),
    "fr": ("Pas envoyé", "Veuillez revenir en arrière et corriger ceci ; vos saisies sont conservées :"),
    "it": ("Non inviato", "Torni indietro e corregga quanto segue; ciò che ha scritto è ancora lì:"),
    "es": ("No enviado", "Vuelva atrás y corrija lo siguiente; lo que ha escrito sigue ahí:"),
}
SEND: dict[Language, str] = {"en": "Send", "de": "Senden", "fr": "Envoyer", "it": "Invia", "es": "Enviar"}
CONTACT_US: dict[Language, str] = {
    "en": "Write to us",
    "de": "Schreiben Sie uns",
    "fr": "Écrivez-nous",
    "it": "Ci scriva",
    "es": "Escríbanos",
}
LEAVE_EMPTY: dict[Language, str] = {
    "en": "Leave this empty",
    "de": "Bitte leer lassen",
    "fr": "Laissez vide",
    "it": "Lasciare vuoto",
    "es": "Dejar vacío",
}
# Labels of the example fields, by what they are mapped to.
LABELS: dict[Language, dict[str, str]] = {
    "en": {"name": "Name", "email": "E-mail", "phone": "Telephone", "message": "Message", "files": "Files"},
    "de": {"name": "Name", "email": "E-Mail", "phone": "Telefon", "message": "Nachricht", "files": "Dateien"},
    "fr": {"name": "Nom", "email": "E-mail", "phone": "Téléphone", "message": "Message", "files": "Fichiers"},
    "it": {"name": "Nome", "email": "E-mail", "phone": "Telefono", "message": "Messaggio", "files": "File"},
    "es": {"name": "Nombre", "email": "Correo", "phone": "Teléfono", "message": "Mensaje", "files": "Archivos"},
}

_ALL = (INQUIRY, THANKS, WILL_CALL, NOT_SENT, SEND, LABELS)
assert all(set(words) == set(get_args(Language)) for words in _ALL)
assert set(get_args(Language)) <= set(GREETINGS)
