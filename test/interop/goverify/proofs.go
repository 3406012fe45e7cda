package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Tiles as they lie on disk, for x/mod to make proofs from as any client would.
type tileFiles struct{ directory string }

func (files tileFiles) Height() int { return tileHeight }

func (files tileFiles) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for at, tile := range tiles {
		read, err := os.ReadFile(filepath.Join(files.directory, tilePath(tile)))
		if os.IsNotExist(err) {
			read, err = os.ReadFile(filepath.Join(files.directory, tilePath(full(tile))))
		}
		if err != nil {
			return nil, err
		}
		if len(read) < tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s is too short", tilePath(tile))
		}
		data[at] = read[:tile.W*tlog.HashSize]
	}
	return data, nil
}

func (files tileFiles) SaveTiles([]tlog.Tile, [][]byte) {}

// Proofs for up to 200 entries and sizes, spread over the log, made from its tiles and checked against its checkpoint.
func proveSample(directory string, head *head, t *tree) (int, error) {
	reader := tlog.TileHashReader(head.Tree, tileFiles{directory})
	step := head.N/200 + 1
	count := 0
	for index := int64(0); index < head.N; index += step {
		if err := proveOne(reader, head, t, index); err != nil {
			return 0, fmt.Errorf("proof of entry %d: %w", index, err)
		}
		count++
	}
	return count, nil
}

func proveOne(reader tlog.HashReader, head *head, t *tree, index int64) error {
	inclusion, err := tlog.ProveRecord(head.N, index, reader)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(inclusion, head.N, head.Hash, index, tlog.RecordHash(t.entries[index])); err != nil {
		return err
	}
	consistency, err := tlog.ProveTree(head.N, index+1, reader)
	if err != nil {
		return err
	}
	root, err := t.root(index + 1)
	if err != nil {
		return err
	}
	return tlog.CheckTree(consistency, head.N, head.Hash, index+1, root)
}

// Whether a checkpoint that the policy believes commits to the entry: https://c2sp.org/tlog-proof. The entry is what the
// proof carries as extra data, which only the hashes authenticate, or what a file holds.
func verifyProof(trust *policy, proofFile, entryFile string) (string, error) {
	text, err := os.ReadFile(proofFile)
	if err != nil {
		return "", err
	}
	proof, err := parseProof(string(text))
	if err != nil {
		return "", fmt.Errorf("%s: %w", proofFile, err)
	}
	entry := proof.extra
	if entryFile != "" {
		if entry, err = os.ReadFile(entryFile); err != nil {
			return "", err
		}
	}
	head, err := openCheckpoint(trust, proof.checkpoint)
	if err != nil {
		return "", err
	}
	if proof.index >= head.N {
		return "", fmt.Errorf("there is no entry %d in a log of %d", proof.index, head.N)
	}
	err = tlog.CheckRecord(proof.hashes, head.N, head.Hash, proof.index, tlog.RecordHash(entry))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("entry %d of %s, of %d entries", proof.index, head.origin, head.N), nil
}

type proof struct {
	extra      []byte
	index      int64
	hashes     tlog.RecordProof
	checkpoint []byte
}

func parseProof(text string) (*proof, error) {
	at := strings.Index(text, "\n\n")
	if at < 0 {
		return nil, fmt.Errorf("no empty line before the checkpoint")
	}
	p := &proof{checkpoint: []byte(text[at+2:])}
	lines := strings.Split(text[:at], "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		return nil, fmt.Errorf("%q is not the first line of a proof", lines[0])
	}
	lines = lines[1:]
	var err error
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		if p.extra, err = base64.StdEncoding.DecodeString(lines[0][len("extra "):]); err != nil {
			return nil, err
		}
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return nil, fmt.Errorf("there is no index line")
	}
	if p.index, err = parseDecimal(lines[0][len("index "):]); err != nil {
		return nil, err
	}
	for _, line := range lines[1:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		p.hashes = append(p.hashes, hash)
	}
	return p, nil
}
