"""Page to main text: trafilatura by default, resiliparse as the named alternative."""
