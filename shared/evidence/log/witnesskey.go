package log

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"curfew/shared/fault"
)

// The signature types of https://c2sp.org/signed-note.
const ed25519Note, ed25519Cosignature = 1, 4

// witnessVerifier verifies cosignatures, of which each has its time. https://c2sp.org/tlog-cosignature
type witnessVerifier struct {
	name   string
	hash   uint32
	public ed25519.PublicKey
}

// NewWitnessVerifier reads the verifier key of a witness: NAME+HASH+KEY of the type Ed25519 cosignature. Invalid: it is none.
func NewWitnessVerifier(text string) (note.Verifier, error) {
	name, rest, _ := strings.Cut(text, "+")
	hash, key64, _ := strings.Cut(rest, "+")
	key, err := base64.StdEncoding.Strict().DecodeString(key64)
	if err != nil || name == "" || len(key) != 1+ed25519.PublicKeySize || key[0] != ed25519Cosignature {
		return nil, fault.Errorf(fault.Invalid, "%.200q is not the key of a witness: want NAME+HASH+KEY with the key type 4 (Ed25519 cosignature)", text)
	}
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	if v := binary.BigEndian.Uint32(sum[:]); fmt.Sprintf("%08x", v) == hash {
		return &witnessVerifier{name, v, key[1:]}, nil
	}
	return nil, fault.Errorf(fault.Invalid, "the witness key %.200q is damaged: its hash is that of another key", text)
}

func (v *witnessVerifier) Name() string    { return v.name }
func (v *witnessVerifier) KeyHash() uint32 { return v.hash }

const timeSize = 8

func (v *witnessVerifier) Verify(text, signature []byte) bool {
	if len(signature) != timeSize+ed25519.SignatureSize {
		return false
	}
	signed := fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(signature), text)
	return ed25519.Verify(v.public, signed, signature[timeSize:])
}

// cosignedAt returns the time in a verified cosignature.
func cosignedAt(s note.Signature) time.Time {
	b, _ := base64.StdEncoding.DecodeString(s.Base64)                // it was verified
	return time.Unix(int64(binary.BigEndian.Uint64(b[4:])), 0).UTC() //nolint:gosec // a time beyond int64 is shown as one before 1970
}
