// Goformats lets github.com/transparency-dev/formats, another implementation of notes, cosignatures and proof files, make
// some for us to read, and judge some that we made.
//
//	goformats make            prints one signed, cosigned and proven entry as JSON
//	goformats judge < FILES   reads a JSON list of proof files, prints a list of whether each can be read
package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/formats/proof"
	sumdb "golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const origin = "acme.example/ledger/DE/eu-frankfurt/2026-11"

type made struct {
	LogKey     string `json:"logKey"`
	WitnessKey string `json:"witnessKey"`
	Checkpoint string `json:"checkpoint"`
	Proof      string `json:"proof"`
	Entry      string `json:"entry"`
}

func main() {
	var answer any
	var err error
	switch {
	case len(os.Args) == 2 && os.Args[1] == "make":
		answer, err = makeOne()
	case len(os.Args) == 2 && os.Args[1] == "judge":
		answer, err = judge()
	default:
		err = fmt.Errorf("expected make or judge")
	}
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		log.Fatal(err)
	}
}

// A log of five entries, the fourth of which is proven.
func makeOne() (*made, error) {
	logSecret, logKey, err := sumdb.GenerateKey(rand.Reader, origin)
	if err != nil {
		return nil, err
	}
	witnessSecret, plainKey, err := sumdb.GenerateKey(rand.Reader, "acme.example/witness/US/us-virginia")
	if err != nil {
		return nil, err
	}
	witnessKey, err := note.VKeyToCosignatureV1(plainKey)
	if err != nil {
		return nil, err
	}
	tree := &tree{}
	for _, entry := range []string{"zero", "one", "two", "three", "four"} {
		if err := tree.add(entry); err != nil {
			return nil, err
		}
	}
	checkpoint, err := tree.checkpoint(logSecret, witnessSecret)
	if err != nil {
		return nil, err
	}
	inclusion, err := tlog.ProveRecord(tree.size, 3, tree)
	if err != nil {
		return nil, err
	}
	proven := proof.TLogProof{Index: 3, Checkpoint: checkpoint, ExtraData: []byte("three")}
	for _, hash := range inclusion {
		proven.Hashes = append(proven.Hashes, hash)
	}
	return &made{logKey, witnessKey, string(checkpoint), string(proven.Marshal()), "three"}, nil
}

func judge() ([]bool, error) {
	var files []string
	if err := json.NewDecoder(os.Stdin).Decode(&files); err != nil {
		return nil, err
	}
	readable := make([]bool, len(files))
	for at, file := range files {
		var read proof.TLogProof
		readable[at] = read.Unmarshal([]byte(file)) == nil
	}
	return readable, nil
}

type tree struct {
	size   int64
	hashes []tlog.Hash
}

func (t *tree) add(entry string) error {
	hashes, err := tlog.StoredHashes(t.size, []byte(entry), t)
	if err != nil {
		return err
	}
	t.size++
	t.hashes = append(t.hashes, hashes...)
	return nil
}

// ReadHashes makes it a tlog.HashReader.
func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for at, index := range indexes {
		hashes[at] = t.hashes[index]
	}
	return hashes, nil
}

func (t *tree) checkpoint(logSecret, witnessSecret string) ([]byte, error) {
	root, err := tlog.TreeHash(t.size, t)
	if err != nil {
		return nil, err
	}
	logSigner, err := sumdb.NewSigner(logSecret)
	if err != nil {
		return nil, err
	}
	witness, err := note.NewSignerForCosignatureV1(witnessSecret)
	if err != nil {
		return nil, err
	}
	text := fmt.Sprintf("%s\n%d\n%v\n", origin, t.size, root)
	return sumdb.Sign(&sumdb.Note{Text: text}, logSigner, witness)
}
