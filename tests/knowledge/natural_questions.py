"""Small businesses with what they wrote down, and what customers ask them in words of their own."""

# ruff: noqa: E501 - a message is read better in one line

import json
from pathlib import Path

import dynaris.app

_DEMO = json.loads((Path(dynaris.app.__file__).parent / "demo.json").read_text())

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

RESTAURANT = {  # in English
    "hours": (
        "What are your opening times?",
        "We serve lunch from 12:00 to 14:30 and dinner from 18:00 to 22:30. Closed on Mondays.",
    ),
    "reserve": ("How do I reserve a table?", "Call us or use the form; for groups over eight please call."),
    "vegan": (
        "Do you have vegan or gluten-free dishes?",
        "A third of our menu is vegan; most dishes can be made gluten-free.",
    ),
    "kids": ("Do you have high chairs and a children's menu?", "Yes, four high chairs and a children's menu for €9."),
    "pay": ("Which payment methods do you accept?", "Cash, debit and credit cards. No American Express."),
    "dogs": ("Can I bring my dog?", "Dogs are welcome on the terrace, not inside."),
    "takeaway": ("Do you deliver or offer takeaway?", "Takeaway daily from 18:00; we do not deliver."),
    "park": ("Is there parking nearby?", "The Market car park is 100 metres away, €2 an hour."),
    "voucher": ("Do you sell gift vouchers?", "Vouchers from €25 are sold at the bar and online."),
    "where": ("Where are you?", "14 Harbour Street, next to the ferry pier."),
}
HAIRDRESSER = {  # in French
    "prix": ("Quels sont vos tarifs ?", "Coupe femme 42 €, coupe homme 26 €, coloration à partir de 55 €."),
    "rdv": ("Faut-il prendre rendez-vous ?", "Sur rendez-vous, sauf le mercredi matin, sans rendez-vous."),
    "horaires": (
        "Quels sont vos horaires d'ouverture ?",
        "Du mardi au vendredi de 9 h à 19 h, le samedi de 9 h à 17 h.",
    ),
    "enfants": ("Coiffez-vous les enfants ?", "Oui, dès 3 ans ; coupe enfant 18 €."),
    "annuler": ("Comment annuler mon rendez-vous ?", "Appelez-nous au plus tard la veille, sinon 50 % sont dus."),
    "paiement": ("Quels moyens de paiement acceptez-vous ?", "Carte bancaire et espèces, pas de chèques."),
    "acces": ("Le salon est-il accessible en fauteuil roulant ?", "Oui, de plain-pied, sans marche."),
    "duree": ("Combien de temps dure une coloration ?", "Comptez deux heures avec la coupe."),
    "adresse": ("Où se trouve le salon ?", "3 rue des Lilas, métro Jaurès."),
    "etudiant": ("Y a-t-il une réduction pour étudiants ?", "10 % du mardi au jeudi sur présentation de la carte."),
}
FURNITURE = {  # in German
    "liefern": ("Liefert ihr auch?", "Lieferung bis zur Bordsteinkante 49 €, mit Aufbau 99 €."),
    "lieferzeit": ("Wie lange ist die Lieferzeit?", "Lagerware fünf Tage, Bestellware sechs bis acht Wochen."),
    "rueckgabe": ("Kann ich Möbel zurückgeben?", "Unbenutzte Ware nehmen wir 30 Tage lang zurück."),
    "garantie": ("Welche Garantie gebt ihr?", "Fünf Jahre auf alle Sofas und Betten."),
    "oeffnung": ("Öffnungszeiten", "Montag bis Samstag 10 bis 20 Uhr."),
    "finanz": ("Kann ich in Raten zahlen?", "Ja, 0 % auf zwölf Monate ab 300 €."),
    "parken": ("Gibt es Parkplätze?", "200 kostenlose Plätze vor dem Haus."),
    "altmoebel": ("Nehmt ihr alte Möbel mit?", "Wir entsorgen das alte Sofa für 40 €."),
    "rechnung": ("Bekomme ich eine Rechnung?", "Die Rechnung kommt per E-Mail."),
    "jobs": ("Habt ihr offene Stellen?", "Wir suchen Tischler und Fahrer: jobs@moebel.example."),
}

GYM = {  # in English
    "hours": ("Opening hours", "Monday to Friday 6:00 to 23:00, weekends 8:00 to 20:00."),
    "price": ("What does a membership cost?", "€39 a month for one year, €49 month to month."),
    "quit": ("How do I end my membership?", "Write to us one month before the end of the term."),
    "trial": ("Is there a trial session?", "The first visit is free; bring an ID."),
    "bring": ("What do I need to bring?", "Clean trainers, a towel and a padlock."),
    "classes": ("Which classes do you have?", "Yoga, spinning and pilates, free for members."),
    "park": ("Can I park there?", "Three hours free in the multi-storey next door."),
    "age": ("From which age can I train?", "From 16, with a parent's signature until 18."),
    "shower": ("Are there showers and lockers?", "Yes, showers and lockers are on both floors."),
    "student": ("Is there a student discount?", "Students and trainees pay €29."),
}
DENTIST = {  # in German
    "zeiten": ("Wann ist die Praxis geöffnet?", "Montag bis Freitag 8 bis 18 Uhr, Mittwoch bis 13 Uhr."),
    "notfall": ("Was mache ich bei Zahnschmerzen am Wochenende?", "Rufen Sie den Notdienst unter 0180 555 an."),
    "pzr": (
        "Was kostet eine Zahnreinigung?",
        "Die professionelle Zahnreinigung kostet 95 Euro und dauert eine Stunde.",
    ),
    "kasse": ("Welche Krankenkassen nehmen Sie?", "Wir behandeln gesetzlich und privat Versicherte."),
    "kinder": ("Behandeln Sie Kinder?", "Ja, ab dem ersten Zahn."),
    "termin": ("Wie bekomme ich einen Termin?", "Online, telefonisch oder per E-Mail."),
    "absagen": ("Bis wann kann ich absagen?", "Bis 24 Stunden vorher, sonst berechnen wir 40 Euro."),
    "weg": ("Wo finde ich Sie?", "Marktplatz 3, zweiter Stock, mit Aufzug."),
    "angst": ("Ich habe Angst vor dem Zahnarzt, was tun?", "Wir bieten Lachgas und Vollnarkose an."),
    "raten": ("Kann ich in Raten zahlen?", "Ab 300 Euro in bis zu zwölf Monatsraten."),
}
TOURS = {  # in Spanish
    "precio": ("¿Cuánto cuesta la visita guiada?", "18 euros por adulto, 9 euros por niño."),
    "dura": ("¿Cuánto dura la visita?", "Dos horas y media a pie."),
    "idioma": ("¿En qué idiomas son las visitas?", "Español, inglés y francés."),
    "punto": ("¿Dónde empieza la visita?", "En la fuente de la Plaza Mayor."),
    "lluvia": ("¿Qué pasa si llueve?", "Salimos también con lluvia; llevamos paraguas."),
    "cancel": ("¿Puedo cancelar mi reserva?", "Gratis hasta 48 horas antes."),
    "silla": ("¿Es accesible en silla de ruedas?", "Sí, el recorrido no tiene escalones."),
    "perro": ("¿Se admiten perros?", "Sí, con correa."),
    "grupo": ("¿Hay descuento para grupos?", "Desde diez personas, un 15 %."),
    "pago": ("¿Cómo se paga?", "Con tarjeta en la web o en efectivo al guía."),
}
CLINIC = dict(  # the demo's, in English
    zip(
        [
            "open",
            "where",
            "park",
            "serv",
            "assess",
            "physio",
            "massage",
            "phone",
            "book",
            "cancel",
            "insur",
            "pay",
            "bring",
            "wheel",
            "lang",
        ],
        [(entry["question"], entry["answer"]) for entry in _DEMO["faq"]],
        strict=True,
    )
)
BUSINESSES = {
    "hotel": (HOTEL, "en"),
    "bikes": (BIKES, "de"),
    "lawyers": (LAWYERS, "es"),
    "rest": (RESTAURANT, "en"),
    "hair": (HAIRDRESSER, "fr"),
    "furn": (FURNITURE, "de"),
    "gym": (GYM, "en"),
    "dent": (DENTIST, "de"),
    "tour": (TOURS, "es"),
    "clinic": (CLINIC, "en"),
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
rest|hours|hey it's my girlfriend's birthday next monday, are you even open then?
rest|hours|Wir kämen nach dem Theater, so gegen zehn. Bis wann hat die Küche offen?
rest|hours|¿A qué hora empezáis a servir la cena?
rest|hours|c'est ouvert le midi ?
rest|reserve|We'd be twelve people from my office, how do we get a table?
rest|reserve|Ich würde gern für Samstag einen Tisch reservieren, wie geht das?
rest|vegan|My sister can't have gluten. Will she find something on your menu?
rest|vegan|Mein Freund isst kein Fleisch und keine Milchprodukte, habt ihr was Veganes?
rest|vegan|soy celíaca, ¿tenéis algo para mí?
rest|kids|we are bringing the little ones (2 and 5). do you have something for kids to eat?
rest|kids|Gibt es bei euch Kinderstühle?
rest|pay|my amex is all i've got on me, would that work?
rest|pay|¿se puede pagar con tarjeta?
rest|dogs|Dürfen Hunde mit rein?
rest|dogs|our spaniel goes everywhere with us. is that a problem at yours?
rest|takeaway|Could I just pick something up for the family and eat it at home? Do you do takeaways?
rest|takeaway|livrez-vous à domicile ?
rest|park|Wo kann ich denn da in der Nähe parken?
rest|park|coming with two cars, where do we leave them?
rest|voucher|I'd like to treat my parents to a meal for christmas. Do you have vouchers?
rest|where|how do I find you guys? I'm standing at the ferry
rest|where|Wo genau seid ihr?
rest||Is there a playground?
rest||Do you have wheelchair access?
rest||Habt ihr WLAN?
rest||Can we smoke outside?
rest||Do you do live music?
hair|prix|J'ai les cheveux longs et j'aimerais les couper court. Ça me coûterait combien ?
hair|prix|How much is a haircut for men?
hair|prix|was kostet bei euch färben?
hair|prix|¿cuánto cobráis por un corte de mujer?
hair|rdv|Je peux passer comme ça ou il faut réserver ?
hair|rdv|Do I need an appointment or can I just walk in?
hair|horaires|je sors du travail à 18h30, vous êtes encore ouverts ?
hair|horaires|seid ihr samstags da?
hair|enfants|Mon fils de 4 ans a besoin d'une coupe, vous faites les petits aussi ?
hair|enfants|do you cut kids' hair?
hair|annuler|Ma babysitter vient de me lâcher. Si j'annule maintenant, je dois payer quand même ?
hair|annuler|Ich kann morgen doch nicht kommen. Wie sage ich den Termin ab?
hair|paiement|vous prenez les chèques ?
hair|paiement|Kann ich mit Karte zahlen?
hair|acces|Ma grand-mère ne monte plus les marches. Elle pourra entrer ?
hair|acces|Is your salon OK for someone in a wheelchair?
hair|duree|Ça prend combien de temps, une couleur ?
hair|adresse|vous êtes où exactement ?
hair|adresse|Wie komme ich zu euch? Gibt's eine Metro?
hair|etudiant|je suis encore à la fac, y a un tarif spécial ?
hair|etudiant|Any student discount?
hair||Vous faites les ongles ?
hair||Est-ce que vous avez des cartes cadeaux ?
hair||Macht ihr auch Bärte?
hair||je peux venir avec mon chien ?
furn|liefern|Das Sofa passt nie im Leben in meinen Polo. Bringt ihr das auch nach Hause?
furn|liefern|Do you deliver to the suburbs, and what does it cost?
furn|lieferzeit|Wir ziehen am 1. ein. Wie lange dauert es, bis so ein Bett geliefert wird?
furn|lieferzeit|combien de temps faut-il pour la livraison ?
furn|rueckgabe|Was ist, wenn mir der Sessel daheim doch nicht gefällt, kann ich den umtauschen?
furn|rueckgabe|can i return a chair if it doesn't fit?
furn|rueckgabe|¿puedo devolver una mesa?
furn|garantie|Nach zwei Jahren ist bei meinem letzten Sofa die Naht gerissen. Wie ist das bei euch mit der Garantie?
furn|garantie|how long is the warranty on beds
furn|oeffnung|Hallo, bis wann kann ich heute noch vorbeikommen?
furn|oeffnung|are you open this saturday?
furn|finanz|3000 Euro hab ich gerade nicht auf einmal. Geht das auch monatlich, also auf Raten?
furn|finanz|can I pay in instalments?
furn|parken|Ich komme mit Anhänger, kann man bei euch gut parken?
furn|altmoebel|Unser altes Sofa muss dann auch weg. Könnt ihr das gleich mitnehmen?
furn|rechnung|ich brauch das für die Steuer, krieg ich einen Beleg?
furn|jobs|Mein Neffe sucht eine Ausbildung als Tischler, stellt ihr ein?
furn|jobs|are you hiring?
furn||Habt ihr auch ein Café?
furn||Kann ich einen Gutschein kaufen?
furn||Do you repair old chairs?
furn||Verkauft ihr Lampen?
gym|hours|I work nights and finish at five in the morning. Could I come straight in?
gym|hours|Macht ihr sonntags auf, und wann?
gym|hours|hasta qué hora está abierto los sábados?
gym|price|how much would I pay a month to join?
gym|price|Was kostet denn bei euch die Mitgliedschaft so?
gym|price|c'est combien l'abonnement ?
gym|quit|I'm moving to Spain in May, so I want to stop. What do I have to do to end my membership?
gym|quit|Wie kann ich meine Mitgliedschaft kündigen?
gym|trial|can i try it once before signing anything
gym|trial|Gibt es ein Probetraining?
gym|trial|¿puedo hacer una clase de prueba?
gym|bring|it'll be my first time in a gym ever - what should I have with me?
gym|bring|was muss ich alles mitbringen?
gym|classes|Do you do yoga?
gym|classes|Welche Kurse habt ihr?
gym|park|Kann ich mit dem Auto kommen und da irgendwo parken?
gym|age|My boy is 15 and wants to lift weights, is he old enough?
gym|shower|I'd have to go to the office right after. Can I shower at your place?
gym|shower|gibt's Duschen und Spinde?
gym|student|I'm at uni, do I pay less?
gym|student|Studentenrabatt?
gym||Do you sell protein shakes?
gym||Is there a sauna?
gym||Can somebody watch my baby while I train?
dent|zeiten|Ich arbeite bis 17 Uhr, schaffe ich es danach noch zu Ihnen, wie lange haben Sie offen?
dent|zeiten|are you open on wednesdays?
dent|notfall|Mir ist am Samstag eine Füllung rausgefallen und es tut höllisch weh. Was mache ich bei Zahnschmerzen am Wochenende?
dent|pzr|Meine letzte Zahnreinigung ist ewig her. Was nehmen Sie dafür?
dent|pzr|how much is a tooth cleaning?
dent|kasse|Ich bin bei der Techniker versichert, nehmen Sie mich da?
dent|kasse|do you accept private insurance?
dent|kasse|¿aceptáis mi seguro público?
dent|kinder|Meine Kleine ist vier und war noch nie beim Zahnarzt. Behandeln Sie auch Kinder?
dent|kinder|do you also see kids?
dent|termin|Ich würde gern mal zur Kontrolle kommen, wie kriege ich da einen Termin?
dent|termin|How can I book an appointment with you?
dent|absagen|Falls mir auf der Arbeit was dazwischenkommt: wie kurzfristig kann ich absagen?
dent|absagen|what if i have to cancel the day before?
dent|weg|Wie komme ich zu Ihnen, und gibt es einen Fahrstuhl?
dent|weg|where's your practice?
dent|angst|Ich hab furchtbar Angst vor der Spritze, was können Sie da tun?
dent|raten|Die Krone soll 900 Euro kosten. Kann ich das abstottern, also in Raten?
dent|raten|can I pay in installments?
dent||Haben Sie Parkplätze?
dent||Verkaufen Sie elektrische Zahnbürsten?
dent||Do you do tattoos?
tour|precio|Somos dos adultos y una niña de seis. ¿Qué nos costaría la visita?
tour|precio|how much is the tour?
tour|precio|Was kostet die Führung pro Person?
tour|dura|Tenemos el tren a las tres. ¿Cuánto tiempo dura la visita?
tour|dura|How long does the tour take?
tour|idioma|My parents only understand French. Is there a tour for them in their language?
tour|idioma|¿la hacéis también en alemán?
tour|punto|¿En qué sitio quedamos para empezar?
tour|punto|where do we meet / where does it start?
tour|lluvia|El parte da tormenta para el domingo. ¿Qué pasa si llueve?
tour|lluvia|what happens if it rains
tour|cancel|Mi hijo tiene fiebre y puede que no podamos ir. ¿Se puede cancelar?
tour|cancel|Bis wann kann ich stornieren?
tour|silla|Mi padre va con andador, ¿podría hacer el recorrido?
tour|silla|Is it doable with a wheelchair?
tour|perro|¿Puedo llevar a mi perrita?
tour|perro|can we bring our dog along?
tour|grupo|Somos un colegio, 24 alumnos. ¿Nos hacéis precio de grupo?
tour|pago|¿Puedo pagarle al guía en mano, en efectivo?
tour|pago|do you take credit cards?
tour||¿Venden camisetas?
tour||¿Hay baños por el camino?
tour||Do you offer boat trips?
clinic|open|My shift ends at 6.30 pm on Tuesdays. Would you still be there at 7?
clinic|open|Habt ihr zwischen den Jahren oder an Feiertagen auf?
clinic|open|¿Atienden los sábados por la tarde?
clinic|open|Vous êtes là le vendredi jusqu'à quelle heure ?
clinic|where|I'm standing at Lindenplatz and can't see you anywhere. Which building is it?
clinic|where|Mit welcher Straßenbahn komme ich am besten zu Ihnen?
clinic|where|¿Me podéis pasar la dirección? Voy en metro
clinic|where|C'est à quel étage exactement ?
clinic|park|My husband will drop me off and wait. Can he leave the car somewhere without paying a fortune?
clinic|park|Gibt es bei Ihnen Behindertenparkplätze?
clinic|park|¿Hay que pagar por aparcar?
clinic|park|combien de temps peut-on rester garé gratuitement ?
clinic|serv|What can you do for me, what's on your menu?
clinic|serv|Welche Anwendungen gibt es bei euch?
clinic|assess|Never been to a physio. What happens at the first appointment and what's it going to cost me?
clinic|assess|Was zahle ich für die Erstuntersuchung?
clinic|assess|¿Qué precio tiene la primera consulta y cuánto se tarda?
clinic|assess|Le premier bilan, c'est combien et ça dure combien de temps ?
clinic|physio|Is it cheaper if I buy ten physio sessions at once?
clinic|physio|Was kostet einmal Krankengymnastik, wenn ich das selber zahle?
clinic|physio|¿Cuánto dura una sesión de fisio?
clinic|physio|je paie moi-même, une séance de kiné revient à combien ?
clinic|massage|How much for the sports massage? And does my health insurance pay any of it?
clinic|massage|Zahlt die Kasse die Sportmassage?
clinic|massage|¿cuánto es el masaje y cuánto rato?
clinic|phone|I'd rather talk to somebody. What number do I ring?
clinic|phone|Kann man euch auch anrufen?
clinic|phone|¿Tenéis un correo al que pueda escribir?
clinic|book|How does booking work with you, do I just write here?
clinic|book|Brauche ich für eine Massage eine Überweisung vom Arzt?
clinic|book|¿Necesito receta para la fisioterapia?
clinic|book|comment on fait pour prendre rendez-vous ?
clinic|cancel|Something has come up at work. Is it a problem if I move my appointment on short notice?
clinic|cancel|Was passiert, wenn ich den Termin verschwitze?
clinic|cancel|si anulo la cita esta misma tarde, ¿me cobráis algo?
clinic|cancel|Et si je suis malade le jour même, je paie quand même ?
clinic|insur|I'm with Techniker. Do I have to pay anything, or do you settle it with them?
clinic|insur|Mein Rezept ist vom letzten Monat, geht das noch?
clinic|insur|Mi seguro es privado, ¿trabajáis con ellos?
clinic|insur|Ma caisse rembourse les séances chez vous ?
clinic|pay|Do I pay at the desk afterwards or do you send me a bill?
clinic|pay|Nehmt ihr auch Kreditkarten?
clinic|pay|¿puedo pagar en metálico?
clinic|pay|Je peux payer par virement, sous quel délai ?
clinic|bring|What should I wear for the treatment?
clinic|bring|Muss ich ein Handtuch oder Sportsachen dabeihaben?
clinic|bring|¿Tengo que ir antes para rellenar papeles?
clinic|bring|Faut-il apporter ses radios ?
clinic|wheel|My mum is 88 and can't do steps. Can she reach you?
clinic|wheel|Mein Vater sitzt im Rollstuhl, kommt er bei Ihnen aufs Klo?
clinic|wheel|¿Hay escalones en la entrada?
clinic|wheel|Je viens avec une poussette double, il y a un ascenseur ?
clinic|lang|My German is awful. Will I get by with English?
clinic|lang|Spricht jemand von euch Türkisch?
clinic|lang|¿Me puede atender alguien en español?
clinic|lang|On ne parle pas allemand, c'est gênant ?
clinic||Do you have a waiting area where my kids can play?
clinic||Bietet ihr auch Lymphdrainage an?
clinic||¿Hacéis descuento a estudiantes?
clinic||Vous vendez des bandes de kinésio ?
clinic||Is there wifi in the waiting room?
clinic||Kann ich bei euch einen Kurs für Rückenschule machen?
clinic||¿Vais a domicilio?
clinic||Do you have a job for a receptionist?
clinic||Avez-vous un sauna ?
clinic|park|Can I store my bike inside?
clinic||Wie heißt der Chef bei Ihnen?
clinic||Who founded the clinic?
"""
