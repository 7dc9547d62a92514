"""fastText models: where they come from, how they are asked, and quality classifiers as signals."""
