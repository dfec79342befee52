"""What whoever answers a transfer is asked."""

PRESS = {
    "en": "Press any key to take the call.",
    "de": "Drücken Sie eine Taste, um das Gespräch anzunehmen.",
    "es": "Pulse una tecla para atender la llamada.",
    "fr": "Appuyez sur une touche pour prendre l'appel.",
    "it": "Prema un tasto per rispondere alla chiamata.",
    "pt": "Prima uma tecla para atender a chamada.",
    "nl": "Druk op een toets om het gesprek aan te nemen.",
}
