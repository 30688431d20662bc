-- How far each partition of a foreign log was taken in, and which owner may go on; advanced together with what
-- was taken in. A new owner raises the epoch, so that one that was stopped meanwhile is refused.
CREATE TABLE source_offset (
    cluster     TEXT    NOT NULL,
    reader      TEXT    NOT NULL,
    topic       TEXT    NOT NULL,
    partition   INTEGER NOT NULL CHECK (partition >= 0),
    topic_id    TEXT    NOT NULL,
    next_offset INTEGER NOT NULL CHECK (next_offset >= 0),
    owner_epoch INTEGER NOT NULL CHECK (owner_epoch > 0),
    PRIMARY KEY (cluster, reader, topic, partition)
) STRICT, WITHOUT ROWID;
