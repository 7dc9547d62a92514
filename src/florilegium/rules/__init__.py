"""Numbers -> keep or drop, with reasons: rules, the published rule sets, and their evaluation over columns."""
