"""Everything that can be named in a recipe. Adding a format, a stage or a decision is one file and one line here."""

from functools import cache

from florilegium.recipe.kinds import Kinds, Registry

SOURCES = Kinds(
    {
        "warc": "florilegium.sources.archive:Warc",
        "html": "florilegium.sources.pages:Html",
        "text": "florilegium.sources.pages:Text",
        "jsonl": "florilegium.sources.jsonl:Jsonl",
        "parquet": "florilegium.sources.parquet:Parquet",
        "hub": "florilegium.sources.hub:Hub",
        "library": "florilegium.sources.library.source:Library",
        "datatrove": "florilegium.stock.reader:StockReader",
    }
)

STAGES = Kinds(
    {
        "extract": "florilegium.extract.stage:ExtractStage",
        "language": "florilegium.language.stage:Language",
        "clean": "florilegium.clean.stage:CleanStage",
        "signals": "florilegium.signals.stage:Signals",
        "classifier": "florilegium.classify.stage:Classifier",
        "signatures": "florilegium.dedup.stage:SignatureStage",
        "gate": "florilegium.rules.gate:Gate",
        "datatrove": "florilegium.stock.block:StockBlock",
    }
)

DECISIONS = Kinds(
    {
        "rules": "florilegium.rules.decision:Rules",
        "sample": "florilegium.rules.sample:Sample",
        "deduplicate": "florilegium.dedup.decision:Deduplicate",
    }
)


@cache
def registry() -> Registry:
    """Give the registry that recipes are checked against."""
    from florilegium.release.options import ReleaseOptions
    from florilegium.run.executors import RunOptions

    return Registry(SOURCES, STAGES, DECISIONS, {"release": ReleaseOptions, "run": RunOptions})
