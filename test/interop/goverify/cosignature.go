package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
)

// Signature type of Ed25519 cosignatures: https://c2sp.org/tlog-cosignature. x/mod knows type 0x01 only.
const cosignatureType = 0x04

type cosignatureVerifier struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

// The key is written <name>+<8 hex digits>+<base64 of type and key>: https://c2sp.org/signed-note, "Verifier keys".
func newCosignatureVerifier(vkey string) (*cosignatureVerifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 || parts[0] == "" {
		return nil, fmt.Errorf("%q is no verifier key", vkey)
	}
	typed, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(typed) != 1+ed25519.PublicKeySize || typed[0] != cosignatureType {
		return nil, fmt.Errorf("the key of %s is no Ed25519 cosignature key", parts[0])
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), typed...))
	hash := binary.BigEndian.Uint32(sum[:4])
	if fmt.Sprintf("%08x", hash) != parts[1] {
		return nil, fmt.Errorf("the key of %s has id %08x, not %s", parts[0], hash, parts[1])
	}
	return &cosignatureVerifier{parts[0], hash, typed[1:]}, nil
}

func (v *cosignatureVerifier) Name() string    { return v.name }
func (v *cosignatureVerifier) KeyHash() uint32 { return v.hash }

// The signature is a time and an Ed25519 signature over a header, that time and the whole checkpoint.
func (v *cosignatureVerifier) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	seconds := binary.BigEndian.Uint64(signature)
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", seconds, text)
	return seconds < 1<<63 && ed25519.Verify(v.key, []byte(message), signature[8:])
}
