"""Stock datatrove readers and blocks inside a recipe."""
