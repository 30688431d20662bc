// Tlogaudit checks a tlog-tiles directory with golang.org/x/mod/sumdb, the
// code behind Go's checksum database, and nothing of Tallystick's.
//
//	tlogaudit -vkey VKEY [-older CHECKPOINT] [-sample N] DIRECTORY
//
// It prints one line a check and exits 1 at the first that fails.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	vkey := flag.String("vkey", "", "the log's verifier key, from anywhere but the directory")
	older := flag.String("older", "", "file with an older checkpoint of the same log")
	sample := flag.Int64("sample", 2000, "prove the inclusion of at most about this many entries")
	flag.Parse()
	if *vkey == "" || flag.NArg() != 1 {
		flag.Usage()
		os.Exit(64)
	}
	if err := audit(flag.Arg(0), *vkey, *older, *sample); err != nil {
		fmt.Printf("FAIL %v\n", err)
		os.Exit(1)
	}
}

// audit runs every check in the order in which one rests on the other.
func audit(dir, vkey, older string, sample int64) error {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return fmt.Errorf("vkey: %w", err)
	}
	head, err := openCheckpoint(filepath.Join(dir, "checkpoint"), verifier)
	if err != nil {
		return err
	}
	fmt.Printf("ok   checkpoint: %s, size %d, root %v\n", head.origin, head.N, head.Hash)
	if err := checkLabel(dir, vkey); err != nil {
		return err
	}
	fmt.Println("ok   log.vkey: names the pinned key")

	stored, err := readEntries(dir, head.N)
	if err != nil {
		return err
	}
	if err := checkRoot(head, stored); err != nil {
		return fmt.Errorf("entry bundles: %w", err)
	}
	fmt.Printf("ok   entry bundles: %d entries give the root\n", head.N)

	count, err := compareTiles(dir, head.N, stored)
	if err != nil {
		return err
	}
	fmt.Printf("ok   hash tiles: %d tiles hold the hashes of the entries\n", count)

	// From here on only hash tiles are read, as a client over HTTP would.
	tiles := tlog.TileHashReader(head.Tree, directory(dir))
	if err := checkRoot(head, tiles); err != nil {
		return fmt.Errorf("hash tiles: %w", err)
	}
	fmt.Println("ok   hash tiles: give the root")

	count, err = checkInclusion(head, tiles, stored, sample)
	if err != nil {
		return err
	}
	fmt.Printf("ok   inclusion: %d of %d entries proven\n", count, head.N)
	if older == "" {
		return nil
	}
	return checkConsistency(older, verifier, head, tiles)
}

// checkLabel compares the directory's own log.vkey with the pinned one; it is
// a label, trusted for nothing.
func checkLabel(dir, vkey string) error {
	label, err := os.ReadFile(filepath.Join(dir, "log.vkey"))
	if err != nil {
		return err
	}
	if string(label) != vkey+"\n" {
		return fmt.Errorf("log.vkey: expected %s, found %s", vkey, strings.TrimSpace(string(label)))
	}
	return nil
}

func checkRoot(head checkpoint, hashes tlog.HashReader) error {
	if head.N == 0 {
		return nil // openCheckpoint compared it with the empty tree's
	}
	root, err := tlog.TreeHash(head.N, hashes)
	if err != nil {
		return err
	}
	if root != head.Hash {
		return fmt.Errorf("expected root %v, found %v", head.Hash, root)
	}
	return nil
}

// checkInclusion proves every entry when there are few, else a spread of them
// that has both ends.
func checkInclusion(head checkpoint, tiles, stored tlog.HashReader, sample int64) (int64, error) {
	step := head.N/max(sample, 1) + 1
	var count int64
	for i := int64(0); i < head.N; i += step {
		if err := proveEntry(head, i, tiles, stored); err != nil {
			return count, fmt.Errorf("inclusion of entry %d: %w", i, err)
		}
		count++
	}
	if head.N == 0 || (head.N-1)%step == 0 {
		return count, nil
	}
	if err := proveEntry(head, head.N-1, tiles, stored); err != nil {
		return count, fmt.Errorf("inclusion of entry %d: %w", head.N-1, err)
	}
	return count + 1, nil
}

// proveEntry takes the path from the tiles and the leaf from the entries.
func proveEntry(head checkpoint, i int64, tiles, stored tlog.HashReader) error {
	leaf, err := stored.ReadHashes([]int64{tlog.StoredHashIndex(0, i)})
	if err != nil {
		return err
	}
	proof, err := tlog.ProveRecord(head.N, i, tiles)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, head.N, head.Hash, i, leaf[0])
}

func checkConsistency(file string, verifier note.Verifier, head checkpoint, tiles tlog.HashReader) error {
	old, err := openCheckpoint(file, verifier)
	if err != nil {
		return fmt.Errorf("older checkpoint: %w", err)
	}
	if old.N > head.N {
		return fmt.Errorf("consistency: expected at least the %d entries of the older checkpoint, found %d", old.N, head.N)
	}
	if old.N > 0 {
		proof, err := tlog.ProveTree(head.N, old.N, tiles)
		if err != nil {
			return fmt.Errorf("consistency: %w", err)
		}
		if err := tlog.CheckTree(proof, head.N, head.Hash, old.N, old.Hash); err != nil {
			return fmt.Errorf("consistency from size %d to %d: %w", old.N, head.N, err)
		}
	}
	fmt.Printf("ok   consistency: the %d entries of the older checkpoint are a prefix\n", old.N)
	return nil
}

func max(a, b int64) int64 {
	if a > b {
		return a
	}
	return b
}
