"""On PYTHONPATH, this makes stages stumble over documents that ask for it, in every process of the real command.

PLANTED names what is planted, by comma: ``language`` (a stage that sees whole batches), ``extract`` (one page at a time).
"""

import os
import time


def stumble(text: str) -> None:
    """Do what a document asks for."""
    if "please-raise" in text:
        raise ValueError("planted")
    if "please-crash" in text:
        os.abort()
    if "please-loop" in text:
        while True:
            pass
    if "please-hang" in text:
        sum(range(10**15))  # compiled: does not hear signals
    if "please-sleep" in text:
        time.sleep(10**6)
    if "please-eat" in text:
        bytearray(10 * 10**9)
        eaten = []
        while True:
            eaten.append(bytearray(10**8))


if "language" in os.environ.get("PLANTED", ""):
    from florilegium.language.stage import Language

    plain = Language.apply

    def apply(self, documents):  # type: ignore[no-untyped-def]
        for text in documents.column("text").to_pylist():
            stumble(text)
        return plain(self, documents)

    Language.apply = apply  # type: ignore[method-assign]

if "extract" in os.environ.get("PLANTED", ""):
    from florilegium.extract import resiliparse

    plainly = resiliparse.extractor

    def extractor(options):  # type: ignore[no-untyped-def]
        extract = plainly(options)

        def one(html):  # type: ignore[no-untyped-def]
            stumble(html)
            return extract(html)

        return one

    resiliparse.extractor = extractor
