// Goverify checks a Bailiwick log, or one entry with its proof, with nothing but golang.org/x/mod/sumdb: none of the
// project's code is in it. What it checks is written in docs/spec/ledger.md; how to run it, in docs/interop.md.
//
//	goverify -policy trust.policy LOG_DIRECTORY
//	goverify -policy trust.policy -proof FILE.tlog-proof [ENTRY]
//
// It prints PASS and exits 0, or FAIL with the reason and exits 1. It does not read the entries: schema and the rules
// over their sequence are `bailiwick ledger verify`'s matter.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	policyFile := flag.String("policy", "", "trust policy (c2sp.org/tlog-policy)")
	proofFile := flag.String("proof", "", "check this .tlog-proof, for the entry that the argument holds or it carries itself")
	flag.Parse()
	if *policyFile == "" || flag.NArg() > 1 || (*proofFile == "" && flag.NArg() == 0) {
		flag.Usage()
		os.Exit(2)
	}
	summary, err := verify(*policyFile, *proofFile, flag.Arg(0))
	if err != nil {
		fmt.Printf("FAIL: %v\n", err)
		os.Exit(1)
	}
	fmt.Printf("PASS: %s\n", summary)
}

func verify(policyFile, proofFile, path string) (summary string, err error) {
	text, err := os.ReadFile(policyFile)
	if err != nil {
		return "", err
	}
	trust, err := parsePolicy(string(text))
	if err != nil {
		return "", fmt.Errorf("%s: %w", policyFile, err)
	}
	if proofFile != "" {
		return verifyProof(trust, proofFile, path)
	}
	return verifyLog(trust, path)
}

func verifyLog(trust *policy, directory string) (string, error) {
	head, err := readCheckpoint(trust, directory)
	if err != nil {
		return "", err
	}
	tree, err := rebuild(directory, head.N)
	if err != nil {
		return "", err
	}
	if root, err := tree.root(head.N); err != nil {
		return "", err
	} else if root != head.Hash {
		return "", fmt.Errorf("the entries give root %v, and %v was signed", root, head.Hash)
	}
	files, err := compareFiles(directory, tree)
	if err != nil {
		return "", err
	}
	kept, err := compareHistory(trust, directory, tree)
	if err != nil {
		return "", err
	}
	proofs, err := proveSample(directory, head, tree)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s: %d entries, root %v, %d files, %d kept checkpoints, %d inclusion and as many consistency proofs",
		head.origin, head.N, head.Hash, files, kept, proofs), nil
}
