"""What the built-in model says, as data by language. Facts about a business are never here: they come from passages."""

from dynaris.agents.builtin.booking_phrases import BOOKING_PHRASES, READ_BACK

Phrases = dict[str, str]

PHRASES: dict[str, Phrases] = {
    "en": {
        "day_open": "On {day} we are open {hours}{note}.",
        "day_closed": "On {day} we are closed{note}.",
        "hello": "Hello!",
        "greeting": "Hello,",
        "greeting_named": "Hello {name},",
        "intro": "I am the basic assistant of {business}.",
        "intro_as": "I am {agent}, the basic assistant of {business}.",
        "intro_unnamed": "I am the basic assistant here.",
        "how_can_i_help": "How can I help you?",
        "how_are_you": "Thank you for asking. How can I help you?",
        "bot": "Yes, I am a program, the basic assistant: I answer from our written information and pass everything "
        "else on to a person. Just say so if you would rather talk to one.",
        "quote": "From our information on “{heading}”: {text}",
        "closest": "I am not sure about that. The closest I have is on “{heading}”: {text}",
        "does_that_help": "Does that answer your question?",
        "unanswered_part": "I have no information on a part of what you wrote. Shall a colleague answer that?",
        "unanswered": "I have no information on “{question}”. Shall a colleague answer that?",
        "ask_more": "I could not find that in our information. Could you tell me a little more about what you need?",
        "ask_details": "May I have your name and an e-mail address or phone number, so that a colleague can confirm "
        "this with you?",
        "leave_email": "If you leave an e-mail address, they can also reach you there.",
        "thanks_details": "Thank you{name}, I have noted that.",
        "anything_else": "What can I do for you?",
        "welcome": "You are welcome!",
        "glad": "Good to hear. I am here if you need anything else.",
        "person_asked": "Of course. I have passed this on to a colleague.",
        "complaint": "I am sorry about that. I have passed your message on to a colleague.",
        "sensitive": "That is for a person to decide, so I have passed your message on to a colleague.",
        "emergency": "If anyone is in danger, please call the emergency services now. I have passed your message on to "
        "a colleague as urgent.",
        "stop": "I have passed on to a colleague that you do not want any more messages from us.",
        "privacy": "I have passed your wish about your data on to a colleague, who will see to it.",
        "request": "I have passed your request on to a colleague, who will confirm it.",
        "unknown": "I do not have that information, so I have passed your question on to a colleague.",
        "passed_on": "Thank you for your message. I have passed it on to a colleague.",
        "answer_here": "You will get the answer here.",
        "call_back": "A colleague will call you back.",
        "put_through": "I am putting you through to a colleague.",
        "answer_when_open": "We are closed at the moment; you will get the answer here when we are open again.",
        "follow_up": "I just wanted to ask whether there is anything else we can do for you. If so, simply reply to "
        "this message.",
    },
    "de": {
        "day_open": "Am {day} haben wir {hours} geöffnet{note}.",
        "day_closed": "Am {day} haben wir geschlossen{note}.",
        "hello": "Guten Tag!",
        "greeting": "Guten Tag!",
        "greeting_named": "Guten Tag {name}!",
        "intro": "Ich bin der einfache Assistent von {business}.",
        "intro_as": "Ich bin {agent}, der einfache Assistent von {business}.",
        "intro_unnamed": "Ich bin hier der einfache Assistent.",
        "how_can_i_help": "Wie kann ich Ihnen helfen?",
        "how_are_you": "Danke der Nachfrage. Wie kann ich Ihnen helfen?",
        "bot": "Ja, ich bin ein Programm, der einfache Assistent: Ich antworte aus unseren schriftlichen Informationen "
        "und gebe alles andere an einen Menschen weiter. Sagen Sie einfach, wenn Ihnen das lieber ist.",
        "quote": "Aus unseren Informationen zu „{heading}“: {text}",
        "closest": "Da bin ich nicht sicher. Am nächsten kommt, was ich zu „{heading}“ habe: {text}",
        "does_that_help": "Beantwortet das Ihre Frage?",
        "unanswered_part": "Zu einem Teil habe ich keine Informationen. Soll jemand aus dem Team das beantworten?",
        "unanswered": "Zu „{question}“ habe ich keine Informationen. Soll jemand aus dem Team das beantworten?",
        "ask_more": "Dazu habe ich in unseren Informationen nichts gefunden. Können Sie mir etwas genauer sagen, was "
        "Sie brauchen?",
        "ask_details": "Wie heißen Sie, und unter welcher E-Mail-Adresse oder Telefonnummer kann jemand aus dem Team "
        "Ihnen das bestätigen?",
        "leave_email": "Wenn Sie eine E-Mail-Adresse nennen, sind Sie auch dort erreichbar.",
        "thanks_details": "Danke{name}, das habe ich notiert.",
        "anything_else": "Was kann ich für Sie tun?",
        "welcome": "Gern geschehen!",
        "glad": "Das freut mich. Melden Sie sich gern, wenn noch etwas offen ist.",
        "person_asked": "Selbstverständlich. Ich habe das an jemanden aus dem Team weitergegeben.",
        "complaint": "Das tut mir leid. Ich habe Ihre Nachricht an jemanden aus dem Team weitergegeben.",
        "sensitive": "Das muss ein Mensch entscheiden; ich habe Ihre Nachricht an das Team weitergegeben.",
        "emergency": "Wenn jemand in Gefahr ist, rufen Sie bitte sofort den Notruf. Ich habe Ihre Nachricht als "
        "dringend an das Team weitergegeben.",
        "stop": "Ich habe an das Team weitergegeben, dass Sie keine Nachrichten mehr von uns möchten.",
        "privacy": "Ich habe Ihren Wunsch zu Ihren Daten an das Team weitergegeben; jemand kümmert sich darum.",
        "request": "Ich habe Ihre Anfrage an das Team weitergegeben; jemand wird sie bestätigen.",
        "unknown": "Das weiß ich nicht, deshalb habe ich Ihre Frage an das Team weitergegeben.",
        "passed_on": "Danke für Ihre Nachricht. Ich habe sie an das Team weitergegeben.",
        "answer_here": "Sie bekommen die Antwort hier.",
        "call_back": "Jemand aus dem Team ruft Sie zurück.",
        "put_through": "Ich verbinde Sie mit jemandem aus dem Team.",
        "answer_when_open": "Zurzeit ist geschlossen; Sie bekommen die Antwort hier, sobald wir wieder geöffnet haben.",
        "follow_up": "Ich wollte kurz fragen, ob wir noch etwas für Sie tun können. Antworten Sie dann einfach auf "
        "diese Nachricht.",
    },
    "es": {
        "day_open": "El {day} abrimos {hours}{note}.",
        "day_closed": "El {day} cerramos{note}.",
        "hello": "¡Hola!",
        "greeting": "Hola:",
        "greeting_named": "Hola, {name}:",
        "intro": "Soy el asistente básico de {business}.",
        "intro_as": "Soy {agent}, el asistente básico de {business}.",
        "intro_unnamed": "Soy el asistente básico.",
        "how_can_i_help": "¿En qué puedo ayudarle?",
        "how_are_you": "Gracias por preguntar. ¿En qué puedo ayudarle?",
        "bot": "Sí, soy un programa, el asistente básico: respondo con nuestra información escrita y paso lo demás a "
        "una persona. Dígamelo si prefiere hablar con alguien.",
        "quote": "De nuestra información sobre «{heading}»: {text}",
        "closest": "No estoy seguro. Lo más cercano que tengo es sobre «{heading}»: {text}",
        "does_that_help": "¿Responde eso a su pregunta?",
        "unanswered_part": "Sobre una parte no tengo información. ¿Quiere que le responda una persona del equipo?",
        "unanswered": "No tengo información sobre «{question}». ¿Quiere que le responda una persona del equipo?",
        "ask_more": "No he encontrado eso en nuestra información. ¿Puede decirme un poco más sobre lo que necesita?",
        "ask_details": "¿Me da su nombre y un correo electrónico o teléfono, para que una persona del equipo se lo "
        "confirme?",
        "leave_email": "Si deja un correo electrónico, también podrán escribirle allí.",
        "thanks_details": "Gracias{name}, lo he anotado.",
        "anything_else": "¿En qué puedo ayudarle?",
        "welcome": "¡De nada!",
        "glad": "Me alegro. Aquí estoy si necesita algo más.",
        "person_asked": "Por supuesto. He pasado su mensaje a una persona del equipo.",
        "complaint": "Lo siento. He pasado su mensaje a una persona del equipo.",
        "sensitive": "Eso lo debe decidir una persona; he pasado su mensaje al equipo.",
        "emergency": "Si alguien está en peligro, llame ya a los servicios de emergencia. He pasado su mensaje al "
        "equipo como urgente.",
        "stop": "He comunicado al equipo que no desea recibir más mensajes nuestros.",
        "privacy": "He pasado su solicitud sobre sus datos a una persona del equipo, que se ocupará de ella.",
        "request": "He pasado su solicitud a una persona del equipo, que se la confirmará.",
        "unknown": "No tengo esa información, así que he pasado su pregunta a una persona del equipo.",
        "passed_on": "Gracias por su mensaje. Lo he pasado a una persona del equipo.",
        "answer_here": "Recibirá la respuesta aquí.",
        "call_back": "Una persona del equipo le devolverá la llamada.",
        "put_through": "Le paso con una persona del equipo.",
        "answer_when_open": "Ahora estamos cerrados; recibirá la respuesta aquí cuando volvamos a abrir.",
        "follow_up": "Solo quería preguntarle si podemos hacer algo más por usted. Si es así, responda a este mensaje.",
    },
    "fr": {
        "day_open": "Le {day}, nous sommes ouverts {hours}{note}.",
        "day_closed": "Le {day}, nous sommes fermés{note}.",
        "hello": "Bonjour !",
        "greeting": "Bonjour,",
        "greeting_named": "Bonjour {name},",
        "intro": "Je suis l'assistant de base de {business}.",
        "intro_as": "Je suis {agent}, l'assistant de base de {business}.",
        "intro_unnamed": "Je suis l'assistant de base.",
        "how_can_i_help": "Comment puis-je vous aider ?",
        "how_are_you": "Merci de demander. Comment puis-je vous aider ?",
        "bot": "Oui, je suis un programme, l'assistant de base : je réponds à partir de nos informations écrites et je "
        "transmets tout le reste à une personne. Dites-le si vous préférez lui parler.",
        "quote": "D'après nos informations sur « {heading} » : {text}",
        "closest": "Je n'en suis pas sûr. Le plus proche que j'aie concerne « {heading} » : {text}",
        "does_that_help": "Cela répond-il à votre question ?",
        "unanswered_part": "Sur une partie je n'ai pas d'information. Voulez-vous qu'un membre de l'équipe y réponde ?",
        "unanswered": "Je n'ai pas d'information sur « {question} ». Voulez-vous qu'un membre de l'équipe y réponde ?",
        "ask_more": "Je n'ai pas trouvé cela dans nos informations. Pouvez-vous préciser ce dont vous avez besoin ?",
        "ask_details": "Puis-je avoir votre nom et une adresse e-mail ou un numéro de téléphone, pour qu'un membre de "
        "l'équipe vous le confirme ?",
        "leave_email": "Si vous laissez une adresse e-mail, on pourra aussi vous y joindre.",
        "thanks_details": "Merci{name}, c'est noté.",
        "anything_else": "Que puis-je faire pour vous ?",
        "welcome": "Je vous en prie !",
        "glad": "Tant mieux. Je reste là si vous avez besoin d'autre chose.",
        "person_asked": "Bien sûr. J'ai transmis votre message à un membre de l'équipe.",
        "complaint": "J'en suis désolé. J'ai transmis votre message à un membre de l'équipe.",
        "sensitive": "C'est à une personne d'en décider ; j'ai transmis votre message à l'équipe.",
        "emergency": "Si quelqu'un est en danger, appelez tout de suite les secours. J'ai transmis votre message à "
        "l'équipe comme urgent.",
        "stop": "J'ai signalé à l'équipe que vous ne souhaitez plus recevoir de messages de notre part.",
        "privacy": "J'ai transmis votre demande concernant vos données à un membre de l'équipe, qui s'en occupera.",
        "request": "J'ai transmis votre demande à un membre de l'équipe, qui vous la confirmera.",
        "unknown": "Je n'ai pas cette information ; j'ai donc transmis votre question à un membre de l'équipe.",
        "passed_on": "Merci de votre message. Je l'ai transmis à un membre de l'équipe.",
        "answer_here": "Vous recevrez la réponse ici.",
        "call_back": "Une personne de l'équipe vous rappellera.",
        "put_through": "Je vous passe une personne de l'équipe.",
        "answer_when_open": "Nous sommes fermés pour le moment ; vous recevrez la réponse ici à la réouverture.",
        "follow_up": "Je voulais simplement savoir si nous pouvons faire autre chose pour vous. Si oui, répondez à ce "
        "message.",
    },
}


for _language, _phrases in BOOKING_PHRASES.items():
    PHRASES[_language].update(_phrases)


def said(key: str, text: str) -> bool:
    """Whether a text contains this phrase, in any language; what a phrase leaves open may stand there as anything."""
    return any(fixed in text for fixed in _FIXED[key])


def language_of(text: str) -> str | None:
    """Of what we wrote ourselves about an appointment."""
    for language, phrases in PHRASES.items():
        if any(_longest_fixed(phrases[key]) in text for key in READ_BACK):
            return language
    return None


def _longest_fixed(phrase: str) -> str:
    pieces = phrase.replace("}", "{").split("{")[::2]
    return max(pieces, key=len).strip()


_RECOGNISED = (
    *READ_BACK,
    "ask_more",
    "ask_details",
    "leave_email",
    "does_that_help",
    "unanswered",
    "unanswered_part",
    "welcome",
    "glad",
    "follow_up",
    "intro",
    "intro_as",
    "answer_here",
    "answer_when_open",
)
_FIXED = {key: tuple(_longest_fixed(phrases[key]) for phrases in PHRASES.values()) for key in _RECOGNISED}
