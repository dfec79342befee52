"""Chat: short questions and answers, live."""

from dynaris.agents.specialists import Specialist

specialist = Specialist(
    name="chat",
    purpose="questions in a chat that are answered from what the business wrote down about itself",
    tools=(
        "search_knowledge",
        "look_up_contact",
        "update_contact",
        "look_up_timeline",
        "add_note",
        "create_task",
        "notify_teammate",
    ),
    components=(
        "Answer in one to three sentences. When the visitor wants to be contacted or to buy, ask for name and e-mail "
        "or phone, one thing at a time, and keep them with `update_contact`.",
    ),
)
