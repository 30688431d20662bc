package main

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// checkpoint is a signed tree head whose origin is the name of the key.
type checkpoint struct {
	tlog.Tree
	origin string
}

// openCheckpoint verifies and parses the three lines of c2sp.org/tlog-checkpoint.
// (tlog.ParseTree knows only the first line of go.sum databases.)
func openCheckpoint(file string, verifier note.Verifier) (checkpoint, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return checkpoint{}, err
	}
	opened, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return checkpoint{}, fmt.Errorf("checkpoint: expected three lines, found %d", len(lines)-1)
	}
	if lines[0] != verifier.Name() {
		return checkpoint{}, fmt.Errorf("checkpoint: expected origin %s, found %s", verifier.Name(), lines[0])
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || lines[1] != strconv.FormatInt(size, 10) {
		return checkpoint{}, fmt.Errorf("checkpoint: expected a size, found %q", lines[1])
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return checkpoint{}, fmt.Errorf("checkpoint: expected a root, found %q", lines[2])
	}
	head := checkpoint{tlog.Tree{N: size, Hash: *(*tlog.Hash)(root)}, lines[0]}
	if size == 0 && head.Hash != sha256.Sum256(nil) {
		return checkpoint{}, fmt.Errorf("checkpoint: expected the root of the empty tree, found %v", head.Hash)
	}
	return head, nil
}
