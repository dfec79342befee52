"""Voice: what is said on the telephone."""

from dynaris.agents.specialists import Specialist

specialist = Specialist(
    name="voice",
    purpose="telephone calls and their transcripts, and messages that ask to be called back",
    tools=(
        "search_knowledge",
        "look_up_contact",
        "update_contact",
        "remember",
        "look_up_timeline",
        "find_slots",
        "hold_slot",
        "confirm_booking",
        "list_bookings",
        "move_booking",
        "cancel_booking",
        "add_note",
        "create_task",
        "send_email",
        "look_up_templates",
        "send_template",
        "notify_teammate",
    ),
    components=(
        "On a call your text is spoken: one or two short sentences, no lists, no links, numbers and times as one says "
        "them. A transcript mishears: where a name, a number or a date matters, say it back and let them confirm.",
        "A wish to be called back becomes a task with the number, the time that suits them, their time zone and what "
        "it is about; ask for what of that is missing, and say when they can expect the call only if hours allow it.",
    ),
)
