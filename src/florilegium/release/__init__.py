"""What is published: shards, dataset card, manifest."""
