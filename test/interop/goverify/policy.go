package main

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// A policy says whom to believe: https://c2sp.org/tlog-policy.
type policy struct {
	logs      []note.Verifier
	witnesses []note.Verifier
	// Null where no cosignature is asked for.
	quorum *quorum
}

// A quorum is met by a witness's own cosignature, or by least of its members.
type quorum struct {
	witness note.Verifier
	least   int
	members []*quorum
}

func (q *quorum) isMetBy(signers map[note.Verifier]bool) bool {
	if q.witness != nil {
		return signers[q.witness]
	}
	met := 0
	for _, member := range q.members {
		if member.isMetBy(signers) {
			met++
		}
	}
	return met >= q.least
}

func parsePolicy(text string) (*policy, error) {
	p := &policy{}
	defined := map[string]*quorum{}
	hasQuorum := false
	for number, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		err := p.read(words, defined, &hasQuorum)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number+1, err)
		}
	}
	if !hasQuorum {
		return nil, fmt.Errorf("there is no quorum line")
	}
	return p, nil
}

func (p *policy) read(words []string, defined map[string]*quorum, hasQuorum *bool) error {
	switch {
	case words[0] == "log" && len(words) >= 2:
		key, err := note.NewVerifier(words[1])
		if err != nil {
			return err
		}
		p.logs = append(p.logs, key)
	case words[0] == "witness" && len(words) >= 3:
		key, err := newCosignatureVerifier(words[2])
		if err != nil {
			return err
		}
		p.witnesses = append(p.witnesses, key)
		defined[words[1]] = &quorum{witness: key}
	case words[0] == "group" && len(words) >= 4:
		group, err := parseGroup(words[2], words[3:], defined)
		if err != nil {
			return err
		}
		defined[words[1]] = group
	case words[0] == "quorum" && len(words) == 2:
		if p.quorum = defined[words[1]]; p.quorum == nil && words[1] != "none" {
			return fmt.Errorf("%s is not defined", words[1])
		}
		*hasQuorum = true
	default:
		return fmt.Errorf("expected log, witness, group or quorum")
	}
	return nil
}

func parseGroup(rule string, names []string, defined map[string]*quorum) (*quorum, error) {
	group := &quorum{}
	for _, name := range names {
		member := defined[name]
		if member == nil {
			return nil, fmt.Errorf("%s is not defined", name)
		}
		group.members = append(group.members, member)
	}
	switch rule {
	case "all":
		group.least = len(names)
	case "any":
		group.least = 1
	default:
		least, err := strconv.Atoi(rule)
		if err != nil || least < 1 || least > len(names) {
			return nil, fmt.Errorf("a group of %d cannot need %q", len(names), rule)
		}
		group.least = least
	}
	return group, nil
}
