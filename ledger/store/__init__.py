"""Where entries rest: one contract, one implementation a database."""
