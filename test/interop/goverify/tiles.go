package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
	// x/mod's level for the records themselves.
	entriesLevel = -1
)

// Where a tile lies: https://c2sp.org/tlog-tiles leaves out the height that x/mod writes, and says entries, not data.
func tilePath(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), "tile/8/")
	return "tile/" + strings.Replace(path, "data/", "entries/", 1)
}

func parseTilePath(path string) (tlog.Tile, error) {
	path = strings.Replace(strings.TrimPrefix(path, "tile/"), "entries/", "data/", 1)
	return tlog.ParseTilePath("tile/8/" + path)
}

func full(tile tlog.Tile) tlog.Tile {
	tile.W = tileWidth
	return tile
}

func bundleHolding(index, size int64) tlog.Tile {
	bundle := tlog.Tile{H: tileHeight, L: entriesLevel, N: index / tileWidth, W: tileWidth}
	if rest := size - bundle.N*tileWidth; rest < tileWidth {
		bundle.W = int(rest)
	}
	return bundle
}

// All tiles that a tree of this size has must be there, and every file that is there must be what the entries give,
// as far as the checkpoint covers it: also the partial files of earlier sizes. Returns how many files there are.
func compareFiles(directory string, t *tree) (int, error) {
	for _, tile := range tilesOf(t.size()) {
		if !exists(directory, tile) && !exists(directory, full(tile)) {
			return 0, fmt.Errorf("%s is missing", tilePath(tile))
		}
	}
	count := 0
	err := filepath.WalkDir(filepath.Join(directory, "tile"), func(path string, file fs.DirEntry, err error) error {
		if err != nil || file.IsDir() {
			return err
		}
		count++
		name, err := filepath.Rel(directory, path)
		if err != nil {
			return err
		}
		return compareFile(path, filepath.ToSlash(name), t)
	})
	return count, err
}

// The tiles of hashes that a tree of this size has: at each level all full ones, and the rest.
func tilesOf(size int64) (tiles []tlog.Tile) {
	for level, count := 0, size; count > 0; level, count = level+1, count/tileWidth {
		for n := int64(0); n*tileWidth < count; n++ {
			tile := tlog.Tile{H: tileHeight, L: level, N: n, W: tileWidth}
			if rest := count - n*tileWidth; rest < tileWidth {
				tile.W = int(rest)
			}
			tiles = append(tiles, tile)
		}
	}
	return tiles
}

func exists(directory string, tile tlog.Tile) bool {
	_, err := os.Stat(filepath.Join(directory, tilePath(tile)))
	return err == nil
}

func compareFile(path, name string, t *tree) error {
	tile, err := parseTilePath(name)
	if err != nil {
		return fmt.Errorf("%s is no file of a log", name)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	covered, isWhole := coveredPart(tile, t.size())
	expected, err := t.bytesOf(covered)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(data, expected) || (isWhole && len(data) != len(expected)) {
		return fmt.Errorf("%s is not what the entries give", name)
	}
	return nil
}

// The tile as far as a tree of this size has it, and whether that is all of it.
func coveredPart(tile tlog.Tile, size int64) (covered tlog.Tile, isWhole bool) {
	available := size
	for level := 0; level < tile.L; level++ {
		available /= tileWidth
	}
	available -= tile.N * tileWidth
	if available < 0 {
		available = 0
	}
	if int64(tile.W) <= available {
		return tile, true
	}
	tile.W = int(available)
	return tile, false
}

func (t *tree) bytesOf(tile tlog.Tile) ([]byte, error) {
	if tile.W == 0 {
		return nil, nil
	}
	if tile.L == entriesLevel {
		first := tile.N * tileWidth
		return encodeBundle(t.entries[first : first+int64(tile.W)]), nil
	}
	return tlog.ReadTileData(tile, t)
}
