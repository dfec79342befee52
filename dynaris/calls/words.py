"""What the product itself says on a call, in the seven languages that are spoken here."""

from collections.abc import Mapping, Sequence
from typing import Literal

Saying = Literal[
    "greeting", "greeting_unnamed", "moment", "still", "more", "there", "bye", "time", "colleague", "back", "sorry",
    "nobody", "note", "message", "message_unnamed",
    "still_colleague", "later", "emergency", "stop", "keys", "withheld"
]  # fmt: skip

_WORDS: Mapping[str, Mapping[Saying, str]] = {
    "en": {
        "greeting": "Hello, this is the AI assistant of {business}. How can I help you?",
        "greeting_unnamed": "Hello, this is an AI assistant. How can I help you?",
        "moment": "One moment, please.",
        "still": "I am still looking.",
        "more": "Is there anything else that I can do for you?",
        "there": "Are you still there?",
        "bye": "I do not hear anything, so I will hang up now. Goodbye.",
        "time": "I have to end this call now. Please call again, or write to us. Goodbye.",
        "withheld": "Let me check that with a colleague. We will get back to you.",
        "colleague": "Let me check that with a colleague. One moment, please.",
        "back": "Sorry, we were cut off for a moment. I am here again.",
        "sorry": "I am sorry, something does not work here right now. A colleague will call you back.",
        "nobody": "Sorry, nobody could take the call. A colleague will call you back. Can I do anything else for you?",
        "note": "A call from {number}. {summary}",
        "message": "Hello, this is the AI assistant of {business}. Nobody of the team can take the call right now. What can I tell them?",
        "message_unnamed": "Hello, this is an AI assistant. Nobody of the team can take the call right now. What can I tell them?",
        "still_colleague": "I am still waiting for my colleague.",
        "later": "It takes longer than I thought. We will get back to you. Can I do anything else for you?",
        "emergency": "If somebody is in danger, please hang up and call one one two, or your local emergency number, now. I am telling our team at once.",
        "stop": "All right. I am calling a person of our team.",
        "keys": "Keys: {keys}",
    },
    "de": {
        "greeting": "Guten Tag, hier ist der KI-Assistent von {business}. Wie kann ich Ihnen helfen?",
        "greeting_unnamed": "Guten Tag, hier ist ein KI-Assistent. Wie kann ich Ihnen helfen?",
        "moment": "Einen Moment, bitte.",
        "still": "Ich suche noch.",
        "more": "Kann ich sonst noch etwas für Sie tun?",
        "there": "Sind Sie noch da?",
        "bye": "Ich höre nichts, deshalb lege ich jetzt auf. Auf Wiederhören.",
        "time": "Ich muss dieses Gespräch jetzt beenden. Rufen Sie wieder an, oder schreiben Sie uns. Auf Wiederhören.",
        "withheld": "Das kläre ich im Team. Wir melden uns bei Ihnen.",
        "colleague": "Das kläre ich kurz im Team. Einen Moment, bitte.",
        "back": "Entschuldigung, wir waren kurz unterbrochen. Ich bin wieder da.",
        "sorry": "Es tut mir leid, hier klappt gerade etwas nicht. Jemand aus dem Team ruft Sie zurück.",
        "nobody": "Leider ist gerade niemand erreichbar. Jemand aus dem Team ruft Sie zurück. Kann ich sonst noch etwas für Sie tun?",
        "note": "Ein Anruf von {number}. {summary}",
        "message": "Guten Tag, hier ist der KI-Assistent von {business}. Aus dem Team kann gerade niemand ans Telefon. Was darf ich ausrichten?",
        "message_unnamed": "Guten Tag, hier ist ein KI-Assistent. Aus dem Team kann gerade niemand ans Telefon. Was darf ich ausrichten?",
        "still_colleague": "Ich warte noch auf die Antwort aus dem Team.",
        "later": "Es dauert länger als gedacht. Wir melden uns bei Ihnen. Kann ich sonst noch etwas für Sie tun?",
        "emergency": "Wenn jemand in Gefahr ist, legen Sie bitte auf und rufen Sie sofort die eins eins zwei an. Ich gebe unserem Team sofort Bescheid.",
        "stop": "In Ordnung. Ich hole jemanden aus unserem Team.",
        "keys": "Tasten: {keys}",
    },
    "es": {
        "greeting": "Hola, soy el asistente de IA de {business}. ¿En qué puedo ayudarle?",
        "greeting_unnamed": "Hola, soy un asistente de IA. ¿En qué puedo ayudarle?",
        "moment": "Un momento, por favor.",
        "still": "Sigo buscando.",
        "more": "¿Puedo ayudarle en algo más?",
        "there": "¿Sigue ahí?",
        "bye": "No oigo nada, así que voy a colgar. Adiós.",
        "time": "Tengo que terminar esta llamada. Llámenos de nuevo o escríbanos. Adiós.",
        "withheld": "Voy a consultarlo con un compañero. Nos pondremos en contacto con usted.",
        "colleague": "Voy a consultarlo con un compañero. Un momento, por favor.",
        "back": "Perdone, se ha cortado un momento. Ya estoy aquí.",
        "sorry": "Lo siento, algo no funciona ahora mismo. Un compañero le devolverá la llamada.",
        "nobody": "Lo siento, nadie ha podido atender. Un compañero le devolverá la llamada. ¿Puedo ayudarle en algo más?",
        "note": "Una llamada de {number}. {summary}",
        "message": "Hola, soy el asistente de IA de {business}. Ahora nadie del equipo puede atender. ¿Qué les digo?",
        "message_unnamed": "Hola, soy un asistente de IA. Ahora nadie del equipo puede atender. ¿Qué les digo?",
        "still_colleague": "Sigo esperando a mi compañero.",
        "later": "Tarda más de lo que pensaba. Nos pondremos en contacto con usted. ¿Puedo ayudarle en algo más?",
        "emergency": "Si alguien está en peligro, cuelgue y llame ahora mismo al uno uno dos. Aviso enseguida a nuestro equipo.",
        "stop": "De acuerdo. Aviso a una persona de nuestro equipo.",
        "keys": "Teclas: {keys}",
    },
    "fr": {
        "greeting": "Bonjour, ici l'assistant IA de {business}. Comment puis-je vous aider ?",
        "greeting_unnamed": "Bonjour, ici un assistant IA. Comment puis-je vous aider ?",
        "moment": "Un instant, s'il vous plaît.",
        "still": "Je cherche encore.",
        "more": "Puis-je faire autre chose pour vous ?",
        "there": "Vous êtes toujours là ?",
        "bye": "Je n'entends rien, je vais donc raccrocher. Au revoir.",
        "time": "Je dois terminer cet appel. Rappelez-nous ou écrivez-nous. Au revoir.",
        "withheld": "Je vérifie cela avec un collègue. Nous reviendrons vers vous.",
        "colleague": "Je vérifie cela avec un collègue. Un instant, s'il vous plaît.",
        "back": "Excusez-moi, nous avons été coupés un instant. Je suis de retour.",
        "sorry": "Je suis désolé, quelque chose ne fonctionne pas en ce moment. Un collègue vous rappellera.",
        "nobody": "Désolé, personne n'a pu prendre l'appel. Un collègue vous rappellera. Puis-je faire autre chose pour vous ?",
        "note": "Un appel de {number}. {summary}",
        "message": "Bonjour, ici l'assistant IA de {business}. Personne de l'équipe ne peut répondre pour l'instant. Quel message puis-je transmettre ?",
        "message_unnamed": "Bonjour, ici un assistant IA. Personne de l'équipe ne peut répondre pour l'instant. Quel message puis-je transmettre ?",
        "still_colleague": "J'attends encore mon collègue.",
        "later": "Cela prend plus de temps que prévu. Nous reviendrons vers vous. Puis-je faire autre chose pour vous ?",
        "emergency": "Si quelqu'un est en danger, raccrochez et appelez tout de suite le un un deux. Je préviens notre équipe immédiatement.",
        "stop": "D'accord. J'appelle une personne de notre équipe.",
        "keys": "Touches : {keys}",
    },
    "it": {
        "greeting": "Buongiorno, sono l'assistente IA di {business}. Come posso aiutarla?",
        "greeting_unnamed": "Buongiorno, sono un assistente IA. Come posso aiutarla?",
        "moment": "Un momento, per favore.",
        "still": "Sto ancora cercando.",
        "more": "Posso fare altro per lei?",
        "there": "È ancora lì?",
        "bye": "Non sento nulla, quindi riattacco. Arrivederci.",
        "time": "Devo terminare questa chiamata. Ci richiami o ci scriva. Arrivederci.",
        "withheld": "Lo chiedo a un collega. La ricontatteremo.",
        "colleague": "Lo chiedo a un collega. Un momento, per favore.",
        "back": "Mi scusi, la linea è caduta un momento. Sono di nuovo qui.",
        "sorry": "Mi dispiace, in questo momento qualcosa non funziona. Un collega la richiamerà.",
        "nobody": "Mi dispiace, nessuno ha potuto rispondere. Un collega la richiamerà. Posso fare altro per lei?",
        "note": "Una chiamata da {number}. {summary}",
        "message": "Buongiorno, sono l'assistente IA di {business}. Al momento nessuno può rispondere. Che cosa posso riferire?",
        "message_unnamed": "Buongiorno, sono un assistente IA. Al momento nessuno può rispondere. Che cosa posso riferire?",
        "still_colleague": "Sto ancora aspettando il collega.",
        "later": "Ci vuole più tempo del previsto. La ricontatteremo. Posso fare altro per lei?",
        "emergency": "Se qualcuno è in pericolo, riagganci e chiami subito l'uno uno due. Avviso subito il nostro team.",
        "stop": "Va bene. Chiamo una persona del nostro team.",
        "keys": "Tasti: {keys}",
    },
    "pt": {
        "greeting": "Olá, sou o assistente de IA de {business}. Em que posso ajudar?",
        "greeting_unnamed": "Olá, sou um assistente de IA. Em que posso ajudar?",
        "moment": "Um momento, por favor.",
        "still": "Ainda estou a procurar.",
        "more": "Posso ajudar em mais alguma coisa?",
        "there": "Ainda está aí?",
        "bye": "Não ouço nada, por isso vou desligar. Adeus.",
        "time": "Tenho de terminar esta chamada. Ligue de novo ou escreva-nos. Adeus.",
        "withheld": "Vou confirmar isso com um colega. Entraremos em contacto consigo.",
        "colleague": "Vou confirmar isso com um colega. Um momento, por favor.",
        "back": "Desculpe, a ligação caiu por um momento. Já estou aqui.",
        "sorry": "Lamento, algo não está a funcionar neste momento. Um colega vai ligar-lhe.",
        "nobody": "Lamento, ninguém pôde atender. Um colega vai ligar-lhe. Posso ajudar em mais alguma coisa?",
        "note": "Uma chamada de {number}. {summary}",
        "message": "Olá, sou o assistente de IA de {business}. De momento ninguém da equipa pode atender. Que recado posso dar?",
        "message_unnamed": "Olá, sou um assistente de IA. De momento ninguém da equipa pode atender. Que recado posso dar?",
        "still_colleague": "Ainda estou à espera do meu colega.",
        "later": "Demora mais do que pensava. Entraremos em contacto consigo. Posso ajudar em mais alguma coisa?",
        "emergency": "Se alguém estiver em perigo, desligue e ligue já para o um um dois. Vou avisar a nossa equipa de imediato.",
        "stop": "Está bem. Vou chamar uma pessoa da nossa equipa.",
        "keys": "Teclas: {keys}",
    },
    "nl": {
        "greeting": "Goedendag, u spreekt met de AI-assistent van {business}. Waarmee kan ik u helpen?",
        "greeting_unnamed": "Goedendag, u spreekt met een AI-assistent. Waarmee kan ik u helpen?",
        "moment": "Een ogenblik, alstublieft.",
        "still": "Ik ben nog aan het zoeken.",
        "more": "Kan ik nog iets voor u doen?",
        "there": "Bent u er nog?",
        "bye": "Ik hoor niets, dus ik hang nu op. Tot ziens.",
        "time": "Ik moet dit gesprek nu beëindigen. Bel gerust nog eens, of schrijf ons. Tot ziens.",
        "withheld": "Ik vraag dat even na bij een collega. We nemen contact met u op.",
        "colleague": "Ik vraag dat even na bij een collega. Een ogenblik, alstublieft.",
        "back": "Sorry, de verbinding was even weg. Ik ben er weer.",
        "sorry": "Het spijt me, er gaat nu iets mis. Een collega belt u terug.",
        "nobody": "Helaas kon niemand opnemen. Een collega belt u terug. Kan ik nog iets voor u doen?",
        "note": "Een oproep van {number}. {summary}",
        "message": "Goedendag, u spreekt met de AI-assistent van {business}. Er kan nu niemand opnemen. Wat mag ik doorgeven?",
        "message_unnamed": "Goedendag, u spreekt met een AI-assistent. Er kan nu niemand opnemen. Wat mag ik doorgeven?",
        "still_colleague": "Ik wacht nog op mijn collega.",
        "later": "Het duurt langer dan gedacht. We nemen contact met u op. Kan ik nog iets voor u doen?",
        "emergency": "Als iemand in gevaar is, hang dan op en bel meteen één één twee. Ik waarschuw ons team direct.",
        "stop": "Goed. Ik roep iemand van ons team.",
        "keys": "Toetsen: {keys}",
    },
}
LANGUAGES = tuple(_WORDS)


def words(saying: Saying, language: str, **filled: str) -> str:
    """In English where the language is none of ours."""
    return _WORDS.get(language, _WORDS["en"])[saying].format(**filled)


# What people say while they listen, to show that they do.
_LISTENING = frozenset(
    [
        *(
            "yes",
            "yeah",
            "yep",
            "yup",
            "ok",
            "okay",
            "right",
            "sure",
            "mhm",
            "mm",
            "uh-huh",
            "aha",
            "ah",
            "oh",
            "i",
            "see",
        ),
        *("ja", "jo", "genau", "gut", "stimmt", "klar", "hm", "alles", "verstehe", "sí", "si", "claro", "vale", "ya"),
        *("bien", "oui", "ouais", "d'accord", "sûr", "sì", "va", "bene", "certo", "sim", "está", "bem", "tá", "goed"),
        *("oké", "precies"),
    ]
)


def shows_listening(text: str) -> bool:
    """A mere "yeah" or "genau", and not "yeah, but"."""
    said = text.casefold().replace(",", " ").replace(".", " ").replace("!", " ").split()
    return bool(said) and len(said) <= 3 and all(word in _LISTENING for word in said)


def stops_for(said: str, stop_words: Sequence[str]) -> str | None:
    """The one of them that was said, as words of their own."""
    heard = f" {_plain(said)} "
    return next((each for each in stop_words if f" {_plain(each)} " in heard), None)


def _plain(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())
