"""From strings to tokens: which tokens a model reads for a request, and which of them are scored.

Two conventions for what stands before a text:

- a model of this project was trained on ``<|endoftext|> document <|endoftext|> document``: that token (``start``)
  stands before every request, whether there is a context or not;
- a model from elsewhere (``start=None``) is treated as lm-evaluation-harness does: the tokenizer adds what it adds of
  itself; a request without context stands behind the beginning-of-sequence token, or the end-of-sequence token where
  the tokenizer has no other.

A context and its continuation are tokenised as one string, and the continuation is what comes after the tokens of the
context; blanks at the end of a context go over to the continuation (as in lm-evaluation-harness).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from florilegium.benchmark.items import Item
from florilegium.errors import RecipeError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Ids = npt.NDArray[np.int32]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Encoded:
    """All items of a suite as windows: a window is read as a whole, and its last ``scored`` tokens are predicted.

    Window ``i`` holds ``ids[starts[i]:starts[i + 1]]``; the last token is only predicted, never read. ``request`` says
    which request (all requests of all items, in order) it belongs to. A long text has several windows.
    """

    items: Sequence[Item]
    ids: Ids
    starts: Counts
    scored: Counts
    request: Counts
    tokens: Counts  # by request: tokens predicted, shared beginnings of a pair included
    truncated: int  # requests whose context had to be cut on the left
    largest: int  # the largest token id
    decoded: npt.NDArray[np.bool_]  # by window: whether the most probable tokens are asked for

    @property
    def lengths(self) -> Counts:
        """Give the tokens of each window that are read."""
        return np.diff(self.starts) - 1


def encode(items: Sequence[Item], tokenizer: Any, context: int, start: int | None = None) -> Encoded:
    """Tokenise all items for a model that reads at most ``context`` tokens.

    ``tokenizer`` is one of transformers or of tokenizers; ``start`` is the token in front of every request, see above.
    Of the two sentences of a pair only what follows their common beginning is scored: the rest is the same for both.
    """
    if context < 2:
        raise RecipeError(f"a context of {context} tokens is too short to score anything; give 2 or more")
    requests = [request for item in items for request in item.requests]
    encoder = _Encoder(tokenizer, start)
    whole = encoder.pairs([(request.context, request.continuation) for request in requests])
    builder = _Builder(context)
    number = 0
    for item in items:
        pairs = whole[number : number + len(item.requests)]
        if item.form == "pair":
            pairs = _shared_beginning(pairs, context)
        for ids, known in pairs:
            builder.add(number, ids, known, item.stride)
            number += 1
    tokens = np.array([len(ids) - known for ids, known in whole], dtype=np.int64)
    return builder.finish(items, tokens)


def _shared_beginning(pairs: list[tuple[list[int], int]], context: int) -> list[tuple[list[int], int]]:
    """Count the common beginning of sentences as known, where both are read at one go."""
    if any(len(ids) > context + 1 for ids, _ in pairs):
        return pairs
    shared = min(len(ids) for ids, _ in pairs)
    first = pairs[0][0]
    for ids, _ in pairs[1:]:
        shared = next((at for at in range(shared) if ids[at] != first[at]), shared)
    return [(ids, max(known, shared)) for ids, known in pairs]


class _Builder:
    """Cuts requests into windows and collects them."""

    def __init__(self, context: int) -> None:
        self._context = context
        self._ids: list[list[int]] = []
        self._scored: list[int] = []
        self._request: list[int] = []
        self._truncated = 0

    def add(self, request: int, ids: list[int], known: int, stride: float) -> None:
        """Add a request whose first ``known`` tokens are given.

        What fits is one window. Where the scored part fits and its context does not, the context is cut on the left.
        Else the first window predicts as much as it can, and each further one ``stride`` contexts more, so that every
        token is predicted once, and after the first window with at least the rest of a context before it.
        """
        context, total = self._context, len(ids)
        scored = total - known
        if scored <= context:
            self._truncated += total > context + 1
            self._window(request, ids[max(0, total - context - 1) :], scored)
            return
        first = max(0, known - (context - context // 2))  # of a long context, half a window goes before
        end = first + context + 1
        self._truncated += first > 0
        self._window(request, ids[first:end], end - known)
        while end < total:
            done, end = end, min(end + max(1, int(context * stride)), total)
            self._window(request, ids[end - context - 1 : end], end - done)

    def _window(self, request: int, ids: list[int], scored: int) -> None:
        if scored:
            self._ids.append(ids)
            self._scored.append(scored)
            self._request.append(request)

    def finish(self, items: Sequence[Item], tokens: Counts) -> Encoded:
        starts = np.zeros(len(self._ids) + 1, dtype=np.int64)
        np.cumsum([len(ids) for ids in self._ids], out=starts[1:])
        flat = np.fromiter((token for ids in self._ids for token in ids), dtype=np.int32, count=int(starts[-1]))
        scored, request = np.array(self._scored, dtype=np.int64), np.array(self._request, dtype=np.int64)
        largest = int(flat.max()) if len(flat) else 0
        last_word = np.array([item.form == "last_word" for item in items for _ in item.requests], dtype=np.bool_)
        return Encoded(items, flat, starts, scored, request, tokens, self._truncated, largest, last_word[request])


class _Encoder:
    """Calls a tokenizer of either library, many strings at once."""

    def __init__(self, tokenizer: Any, start: int | None) -> None:
        self._tokenizer = _wrapped(tokenizer)
        self._start = start

    def pairs(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[list[int], int]]:
        """Give the tokens of each context with its continuation, and how many of them the context has."""
        moved = [_blanks_moved(context, continuation) for context, continuation in pairs]
        whole = self._ids([context + continuation for context, continuation in moved], [bool(c) for c, _ in moved])
        contexts = sorted({context for context, _ in moved if context})
        known = dict(zip(contexts, self._ids(contexts, [True] * len(contexts)), strict=True))
        front = [self._start] if self._start is not None else []
        made = []
        for (context, continuation), ids in zip(moved, whole, strict=True):
            if not context:
                first = front or [self._prefix()]
                # a text that begins with that token itself has it once
                made.append((ids, 1) if ids[:1] == first and len(ids) > 1 else (first + ids, 1))
                continue
            given = len(known[context])
            if len(ids) <= given:  # context and continuation melt into one token
                ids = known[context] + self._ids([continuation], [False])[0]
            made.append((front + ids, len(front) + given))
        return made

    def _prefix(self) -> int:
        tokenizer = self._tokenizer
        token = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
        if token is None:
            raise RecipeError("the tokenizer has neither a beginning-of-sequence nor an end-of-sequence token")
        return int(token)

    def _ids(self, texts: list[str], special: list[bool]) -> list[list[int]]:
        """Tokenise; where ``special``, with what the tokenizer adds of itself (never where ``start`` is given)."""
        made: list[list[int]] = [[]] * len(texts)
        for with_special in (False, True):
            chosen = [at for at, wanted in enumerate(special) if (wanted and self._start is None) == with_special]
            if chosen:
                found = self._tokenizer(
                    [texts[at] for at in chosen], add_special_tokens=with_special, return_attention_mask=False,
                    return_token_type_ids=False, verbose=False,
                )["input_ids"]  # fmt: skip
                for at, ids in zip(chosen, found, strict=True):
                    made[at] = ids
        return made


def _blanks_moved(context: str, continuation: str) -> tuple[str, str]:
    stripped = context.rstrip()
    return stripped, context[len(stripped) :] + continuation


def _wrapped(tokenizer: Any) -> "PreTrainedTokenizerBase":
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    if isinstance(tokenizer, Tokenizer):
        end = "<|endoftext|>" if tokenizer.token_to_id("<|endoftext|>") is not None else None
        tokenizer = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=end)
    found: PreTrainedTokenizerBase = tokenizer
    return found
