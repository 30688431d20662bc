"""Pages for people, a module each: drawn on the server, readable without a script."""
