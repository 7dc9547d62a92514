"""What is planted among the good documents: copies, empty talk, spam, other languages, accents."""

from florilegium.sample.draw import Draw
from florilegium.sample.essays import Essay, any_subject
from florilegium.sample.measures import jaccard, shingles
from florilegium.sample.stock import lexicon, other_languages, templates

BOILERPLATE = (
    (
        "{site} uses cookies to remember your visit and to count its readers.",
        "By going on you agree to the use of cookies as described in our cookie policy.",
        "You may withdraw your consent at any time under the privacy policy of {site}.",
        "Some partners of {site} use cookies as well, and their own terms of use apply.",
        "Accept all",
        "Only what is necessary",
        "Manage my choices",
    ),
    (
        "Please sign in to read this page.",
        "User name",
        "Password",
        "Keep me signed in",
        "Forgotten your password?",
        "By signing in to {site} you accept the terms of use and the privacy policy.",
        "Create an account",
    ),
    (
        "This page is being rebuilt.",
        "Please come back soon.",
        "Home | News | Contact | Search",
        "All rights reserved by {site}, see the terms of use.",
    ),
    (
        "Page not found",
        "The page that you were looking for is no longer here.",
        "Go back to the start page of {site} or try the search.",
        "Search",
        "Privacy policy | Terms of use | Cookie policy",
    ),
)
"""Pages without content, a line a paragraph: cookie notice, sign-in, building site, "not found" answered with 200."""

OFFERS = ("oak tables", "garden lamps", "leather bags", "wool blankets", "copper pans", "tiled stoves")

ACCENTED = (
    "The inn near the {building} was called “Café Zoë”, and its façade had cost €12 – a sum that {place} found naïve.",
    "A Señor Müller kept the “Café Zoë” until {year}, and his crème brûlée was known in all of {region}.",
)
ACCENTED_LITERALS = ("Café Zoë", "façade", "€12", "naïve", "Señor Müller", "crème brûlée")
"""What must stand in the text when a page with `ACCENTED` was decoded rightly; all of it exists in windows-1252."""


def near_copy(essay: Essay, low: float, high: float, draw: Draw) -> tuple[Essay, float]:
    """Edit an essay until its exact word 5-gram Jaccard with the original lies in [low, high), and give that too.

    Far above the goal whole sentences are replaced, near to it single words are put in.
    """
    before = shingles(essay.text)
    while True:
        goal = draw.real(low, high)
        paragraphs = [list(paragraph) for paragraph in essay.paragraphs]
        likeness = 1.0
        while likeness >= goal:
            paragraph = draw.pick(paragraphs)
            place = draw.below(len(paragraph))
            if likeness - goal > 0.15:
                paragraph[place] = any_subject(draw.pick(templates()["middle"]), draw)
            else:
                words = paragraph[place].split(" ")
                words.insert(draw.between(1, len(words) - 1), draw.pick(lexicon()["adverb"]))
                paragraph[place] = " ".join(words)
            copy = Essay(essay.title, tuple(tuple(paragraph) for paragraph in paragraphs))
            likeness = jaccard(before, shingles(copy.text))
        if low <= likeness < high:
            return copy, likeness


def boilerplate(index: int, site: str) -> tuple[str, ...]:
    """Give the lines of a page that says nothing; the index walks through the kinds in `BOILERPLATE`."""
    return tuple(line.replace("{site}", site) for line in BOILERPLATE[index % len(BOILERPLATE)])


def spam(index: int, draw: Draw) -> tuple[str, ...]:
    """Give the paragraphs of a repetitive page: in turn repeated lines, a repeated phrase, the same sentences again."""
    offer, place = draw.pick(OFFERS), draw.pick(lexicon()["place"])
    line = f"Buy the best {offer} in {place} today and save on every order of {offer}."
    if index % 3 == 0:
        second = f"Our {offer} are the cheapest {offer} that {place} has ever seen."
        return (line, second) * draw.between(9, 14)
    if index % 3 == 1:
        phrases = [f"best {offer}, cheap {offer}, {offer} in {draw.pick(lexicon()['place'])}" for _ in range(28)]
        return (line + " You will find " + ", ".join(phrases) + ".",)
    sentences = [any_subject(template, draw) for template in draw.some(templates()["middle"], 4)]
    return tuple(" ".join(draw.shuffled(sentences)) for _ in range(draw.between(6, 8)))


def foreign(language: str, draw: Draw) -> Essay:
    """Write two paragraphs in another language, of sentences from the stock in a drawn order."""
    chosen = draw.some(other_languages()[language], 12)
    return Essay(chosen[0].split(",")[0].rstrip("."), (tuple(chosen[:6]), tuple(chosen[6:])))


def with_accents(essay: Essay, draw: Draw) -> Essay:
    """Plant a paragraph whose letters and signs come out wrong under any wrong charset; see `ACCENTED_LITERALS`."""
    return essay.with_paragraph(*(any_subject(pattern, draw) for pattern in ACCENTED))
