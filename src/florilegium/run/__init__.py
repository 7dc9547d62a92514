"""What a run leaves: plan, shards, ledger, quarantine; and how its tasks are executed."""
