"""Facts in words, by their noun: the rows of `domain.sentences`."""
