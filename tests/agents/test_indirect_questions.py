"""Questions as people put them: indirectly, with a story around, mistyped, or leaning on the turn before."""

from tests.agents.conftest import Story
from tests.agents.test_demo_questions import clinic, told

__all__ = ["clinic"]

# What must be said, and what is written, turn by turn.
ASKED = """
    open|Can I come by on a Saturday at noon or are you shut?
    open|hi, until when can I drop in on fridays?
    open|Habt ihr am Wochenende auf?
    open|Bis wie viel Uhr sind Sie donnerstags da?
    open|¿a qué hora cierran los viernes?
    open|vous ouvrez à quelle heure le matin ?
    Linden|I'm coming by tram, which stop do I get off at?
    Linden|wie komme ich mit dem bus zu euch
    Linden|¿Cómo llego en transporte público?
    garage|I'll be driving, is there anywhere to leave the car?
    garage|kostet das parken was?
    garage|My father is disabled, can he park close by?
    garage|où puis-je laisser ma voiture
    69|how much for a sports massage pls
    69|sportmasage preis?
    69|cuánto vale un masaje deportivo
    69|Combien pour un massage sportif d'une heure ?
    48|what would ten physio sessions cost me
    440|Gibt es eine Zehnerkarte für Physiotherapie?
    440|hay bono de diez sesiones de fisio?
    75|I have never been to you. What does the first appointment cost?
    45|Wie lange dauert die Erstuntersuchung?
    75|precio de la primera valoración
    75|combien coûte le premier bilan
    23125|what's your phone number
    23125|¿cuál es su teléfono?
    hello@|what is your email address?
    24 hours|what happens if I cancel last minute?
    half|I might not make it tomorrow, do I still have to pay if I don't show up?
    24 hours|Bis wann muss ich absagen, damit es nichts kostet?
    half|si no voy a la cita me cobran?
    24 hours|jusqu'à quand puis-je annuler sans frais
    28 days|my insurance is public, do you take it?
    28 days|Nehmen Sie AOK Versicherte?
    28 days|trabajáis con seguros médicos?
    28 days|est-ce que ma mutuelle prend en charge les séances
    Private|Ich bin privat versichert, wie läuft das mit der Rechnung?
    28|Wie alt darf die Verordnung sein?
    28|how old can my prescription be?
    card|do you take visa
    14 days|how long do I have to pay the invoice by transfer
    card|Kann ich bar bezahlen oder nur mit Karte?
    card|aceptan efectivo?
    card|je peux régler en liquide ?
    insurance card|what do I need to have with me when I come the first time?
    insurance card|was soll ich zum ersten mal mitbringen
    insurance card|que tengo q llevar a la primera cita?
    insurance card|que faut-il apporter la première fois
    ten minutes|Should I come early to the first visit to fill in forms?
    lift|My mother uses a wheelchair, can she get in?
    lift|is there an elevator, i'm on crutches
    lift|gibt es einen aufzug? meine oma kann keine treppen steigen
    lift|¿se puede entrar con silla de ruedas?
    lift|y a-t-il un ascenseur
    toilet|Ist die Toilette barrierefrei?
    Spanish|does anyone there speak spanish?
    Spanish|spricht bei euch jemand spanisch
    Spanish|alguien habla alemán?
    Spanish|quelqu'un parle français chez vous ?
    referral|do i need a referral from my doctor for a massage
    prescription|brauche ich für physio ein rezept vom arzt?
    referral|necesito volante para el masaje?
    physio|what kinds of treatments do you do?
    physio|Welche Behandlungen bieten Sie an?
    physio|qué tratamientos hacen
    physio|quels soins proposez-vous ?
    60 minutes|How much is a sports massage?||and how long does it take?
    30 minutes|Was kostet eine Physiotherapie Sitzung?||und wie lange dauert das?
    69|Do you offer sports massage?||how much is it?
    69|proposez-vous des massages sportifs ?||et le prix ?
    69|¿hacen masajes deportivos?||y cuánto cuesta?
    45|What does a first assessment cost?||How long is it?
    garage|Where are you?||and parking?
    garage|Where are you located and is there parking?
    69|Is there parking, and what does a sports massage cost?
    Sunday|are you open on sundays and do you take cards?
    covered|Is the sports massage paid by my insurance?
    plan|what is included in the first assessment
"""


async def test_a_question_is_answered_however_it_is_put(clinic: Story) -> None:
    unanswered: list[str] = []
    for line in filter(None, map(str.strip, ASKED.splitlines())):
        fact, *texts = line.replace("||", "|").split("|")
        async with clinic.db.transaction(clinic.workspace.id) as connection:  # a conversation of its own
            await connection.execute("DELETE FROM message WHERE workspace_id = %s", (clinic.workspace.id,))
        if fact.lower() not in (await told(clinic, *texts)).lower():
            unanswered.append(line)
    assert unanswered == []
