"""Use cases: load, decide, record. Joins the domain to the ledger, and owns the vault and the blobs."""
