"""One key an address: the same for all spellings that lead to the same page.

Follows the equivalences of RFC 3986, section 6 (case, percent-encoding, dot segments, default ports), and beyond them
what a crawl needs: http and https, a leading ``www.``, the trailing slash, the order of parameters, tracking parameters
and session ids make no difference. A fragment is dropped unless it starts with "#!", which names a page of its own.
"""

import hashlib
import re
import string
from urllib.parse import SplitResult, quote, urlsplit

import idna
import pyarrow as pa

# Click ids of advertising networks, marks that mail services, analytics and campaigns add to links, and session ids.
_NOISE = re.compile(
    r"(utm|mtm|matomo|pk|piwik|hsa|vero)_.*"
    r"|(fb|g|d|ms|y|tw|tt|ym)clid|gclsrc|gbraid|wbraid|srsltid|li_fat_id|igshid|igsh|_openstat|_branch_match_id|spm"
    r"|mc_cid|mc_eid|mkt_tok|_hsenc|_hsmi|__hstc|__hssc|__hsfp|hsctatracking|ml_subscriber(_hash)?|oly_(anon|enc)_id"
    r"|_ga|_gl|ref_src|ref_url|wickedid|rb_clickid|guccounter|guce_referrer(_sig)?"
    r"|phpsessid|jsessionid|aspsessionid.*|cfid|cftoken|oscsid|zenid"
)
# Names that also serve for other things (story ids, searches): sessions only with a value that looks like one.
_PERHAPS_SESSION = re.compile(r"s|sid|sess|sessid|session|session_?id")
_SESSION_VALUE = re.compile(r"[0-9a-f]{16,}|(?=.*[0-9])[0-9A-Za-z]{24,}")
_SESSION_IN_PATH = re.compile(r";jsessionid=[^/;]*|/\([SFA]\([0-9A-Za-z]{24,}\)\)", re.IGNORECASE)

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_BARE_HOST = re.compile(r"[\w-]+(\.[\w-]+)+(:\d+)?(?=[/?#]|$)")
_DEFAULT_PORTS = {"http": 80, "https": 443, "ftp": 21}
_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")
_SAFE = "/:@!$&'()*+,;=?~"
_PLAIN = re.compile(rf"[A-Za-z0-9._\-{re.escape(_SAFE)}]*")


def url_key(urls: pa.Array) -> pa.FixedSizeBinaryArray:
    """Hash each normalised address to 16 bytes (BLAKE2b); null where there is none."""
    keys = [_hash(url) if url and not url.isspace() else None for url in urls.to_pylist()]
    return pa.array(keys, type=pa.binary(16))


def normalise_url(url: str) -> str:
    """Give the one spelling that stands for all equivalent ones; what is no address comes back stripped. Never raises.

    "HTTP://www.Example.com:80/a/../b/?z=1&utm_source=x&a=%7e#top" becomes "example.com/b?a=~&z=1".
    """
    stripped = url.strip()
    if not (_SCHEME.match(stripped) or stripped.startswith("//")):
        if not _BARE_HOST.match(stripped):
            return stripped
        stripped = "//" + stripped
    try:
        parts = urlsplit(stripped)
        port = parts.port
    except ValueError:  # a bad port or IPv6 address
        return url.strip()
    host = _host(parts)
    if not host:
        return url.strip()
    scheme = parts.scheme.lower()
    start = "" if scheme in ("", "http", "https") else scheme + "://"
    shown_port = "" if port is None or port == _DEFAULT_PORTS.get(scheme or "http") else f":{port}"
    query = _query(parts.query)
    fragment = "#" + _percent(parts.fragment) if parts.fragment.startswith("!") else ""
    return start + host + shown_port + _path(parts.path) + ("?" + query if query else "") + fragment


def _hash(url: str) -> bytes:
    """Hash one address."""
    return hashlib.blake2b(normalise_url(url).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _host(parts: SplitResult) -> str:
    """Lower-case the host, write it in punycode, drop ``www.`` and the dot at the end."""
    host = (parts.hostname or "").lower().rstrip(".")
    if ":" in host:
        return f"[{host}]"
    while host.startswith("www.") and host.count(".") > 1:
        host = host.removeprefix("www.")
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        return host


def _path(path: str) -> str:
    """Normalise percent-encoding, resolve dot segments, drop session ids and the slash at the end."""
    path = _percent(_SESSION_IN_PATH.sub("", path) if ";" in path or "(" in path else path)
    if "/." not in path:
        return path.rstrip("/")
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[max(1, len(kept) - 1) :]
        elif segment != ".":
            kept.append(segment)
    return "/".join(kept).rstrip("/")


def _query(query: str) -> str:
    """Sort the parameters, without tracking and sessions."""
    parts = query.replace("&amp;", "&").replace("+", "%20").split("&")
    parameters = [_percent(part) for part in parts if part]
    return "&".join(sorted(part for part in parameters if not _is_noise(part)))


def _is_noise(parameter: str) -> bool:
    """Whether a parameter tells who came and how, not what the page is."""
    name, _, value = parameter.partition("=")
    name = name.lower()
    return bool(_NOISE.fullmatch(name) or (_PERHAPS_SESSION.fullmatch(name) and _SESSION_VALUE.fullmatch(value)))


def _percent(text: str) -> str:
    """Decode what needs no encoding, encode what does (as UTF-8), and write hexadecimal digits large."""

    def normal(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if character in _UNRESERVED else match[0].upper()

    if _PLAIN.fullmatch(text):
        return text
    return quote(_PERCENT.sub(normal, text), safe="%" + _SAFE, errors="surrogatepass")
