"""Planted personal data: what masking must find, and what it must leave alone."""

import re
from collections.abc import Callable

from florilegium.sample.draw import Draw
from florilegium.sample.essays import Essay, any_subject
from florilegium.sample.stock import lexicon

PERSONAL = (
    "Questions about the {things} may be sent to {email} before the end of {month}.",
    "The {person} of {place} answers letters at {email}, though seldom in {month}.",
    "In the guest book of the {building} the entry stands next to {public_ip}, and nobody thought of removing it.",
    "The old server of the {building} could be reached at {public_ip} until the {relation} of the {person} sold it.",
)
HARMLESS = (
    "Inside the {building} the printer has had the address {private_ip} for as long as anyone remembers.",
    "The catalogue of the {things} runs on version {version} of its program, which is said to be {quality}.",
)
PRIVATE_IPS = ("192.168.0.12", "10.0.0.7", "172.16.3.4", "127.0.0.1", "192.168.178.1")


def with_personal_data(essay: Essay, draw: Draw) -> tuple[Essay, dict[str, list[str]]]:
    """Plant one paragraph and give the strings in it by sort: email, public_ip, private_ip, version.

    Emails and public IPs have to be masked, private IPs and version numbers left alone.
    """
    strings: dict[str, list[str]] = {sort: [] for sort in MAKERS}

    def make(slot: re.Match[str]) -> str:
        strings[slot[1]].append(MAKERS[slot[1]](draw))
        return strings[slot[1]][-1]

    patterns = draw.some(PERSONAL, draw.between(2, 4)) + draw.some(HARMLESS, draw.between(1, 2))
    planted = [re.sub(rf"\{{({'|'.join(MAKERS)})\}}", make, pattern) for pattern in patterns]
    return essay.with_paragraph(*(any_subject(pattern, draw) for pattern in planted)), strings


def _email(draw: Draw) -> str:
    given, surname, place = (draw.pick(lexicon()[slot]).lower() for slot in ("given", "surname", "place"))
    name = draw.pick((f"{given}.{surname}", f"{given[0]}{surname}", f"{surname}{draw.between(2, 99)}", "office"))
    return f"{name}@{place.replace(' ', '-')}.example"


def _public_ip(draw: Draw) -> str:
    return ".".join(str(part) for part in (draw.between(45, 95), *(draw.between(1, 254) for _ in range(3))))


def _version(draw: Draw) -> str:
    return f"{draw.between(1, 9)}.{draw.between(0, 20)}.{draw.between(0, 9)}"


MAKERS: dict[str, Callable[[Draw], str]] = {
    "email": _email,
    "public_ip": _public_ip,
    "private_ip": lambda draw: draw.pick(PRIVATE_IPS),
    "version": _version,
}
"""How a string of each sort is drawn. The top-level domain ``example`` is reserved; 45.x to 95.x is all global."""
