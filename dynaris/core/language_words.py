"""The most frequent words of languages, as data: they tell the language of a text, and are no subject of a question."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Frequent words by language: they tell the language of a text, and are no subject of a question.
FUNCTION_WORDS: dict[str, frozenset[str]] = {
    language: _set(words)
    for language, words in {
        "en": """a about am an and are as at be been but by can could did do does for from had has have he her him his
            how i if in is it its me my no not of on or our she should so some than that the their them then there these
            they this to us was we were what when where which who why will with would you your i'm don't it's i'd i've
            you're can't what's where's who's that's isn't doesn't near nearby without hello hi thanks please""",
        "de": """aber alle als am an auch auf aus bei bin bis bist da das dass dein deine dem den der des die dies diese
            doch du ein eine einem einen einer er es für gibt habe haben habt hat hatte ich ihr ihre ihren im in ist ja
            kann können man mein meine meinem meinen meiner meines mich mir mit nach nicht noch nur oder ob sein sich
            sie sind so um und uns muss
            müssen soll darf von vor wann war was welche wer wie wir wird wo zu zum zur über euch euer eure eurem eurer
            ihnen seid wurde werden wird ohne hallo bitte danke möchte""",
        "es": """a al algo como con cómo cuando cuándo cuál cuánto de del donde dónde el ella en eres es esta este esto
            está están estoy ha hay hola la las le lo los me mi mis muy más no nos o para pero por porque puede puedo
            que quiero quién qué se ser si cerca sin sobre son soy su sus sí te tengo tienen tiene tu un una unos usted
            ustedes y ya yo gracias por favor buenos buenas quisiera""",
        "fr": """ai as au aux avec avez avoir bonjour c'est ce ces cette comment combien d'un dans de des du elle en est
            et être eu il ils j'ai je l'on la le les leur lui ma mais me mes moi mon merci ne nos notre nous on ont ou
            où par pas plus pour quand que quel quelle quelles quels qui sa sans se ses si son sont suis sur ta te tes
            toi ton tu un une vos votre vous y t a-t-il faut peut près voudrais êtes""",
        "it": """a ai al alla anche avete che chi ci ciao come con cosa da dal dei del della di dove e ed è gli grazie
            ha hai hanno ho il in io la le lei lo loro ma mi mio ne nel non noi o per perché più può quale quando quanto
            quello questa questo se sei si siete sono su tu un una uno vi vorrei buongiorno""",
        "pt": """a ao aos as com como da das de do dos e ela ele em é eu está estou foi há isso isto já lhe mais mas me
            meu minha muito na nas não no nos nós o obrigado obrigada olá onde os ou para pela pelo por posso qual
            quando quanto que quem se sem ser seu sua são só também tem tenho têm um uma você vocês gostaria""",
        "nl": """aan al als bij dan dat de deze die dit een en er ge geen goed graag hallo heb hebben heeft het hij hoe
            hun ik in is ja je jij jullie kan kunnen kunt maar me met mij mijn naar niet nog of om ons onze ook op te
            tot u uit uw van veel voor waar wanneer wat we welke wie wij wil worden zijn zo zou bedankt""",
    }.items()
}

# They tell the language of a text as well, but may be what it asks about.
TELLING_WORDS: dict[str, frozenset[str]] = {
    language: _set(words)
    for language, words in {
        "en": """much many open price cost take speak offer accept book appointment parking insurance opening hours
            emergency""",
        "de": """kostet kosten sprechen geöffnet nehmen wieviel preis preise termin praxis versicherung parkplatz
            notfall hilfe""",
        "es": """hablan aceptan abren abierto cuesta precio precios horario cita seguro aparcamiento llevar francés
            emergencia urgencia ayuda padre madre hijo hija""",
        "fr": """parlez acceptez ouvert ouverts coûte prix horaires assurance séance rendez réserver annuler langues
            urgence père mère fils fille""",
        "it": "parlate accettate aperti aperto costa prezzo orari appuntamento parcheggio assicurazione",
        "pt": "falam aceitam aberto abertos custa preço horários consulta estacionamento seguro",
        "nl": "spreken spreekt open kost prijs afspraak parkeren verzekering openingstijden",
    }.items()
}
TELLING_LETTERS = {"es": "¿¡ñ", "de": "äöüß", "fr": "çêèùœ", "pt": "ãõ"}
