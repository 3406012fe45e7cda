package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A head is what a checkpoint states: https://c2sp.org/tlog-checkpoint.
type head struct {
	origin string
	tlog.Tree
}

// The newest checkpoint, signed by the log and cosigned as the policy asks.
func readCheckpoint(trust *policy, directory string) (*head, error) {
	message, err := os.ReadFile(filepath.Join(directory, "checkpoint"))
	if err != nil {
		return nil, err
	}
	return openCheckpoint(trust, message)
}

func openCheckpoint(trust *policy, message []byte) (*head, error) {
	head, signers, err := openSigned(trust, message)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	if trust.quorum != nil && !trust.quorum.isMetBy(signers) {
		return nil, fmt.Errorf("checkpoint: too few witnesses have cosigned")
	}
	return head, nil
}

// A checkpoint that a log of the policy has signed, and who else has.
func openSigned(trust *policy, message []byte) (*head, map[note.Verifier]bool, error) {
	known := append(append([]note.Verifier{}, trust.logs...), trust.witnesses...)
	opened, err := note.Open(message, note.VerifierList(known...))
	if err != nil {
		return nil, nil, err
	}
	head, err := parseCheckpoint(opened.Text)
	if err != nil {
		return nil, nil, err
	}
	if !isSignedBy(opened, trust.logs, head.origin) {
		return nil, nil, fmt.Errorf("no log of the policy that is named %s has signed", head.origin)
	}
	return head, othersOf(head.origin, opened, trust.witnesses), nil
}

func isSignedBy(opened *note.Note, logs []note.Verifier, origin string) bool {
	for _, log := range logs {
		if log.Name() == origin && hasSignature(opened, log) {
			return true
		}
	}
	return false
}

// The witness of the cell that keeps the log, <deployment>/witness/<place>/<cell>, does not speak for that log.
func othersOf(origin string, opened *note.Note, witnesses []note.Verifier) map[note.Verifier]bool {
	others := map[note.Verifier]bool{}
	for _, witness := range witnesses {
		own := strings.Replace(witness.Name(), "/witness/", "/ledger/", 1) + "/"
		if hasSignature(opened, witness) && !strings.HasPrefix(origin, own) {
			others[witness] = true
		}
	}
	return others
}

func hasSignature(opened *note.Note, key note.Verifier) bool {
	for _, signature := range opened.Sigs {
		if signature.Name == key.Name() && signature.Hash == key.KeyHash() {
			return true
		}
	}
	return false
}

func parseCheckpoint(text string) (*head, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[0] == "" {
		return nil, fmt.Errorf("%q is no checkpoint", text)
	}
	size, err := parseDecimal(lines[1])
	if err != nil {
		return nil, err
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return nil, err
	}
	return &head{lines[0], tlog.Tree{N: size, Hash: root}}, nil
}

// ASCII decimal without leading zeroes.
func parseDecimal(text string) (int64, error) {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < 0 || strconv.FormatInt(number, 10) != text {
		return 0, fmt.Errorf("%q is no decimal number", text)
	}
	return number, nil
}

// Every checkpoint that was kept must be of a tree that is the beginning of this one. Returns how many there are.
func compareHistory(trust *policy, directory string, tree *tree) (int, error) {
	kept, err := os.ReadDir(filepath.Join(directory, "checkpoints"))
	if err != nil {
		return 0, err
	}
	for _, file := range kept {
		path := filepath.Join("checkpoints", file.Name())
		message, err := os.ReadFile(filepath.Join(directory, path))
		if err != nil {
			return 0, err
		}
		if err := compareKept(trust, file.Name(), message, tree); err != nil {
			return 0, fmt.Errorf("%s: %w", path, err)
		}
	}
	return len(kept), nil
}

func compareKept(trust *policy, name string, message []byte, tree *tree) error {
	// Cosignatures may have come after it was kept.
	head, _, err := openSigned(trust, message)
	if err != nil {
		return err
	}
	if strconv.FormatInt(head.N, 10) != name {
		return fmt.Errorf("it is of %d entries", head.N)
	}
	root, err := tree.root(head.N)
	if err != nil {
		return err
	}
	if root != head.Hash {
		return fmt.Errorf("its root is %v, and the entries give %v", head.Hash, root)
	}
	return nil
}
