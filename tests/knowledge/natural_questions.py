"""Small businesses with what they wrote down, and what customers ask them in words of their own."""

# ruff: noqa: E501 - a message is read better in one line

HOTEL = {  # in English
    "checkin": ("From what time can I check in?", "Your room is ready from 15:00. Reception is staffed until 23:00."),
    "checkout": (
        "Until when do I have to check out?",
        "Please leave your room by 11:00. A late check-out until 14:00 costs €20.",
    ),
    "breakfast": ("Is breakfast included?", "Breakfast is served from 7:00 to 10:30 and costs €16 per person."),
    "parking": ("Where can I park?", "Our underground car park has 30 places at €18 a night."),
    "pets": ("Are pets allowed?", "Dogs are welcome for €12 a night; please do not leave them alone."),
    "wifi": ("Do you have WiFi?", "WiFi is free in all rooms."),
    "cancel": ("How do I cancel my booking?", "You can cancel free of charge until 18:00 on the day before arrival."),
    "airport": (
        "How do I get to you from the airport?",
        "Take the S3 train to Central Station; we are 200 metres from the north exit.",
    ),
    "children": ("Can children stay for free?", "Children under six stay free in their parents' room; a cot is €10."),
    "pool": ("Is there a pool?", "The indoor pool and sauna are on the top floor, open from 6:30 to 22:00."),
}
BIKES = {  # in German
    "hours": ("Wann habt ihr geöffnet?", "Dienstag bis Freitag 10 bis 19 Uhr, Samstag 10 bis 16 Uhr."),
    "repair": ("Was kostet eine Reparatur?", "Einen Platten flicken wir für 15 Euro, eine Inspektion kostet 79 Euro."),
    "wait": ("Wie lange dauert eine Reparatur?", "In der Regel drei Werktage, einen Platten machen wir sofort."),
    "testride": (
        "Kann ich ein Fahrrad Probe fahren?",
        "Probefahrten sind jederzeit möglich; bring bitte einen Ausweis mit.",
    ),
    "rental": ("Verleiht ihr Fahrräder?", "Stadträder kosten 20 Euro am Tag, E-Bikes 45 Euro."),
    "warranty": (
        "Wie lange habe ich Garantie?",
        "Auf neue Räder geben wir fünf Jahre auf den Rahmen, auf Akkus zwei Jahre.",
    ),
    "payment": ("Wie kann ich bezahlen?", "Bar, mit Karte oder in zwölf Raten."),
    "used": ("Nehmt ihr gebrauchte Räder in Zahlung?", "Ja, wir schätzen dein altes Rad vor Ort."),
    "address": ("Wo ist euer Laden?", "Kanalstraße 9, direkt an der Haltestelle Mühlentor."),
    "shipping": (
        "Liefert ihr auch nach Hause?",
        "Fertig montierte Räder liefern wir im Umkreis von 50 km für 39 Euro.",
    ),
}
LAWYERS = {  # in Spanish
    "consultation": ("¿Cuánto cuesta la primera consulta?", "La primera consulta dura 45 minutos y cuesta 60 euros."),
    "fields": ("¿Qué áreas del derecho lleváis?", "Llevamos divorcios, despidos, herencias y alquileres."),
    "documents": ("¿Qué documentos debo llevar?", "Traiga el DNI y todos los contratos o cartas que tenga."),
    "online": ("¿Se puede hacer la consulta por videollamada?", "Sí, atendemos por videollamada de lunes a viernes."),
    "payment": ("¿Cómo se paga?", "Con tarjeta, transferencia o en tres plazos."),
    "languages": ("¿En qué idiomas atienden?", "Atendemos en español, inglés y alemán."),
    "hours": ("¿Cuál es el horario del despacho?", "De lunes a jueves de 9 a 18 h y los viernes hasta las 14 h."),
    "address": ("¿Dónde está el despacho?", "Calle Mayor 20, tercera planta, metro Sol."),
    "appointment": ("¿Cómo pido cita?", "Por teléfono en el 91 555 01 23 o con el formulario de la web."),
    "privacy": ("¿Es confidencial lo que cuento?", "Todo queda bajo secreto profesional."),
}

# Whose; the entry that answers, several where several are asked for, none where nothing is written; the message.
ASKED = """
hotel|checkin|Our flight lands at 9 in the morning, so we'd be at yours by ten or so. Any chance we can already get into the room then?
hotel|checkin|Wir kommen erst mit dem Nachtzug. Ab wann kann man denn bei Ihnen einchecken?
hotel|checkin|¿A partir de qué hora se puede hacer el check-in? Llegamos muy pronto
hotel|checkout|my train home only goes at 4pm. how long can we keep the room on the last day, when's check-out?
hotel|checkout|Bonjour, à quelle heure faut-il libérer la chambre le dimanche ?
hotel|breakfast|Does the price have breakfast in it or do I pay that on top?
hotel|breakfast|hola, el desayuno va incluido o se paga aparte?
hotel|breakfast|Wir sind Frühaufsteher: wann gibt's bei euch Frühstück?
hotel|parking|We're driving up from Lyon with a trailer. Somewhere to leave the car overnight?
hotel|parking|Können wir unser Auto irgendwo abstellen, und was kostet das pro Nacht?
hotel|parking|on arrive en voiture, il y a un parking chez vous ?
hotel|pets|Would it be OK if our old labrador came along? He never barks.
hotel|pets|Dürfen wir unsere Katze mitbringen?
hotel|pets|¿admitís perros? el nuestro es pequeño
hotel|wifi|I'll have to work in the evenings - is the internet any good and does it cost extra?
hotel|cancel|My boss may not let me go. If I have to call it off, what happens?
hotel|cancel|Bis wann kann ich kostenlos stornieren?
hotel|cancel|jusqu'à quand peut-on annuler la réservation sans payer ?
hotel|airport|landing at the airport on friday night, how do we get to you from there?
hotel|airport|¿Cómo llegamos desde el aeropuerto a vuestro hotel?
hotel|children|We have a toddler of two and a girl of five. Do the kids cost anything?
hotel|pool|my wife loves to swim. Have you got a pool?
hotel|breakfast,wifi|What does breakfast cost? And is there wifi in the rooms?
hotel||Do you sell gift cards? It's for our parents' anniversary.
hotel||Is there a gym?
hotel||Gibt es bei Ihnen einen Fahrradverleih?
hotel||Can you arrange a babysitter for Saturday evening?
hotel||¿Hay enchufe para cargar el coche eléctrico?
bikes|hours|Ich komm erst um sechs aus dem Büro, seid ihr da noch da?
bikes|hours|are you guys open on saturdays?
bikes|hours|¿hasta qué hora abren los sábados?
bikes|repair|Bin heute früh über eine Scherbe gefahren und jetzt ist der Reifen platt. Was nehmt ihr dafür, das zu flicken?
bikes|repair|hi, how much would it be to get a puncture fixed?
bikes|repair|combien coûte une révision de mon vélo ?
bikes|wait|Ich brauche das Rad am Montag wieder. Wie lange dauert so eine Reparatur bei euch?
bikes|testride|Meine Frau ist unsicher wegen der Größe. Kann sie vor dem Kauf mal eine Runde probefahren?
bikes|testride|Can I try a bike out before I buy it?
bikes|rental|Wir sind übers Wochenende zu viert in der Stadt, kann man bei euch Räder mieten?
bikes|rental|do you rent e-bikes and what's the price per day
bikes|rental|¿alquiláis bicis? somos dos
bikes|warranty|Und wenn der Akku nach einem Jahr schlappmacht, ist da noch Garantie drauf?
bikes|warranty|est-ce que le cadre est garanti ?
bikes|payment|Geht bei euch auch Ratenzahlung? 3000 Euro auf einmal ist mir zu viel.
bikes|payment|Can I pay by card?
bikes|used|Mein altes Trekkingrad steht nur noch rum. Nehmt ihr sowas in Zahlung?
bikes|address|Bin neu in der Stadt, wo finde ich euch?
bikes|address|where's the shop exactly
bikes|shipping|Ich hab kein Auto. Könnt ihr mir das Rad auch nach Hause bringen, also liefern?
bikes||Habt ihr auch Kinderwagen?
bikes||Verkauft ihr Skier?
bikes||Was kostet ein Gutschein?
bikes||Do you have a toilet?
lawyers|consultation|Mi jefe me ha echado esta mañana y estoy hecha polvo. ¿Cuánto me costaría hablar con alguien por primera vez?
lawyers|consultation|What would a first consultation set me back, and how long is it?
lawyers|consultation|Was kostet die Erstberatung?
lawyers|fields|Mi hermano y yo no nos ponemos de acuerdo con la casa de mi madre. ¿Lleváis herencias?
lawyers|fields|do you handle divorces?
lawyers|documents|Tengo cita el jueves. ¿Qué papeles hace falta que lleve?
lawyers|documents|Which documents should I take along to the meeting?
lawyers|documents|Was muss ich zum Termin mitbringen?
lawyers|online|Vivo en Cádiz y no puedo desplazarme. ¿Podemos hacerlo online?
lawyers|online|Can we do this by video call? I live abroad.
lawyers|payment|¿Puedo pagarlo poco a poco, a plazos?
lawyers|payment|Kann ich per Überweisung zahlen?
lawyers|languages|My Spanish is rather poor. Does anybody at your office speak English?
lawyers|languages|Spricht bei Ihnen jemand Deutsch?
lawyers|hours|¿Los viernes por la tarde estáis abiertos?
lawyers|hours|what time do you close on fridays?
lawyers|address|¿En qué calle estáis, y hay metro cerca?
lawyers|address|Where is your office, which floor?
lawyers|appointment|Quisiera una reunión con un abogado, ¿cómo reservo cita?
lawyers|appointment|How can I make an appointment?
lawyers|privacy|No quiero que mi familia se entere de nada. ¿Lo que os diga es confidencial?
lawyers||¿Hay aparcamiento en el edificio?
lawyers||Do you also do weddings?
lawyers||¿Puedo llevar a mi perro?
lawyers||Brauchen Sie noch Praktikanten?
"""
