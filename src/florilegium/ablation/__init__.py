"""Question to arms to models to scores to verdict: whether a filter earned its place."""
