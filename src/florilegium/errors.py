"""The errors a user can meet. Every message carries the value, the key or place, and what to do next."""


def printable(text: str, keep: str = "") -> str:
    """Make text harmless to a terminal: what is neither printable nor in ``keep`` becomes U+FFFD."""
    return "".join(letter if letter.isprintable() or letter in keep else "\N{REPLACEMENT CHARACTER}" for letter in text)


class FlorilegiumError(Exception):
    """Base of all errors that Florilegium raises on purpose; the command answers them in one line, exit code 2."""

    exit_code = 2


class RecipeError(FlorilegiumError):
    """A recipe, question or command line that cannot be understood or does not fit together."""


class SourceError(FlorilegiumError):
    """An input that is missing, unreadable as a whole, or changed since the run was planned."""


class DocumentError(FlorilegiumError):
    """One document that cannot be processed. It goes into quarantine; the run goes on."""


class ContractError(FlorilegiumError):
    """The disk contract or the ledger does not hold: a damaged shard, rows that do not add up."""

    exit_code = 1
