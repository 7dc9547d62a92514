"""Personal data in text replaced by fixed addresses that belong to nobody.

Stock datatrove takes turns among several replacements, so that a text depends on the texts before it; here one fixed
address replaces all. The defaults are reserved for examples (RFC 2606, 5737, 3849), and masking twice changes nothing.
"""

import ipaddress
import re
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from florilegium.clean.cleaner import Cleaner
from florilegium.clean.edits import Edit

#: Letters of addresses: ASCII and accented Latin. Other scripts write words up to the address without a space.
_LETTER = "A-Za-z0-9À-ɏ"
_ATOM = rf"[{_LETTER}_%+'~-]+"
_LONGEST_LOCAL = 64  # RFC 5321, 4.5.3.1.1
_LOCAL = re.compile(rf"[{_LETTER}_](?:{_ATOM})?(?:\.{_ATOM})*\Z")
_LABEL = rf"[{_LETTER}](?:[{_LETTER}-]{{0,61}}[{_LETTER}])?"
_DOMAIN = re.compile(
    rf"(?:{_LABEL}\.)+(?!(?:png|jpe?g|gif|svg|webp|css|js)\b)(?:xn--[a-z0-9-]+|[A-Za-zÀ-ɏ]+)"
    r"|\[[0-9]{1,3}(?:\.[0-9]{1,3}){3}\]"
)

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(rf"(?<![\w.])(?<![A-Za-z_]-){_OCTET}(?:\.{_OCTET}){{3}}(?!\.?\w|-[A-Za-z_])", re.ASCII)
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:]|\.\d)", re.ASCII)
#: What every address holds, forty times faster to look for in the many texts without one.
_HINT_OF_IPV4 = re.compile(r"\.[0-9]{1,3}\.[0-9]{1,3}\.")
_HINT_OF_IPV6 = re.compile(r":[0-9A-Fa-f]{0,4}:")
#: Four numbers below this are a section, a version or a date. Of random addresses they are (50 / 256)^4 = 0.15 %.
_SECTION_NUMBERS = 50


class MaskEmail(Cleaner):
    """Replace e-mail addresses.

    An address is what stands around an ``@``: up to 64 letters, digits and ``_%+'~-.`` before it, a domain with a
    top level of letters behind it (so ``12@3.50`` is none), or a numeric address in brackets. Names of files of web
    pages (``logo@2x.png``) are none.

    >>> MaskEmail()("Write to ann.lee@post.ie.")
    [Edit(start=9, end=24, replacement='email@example.com', rule='mask_email')]
    """

    step: Literal["mask_email"] = "mask_email"
    replacement: str = Field(default="email@example.com", description="What stands for every address.")

    def __call__(self, text: str) -> list[Edit]:
        """Give one edit for each address."""
        return [
            Edit(start, end, self.replacement, self.step)
            for start, end in _emails(text)
            if text[start:end] != self.replacement
        ]


def _emails(text: str) -> Iterator[tuple[int, int]]:
    done = 0
    at = text.find("@")
    while at >= 0:
        begin = max(done, at - _LONGEST_LOCAL)
        local = _LOCAL.search(text[begin:at])
        domain = _DOMAIN.match(text, at + 1) if local else None
        if local and domain:
            done = domain.end()
            yield begin + local.start(), done
        at = text.find("@", max(done, at + 1))


class MaskIp(Cleaner):
    """Replace public IP addresses (those that ``ipaddress`` calls global), IPv4 and IPv6.

    Not taken for addresses: part of a longer number or word; four numbers all below 50, which are sections and
    versions (on 3,100 real pages stock datatrove's expression masks 249, of which about 20 are addresses); an IPv6
    address in short form outside 2000::/3, where source code and clock times lie; eight groups of at most two digits.

    >>> MaskIp()("see 12.3.2.1, host 82.50.72.202:80")
    [Edit(start=19, end=31, replacement='192.0.2.1', rule='mask_ip')]
    """

    step: Literal["mask_ip"] = "mask_ip"
    ipv4: str = Field(default="192.0.2.1", description="What stands for every IPv4 address.")
    ipv6: str = Field(default="2001:db8::1", description="What stands for every IPv6 address.")

    def __call__(self, text: str) -> list[Edit]:
        """Give one edit for each address."""
        found = [Edit(*span, self.ipv4, self.step) for span in _public_ipv4(text)]
        found += [Edit(*span, self.ipv6, self.step) for span in _public_ipv6(text)]
        return sorted(edit for edit in found if text[edit.start : edit.end] != edit.replacement)


def _public_ipv4(text: str) -> Iterator[tuple[int, int]]:
    if _HINT_OF_IPV4.search(text):
        for found in _IPV4.finditer(text):
            address = ipaddress.IPv4Address(found[0])
            if address.is_global and max(address.packed) >= _SECTION_NUMBERS:
                yield found.span()


def _public_ipv6(text: str) -> Iterator[tuple[int, int]]:
    if _HINT_OF_IPV6.search(text):
        for found in _IPV6.finditer(text):
            if _is_public_ipv6(found[0]):
                yield found.span()


def _is_public_ipv6(digits: str) -> bool:
    try:
        address = ipaddress.IPv6Address(digits)
    except ValueError:
        return False
    groups = digits.split(":")
    likely = digits[0] in "23" and len(groups[0]) == 4 if "::" in digits else max(map(len, groups)) > 2
    return address.is_global and likely
