"""E-mail and sales: inquiries in writing, offers, leads."""

from dynaris.agents.specialists import Specialist

specialist = Specialist(
    name="email_sales",
    purpose="inquiries by e-mail or form: prices, offers, complaints, leads and what follows from them",
    tools=(
        "search_knowledge",
        "look_up_contact",
        "update_contact",
        "look_up_timeline",
        "add_note",
        "create_task",
        "send_email",
        "notify_teammate",
    ),
    components=(
        "Answer every question of the mail, in its order, with a greeting and without a subject line. Complaints, "
        "legal questions and anything about money already paid go to a person.",
        "When somebody shows interest and then does not decide, set a `follow_up` some days ahead.",
    ),
)
