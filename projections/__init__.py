"""Pure folds from recorded facts to the views people read. Replay is the only code path there is."""
