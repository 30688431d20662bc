-- Tables of design section 5. event, tile, checkpoint and cosignature are append-only:
-- UPDATE and DELETE are refused, and so is an INSERT that would replace a row, because
-- INSERT OR REPLACE deletes without firing a delete trigger. RAISE(ABORT) is not softened
-- by the OR clause of the outer statement.

CREATE TABLE event (
    position   INTEGER PRIMARY KEY,
    stream     TEXT    NOT NULL,
    version    INTEGER NOT NULL CHECK (version >= 1),
    type       TEXT    NOT NULL,
    event_id   TEXT    NOT NULL UNIQUE,
    prev_hash  BLOB    NOT NULL CHECK (length(prev_hash) = 32),
    leaf_hash  BLOB    NOT NULL UNIQUE CHECK (length(leaf_hash) = 32),
    envelope   BLOB    NOT NULL CHECK (length(envelope) BETWEEN 1 AND 65535),
    UNIQUE (stream, version)
) STRICT;

CREATE TRIGGER event_insert BEFORE INSERT ON event BEGIN
    SELECT RAISE(ABORT, 'event: position is not max + 1')
        WHERE NEW.position IS NOT (SELECT coalesce(max(position), -1) + 1 FROM event);
    SELECT RAISE(ABORT, 'event: event_id is not new')
        WHERE EXISTS (SELECT 1 FROM event WHERE event_id = NEW.event_id);
    SELECT RAISE(ABORT, 'event: leaf_hash is not new')
        WHERE EXISTS (SELECT 1 FROM event WHERE leaf_hash = NEW.leaf_hash);
    SELECT RAISE(ABORT, 'event: (stream, version) is not new')
        WHERE EXISTS (SELECT 1 FROM event WHERE stream = NEW.stream AND version = NEW.version);
    SELECT RAISE(ABORT, 'event: prev_hash is not the leaf hash of the previous version')
        WHERE NEW.version IS NOT 1 AND NOT EXISTS (
            SELECT 1 FROM event
            WHERE stream = NEW.stream AND version = NEW.version - 1 AND leaf_hash = NEW.prev_hash);
END;
CREATE TRIGGER event_update BEFORE UPDATE ON event BEGIN
    SELECT RAISE(ABORT, 'event: rows are never changed');
END;
CREATE TRIGGER event_delete BEFORE DELETE ON event BEGIN
    SELECT RAISE(ABORT, 'event: rows are never deleted');
END;

-- Full tiles only; partial ones are computed on read. 256 hashes of 32 bytes.
CREATE TABLE tile (
    level  INTEGER NOT NULL CHECK (level BETWEEN 0 AND 7),
    idx    INTEGER NOT NULL CHECK (idx >= 0),
    hashes BLOB    NOT NULL CHECK (length(hashes) = 8192),
    PRIMARY KEY (level, idx)
) STRICT;

CREATE TRIGGER tile_insert BEFORE INSERT ON tile BEGIN
    SELECT RAISE(ABORT, 'tile: (level, idx) is not the next of its level')
        WHERE NEW.idx IS NOT (SELECT coalesce(max(idx), -1) + 1 FROM tile WHERE level = NEW.level);
END;
CREATE TRIGGER tile_update BEFORE UPDATE ON tile BEGIN
    SELECT RAISE(ABORT, 'tile: rows are never changed');
END;
CREATE TRIGGER tile_delete BEFORE DELETE ON tile BEGIN
    SELECT RAISE(ABORT, 'tile: rows are never deleted');
END;

-- The tree the committed entries make, unsigned. keys_position is that of the newest fact
-- of stream keys (-1 before leaf 0); frontier holds the complete subtrees, largest first.
CREATE TABLE head (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    size          INTEGER NOT NULL CHECK (size >= 0),
    root          BLOB    NOT NULL CHECK (length(root) = 32),
    frontier      BLOB    NOT NULL CHECK (length(frontier) % 32 = 0),
    keys_position INTEGER NOT NULL CHECK (keys_position >= -1 AND keys_position < size)
) STRICT;
INSERT INTO head VALUES (1, 0, x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', x'', -1);

CREATE TRIGGER head_insert BEFORE INSERT ON head BEGIN
    SELECT RAISE(ABORT, 'head: there is one row');
END;
CREATE TRIGGER head_update BEFORE UPDATE ON head BEGIN
    SELECT RAISE(ABORT, 'head: it only grows, to max(position) + 1')
        WHERE NEW.id IS NOT 1
           OR NEW.size <= OLD.size
           OR NEW.keys_position < OLD.keys_position
           OR NEW.size IS NOT (SELECT max(position) + 1 FROM event);
END;
CREATE TRIGGER head_delete BEFORE DELETE ON head BEGIN
    SELECT RAISE(ABORT, 'head: the row is never deleted');
END;

CREATE TABLE checkpoint (
    id        INTEGER PRIMARY KEY,
    size      INTEGER NOT NULL UNIQUE CHECK (size >= 1),
    root      BLOB    NOT NULL CHECK (length(root) = 32),
    note      BLOB    NOT NULL UNIQUE,
    signed_at TEXT    NOT NULL
) STRICT;

CREATE TRIGGER checkpoint_insert BEFORE INSERT ON checkpoint BEGIN
    SELECT RAISE(ABORT, 'checkpoint: id is not max + 1')
        WHERE NEW.id IS NOT (SELECT coalesce(max(id), 0) + 1 FROM checkpoint);
    SELECT RAISE(ABORT, 'checkpoint: size does not grow, or has a root already')
        WHERE NEW.size <= (SELECT coalesce(max(size), 0) FROM checkpoint);
    SELECT RAISE(ABORT, 'checkpoint: size is beyond the head')
        WHERE NEW.size > (SELECT size FROM head);
    SELECT RAISE(ABORT, 'checkpoint: note is not new')
        WHERE EXISTS (SELECT 1 FROM checkpoint WHERE note = NEW.note);
END;
CREATE TRIGGER checkpoint_update BEFORE UPDATE ON checkpoint BEGIN
    SELECT RAISE(ABORT, 'checkpoint: rows are never changed');
END;
CREATE TRIGGER checkpoint_delete BEFORE DELETE ON checkpoint BEGIN
    SELECT RAISE(ABORT, 'checkpoint: rows are never deleted');
END;

CREATE TABLE cosignature (
    id        INTEGER PRIMARY KEY,
    size      INTEGER NOT NULL REFERENCES checkpoint (size),
    witness   TEXT    NOT NULL,
    line      BLOB    NOT NULL UNIQUE,
    timestamp INTEGER NOT NULL,
    UNIQUE (size, witness, timestamp)
) STRICT;

CREATE TRIGGER cosignature_insert BEFORE INSERT ON cosignature BEGIN
    SELECT RAISE(ABORT, 'cosignature: id is not max + 1')
        WHERE NEW.id IS NOT (SELECT coalesce(max(id), 0) + 1 FROM cosignature);
    SELECT RAISE(ABORT, 'cosignature: no checkpoint of that size')
        WHERE NOT EXISTS (SELECT 1 FROM checkpoint WHERE size = NEW.size);
    SELECT RAISE(ABORT, 'cosignature: line is not new')
        WHERE EXISTS (SELECT 1 FROM cosignature WHERE line = NEW.line
                      OR (size = NEW.size AND witness = NEW.witness AND timestamp = NEW.timestamp));
END;
CREATE TRIGGER cosignature_update BEFORE UPDATE ON cosignature BEGIN
    SELECT RAISE(ABORT, 'cosignature: rows are never changed');
END;
CREATE TRIGGER cosignature_delete BEFORE DELETE ON cosignature BEGIN
    SELECT RAISE(ABORT, 'cosignature: rows are never deleted');
END;

-- Which signed checkpoint is the one served; moves forward.
CREATE TABLE publication (
    size         INTEGER PRIMARY KEY REFERENCES checkpoint (size),
    published_at TEXT NOT NULL
) STRICT;

-- Idempotency keys, kept 30 days. The response is rebuilt from the entries they name.
CREATE TABLE command (
    principal       TEXT    NOT NULL,
    idempotency_key TEXT    NOT NULL,
    request_hash    BLOB    NOT NULL CHECK (length(request_hash) = 32),
    first           INTEGER NOT NULL,
    count           INTEGER NOT NULL,
    recorded_at     TEXT    NOT NULL,
    PRIMARY KEY (principal, idempotency_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE tracking (
    name     TEXT    PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE lease (
    name       TEXT    PRIMARY KEY,
    holder     TEXT    NOT NULL,
    epoch      INTEGER NOT NULL,
    expires_at REAL    NOT NULL
) STRICT, WITHOUT ROWID;
