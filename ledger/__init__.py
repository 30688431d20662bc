"""The signed append-only log of opaque entries. It knows bytes, keys and trees; it knows no incident."""
