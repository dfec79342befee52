"""What the installation's own mails say."""

from typing import NamedTuple


class Mail(NamedTuple):
    subject: str
    text: str


_NOT_YOU = "If this was not you, ignore this mail: nothing happens."


def sign_up(link: str) -> Mail:
    return Mail(
        "Confirm your address for Dynaris",
        "Hello,\n\nopen this link and press the button to confirm your address. Your workspace is made then:\n\n"
        f"{link}\n\nThe link works once, for 24 hours. {_NOT_YOU}",
    )


def account_exists(sign_in: str, reset_link: str) -> Mail:
    return Mail(
        "You already have a Dynaris account",
        "Hello,\n\nsomebody, probably you, asked for a Dynaris account with this address. There is one already.\n\n"
        f"Sign in: {sign_in}\nChoose a new password (works once, for one hour): {reset_link}\n\n{_NOT_YOU}",
    )


def reset(link: str) -> Mail:
    return Mail(
        "Choose a new password for Dynaris",
        "Hello,\n\nopen this link to choose a new password:\n\n"
        f"{link}\n\nThe link works once, for one hour. You will be signed out everywhere. {_NOT_YOU}",
    )


def no_account(sign_up_page: str) -> Mail:
    return Mail(
        "There is no Dynaris account with this address",
        "Hello,\n\nsomebody, probably you, asked for a new Dynaris password for this address. It has no account: "
        f"perhaps you signed up with another one.\n\nSign up: {sign_up_page}\n\n{_NOT_YOU}",
    )


def password_changed(forgotten: str) -> Mail:
    return Mail(
        "Your Dynaris password was changed",
        "Hello,\n\nthe password of your Dynaris account was changed just now, and your other sessions were ended.\n\n"
        f"If this was not you, choose a new one at once: {forgotten}",
    )


def new_address(link: str, name: str, email: str) -> Mail:
    return Mail(
        "Confirm your new address for Dynaris",
        f"Hello,\n\n{name} ({email}) asked to make this the address of their Dynaris account. If that is you: open "
        f"this link in the browser in which you are signed in as {email}, and press the button:\n\n{link}\n\n"
        f"The link works once, for 24 hours, and for that account alone. If you are not {email}, ignore this mail: "
        "nothing happens.",
    )


def address_is_taken() -> Mail:
    return Mail(
        "This address has a Dynaris account already",
        "Hello,\n\nsomebody, probably you, wanted to make this the address of another Dynaris account. It has an "
        "account of its own, so nothing was changed.",
    )


def address_asked(address: str) -> Mail:
    return Mail(
        "Your Dynaris address is to be changed",
        f"Hello,\n\nsomebody who knows your password asked to change the address of your Dynaris account to {address}. "
        "It changes when the link sent there is opened.\n\n"
        "If this was not you, change your password now: that stops it.",
    )


def address_changed(address: str) -> Mail:
    return Mail(
        "Your Dynaris address was changed",
        f"Hello,\n\nthe address of your Dynaris account is now {address}; this one is not used any more.\n\n"
        "If this was not you, write to whoever runs your Dynaris.",
    )


def second_step(on: bool) -> Mail:
    state = "switched on" if on else "switched off"
    return Mail(
        f"Two-step sign-in was {state}",
        f"Hello,\n\ntwo-step sign-in was {state} for your Dynaris account.\n\n"
        "If this was not you, change your password now.",
    )


def invitation(workspace: str, inviter: str, role: str, link: str) -> Mail:
    return Mail(
        f"You are invited to {workspace} on Dynaris",
        f"Hello,\n\n{inviter} invites you to work in {workspace} as {role}. Open this link to accept:\n\n{link}\n\n"
        "The link works once, for 7 days. If you do not know what this is about, ignore this mail.",
    )
