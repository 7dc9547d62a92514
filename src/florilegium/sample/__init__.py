"""The embedded sample: a small crawl and a small collection, made from a seed, with planted defects and their truth."""
