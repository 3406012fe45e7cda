package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"
)

// A tree is made from the entries alone. It holds what the tiles should hold.
type tree struct {
	entries [][]byte
	// By x/mod's storage index.
	hashes []tlog.Hash
}

func rebuild(directory string, size int64) (*tree, error) {
	t := &tree{}
	for int64(len(t.entries)) < size {
		entries, err := readBundle(directory, bundleHolding(int64(len(t.entries)), size))
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			if err := t.add(entry); err != nil {
				return nil, err
			}
		}
	}
	return t, nil
}

func (t *tree) add(entry []byte) error {
	index := int64(len(t.entries))
	hashes, err := tlog.StoredHashesForRecordHash(index, tlog.RecordHash(entry), t)
	if err != nil {
		return err
	}
	t.entries = append(t.entries, entry)
	t.hashes = append(t.hashes, hashes...)
	return nil
}

func (t *tree) size() int64 { return int64(len(t.entries)) }

func (t *tree) root(size int64) (tlog.Hash, error) {
	if size > t.size() {
		return tlog.Hash{}, fmt.Errorf("%d entries were signed, and there are %d: the log was cut back", size, t.size())
	}
	return tlog.TreeHash(size, t)
}

// ReadHashes makes it a tlog.HashReader.
func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for at, index := range indexes {
		if index < 0 || index >= int64(len(t.hashes)) {
			return nil, fmt.Errorf("there is no hash %d", index)
		}
		hashes[at] = t.hashes[index]
	}
	return hashes, nil
}

// The bundle as wide as it is in a tree of this size. A partial one goes when the full one is there.
func readBundle(directory string, bundle tlog.Tile) ([][]byte, error) {
	data, err := os.ReadFile(filepath.Join(directory, tilePath(bundle)))
	if os.IsNotExist(err) {
		data, err = os.ReadFile(filepath.Join(directory, tilePath(full(bundle))))
	}
	if err != nil {
		return nil, err
	}
	entries := make([][]byte, bundle.W)
	for at := range entries {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("%s ends in entry %d of %d", tilePath(bundle), at, bundle.W)
		}
		length := 2 + int(binary.BigEndian.Uint16(data))
		entries[at], data = data[2:length], data[length:]
	}
	return entries, nil
}

// What a bundle of these entries is: a length in two bytes before each.
func encodeBundle(entries [][]byte) []byte {
	var data []byte
	for _, entry := range entries {
		data = append(data, byte(len(entry)>>8), byte(len(entry)))
		data = append(data, entry...)
	}
	return data
}
