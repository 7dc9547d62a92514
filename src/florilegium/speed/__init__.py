"""Stock datatrove (and Dolma's taggers) and this project side by side: what is compared, how, and what it came to."""
