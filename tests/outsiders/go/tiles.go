package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const height = 8 // of every tile in c2sp.org/tlog-tiles

var errShort = errors.New("the bundle ends inside it")

// tilePath translates x/mod's own names: tile/8/L/N and tile/8/data/N become
// tile/L/N and tile/entries/N.
func tilePath(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), "tile/8/")
	return filepath.FromSlash("tile/" + strings.Replace(path, "data/", "entries/", 1))
}

// directory is a tlog.TileReader over files; what it reads is authenticated by
// tlog.TileHashReader against the checkpoint.
type directory string

func (d directory) Height() int { return height }

func (d directory) SaveTiles([]tlog.Tile, [][]byte) {}

func (d directory) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		var err error
		if data[i], err = os.ReadFile(filepath.Join(string(d), tilePath(tile))); err != nil {
			return nil, err
		}
	}
	return data, nil
}

// hashes is the tree in memory, in tlog's order of stored hashes.
type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	list := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(h)) {
			return nil, fmt.Errorf("hash %d is not stored", index)
		}
		list[i] = h[index]
	}
	return list, nil
}

// readEntries hashes the entries of every bundle of a log of this size.
func readEntries(dir string, size int64) (hashes, error) {
	var stored hashes
	for n := int64(0); n<<height < size; n++ {
		tile := tlog.Tile{H: height, L: -1, N: n, W: widthOf(n, size)}
		data, err := os.ReadFile(filepath.Join(dir, tilePath(tile)))
		if err != nil {
			return nil, err
		}
		if stored, err = addBundle(stored, tile, data); err != nil {
			return nil, fmt.Errorf("%s: %w", tilePath(tile), err)
		}
	}
	return stored, nil
}

func addBundle(stored hashes, tile tlog.Tile, data []byte) (hashes, error) {
	first := tile.N << height
	for n := first; n < first+int64(tile.W); n++ {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("entry %d: %w", n, errShort)
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		added, err := tlog.StoredHashesForRecordHash(n, tlog.RecordHash(data[2:end]), stored)
		if err != nil {
			return nil, err
		}
		stored, data = append(stored, added...), data[end:]
	}
	if len(data) > 0 {
		return nil, fmt.Errorf("expected %d entries, found %d bytes more", tile.W, len(data))
	}
	return stored, nil
}

// compareTiles compares every hash tile that a log of this size has with what
// the entries give, also those that no proof would ever read.
func compareTiles(dir string, size int64, stored hashes) (int64, error) {
	var count int64
	for level := 0; size>>(level*height) > 0; level++ {
		width := size >> (level * height)
		for n := int64(0); n<<height < width; n++ {
			tile := tlog.Tile{H: height, L: level, N: n, W: widthOf(n, width)}
			if err := compareTile(dir, tile, stored); err != nil {
				return count, fmt.Errorf("%s: %w", tilePath(tile), err)
			}
			count++
		}
	}
	return count, nil
}

func compareTile(dir string, tile tlog.Tile, stored hashes) error {
	expected, err := tlog.ReadTileData(tile, stored)
	if err != nil {
		return err
	}
	found, err := os.ReadFile(filepath.Join(dir, tilePath(tile)))
	if err != nil {
		return err
	}
	if !bytes.Equal(expected, found) {
		return errors.New("does not hold the hashes of the entries")
	}
	return nil
}

// widthOf is the width of tile n in a level of total hashes or entries.
func widthOf(n, total int64) int {
	if total-n<<height > 1<<height {
		return 1 << height
	}
	return int(total - n<<height)
}
