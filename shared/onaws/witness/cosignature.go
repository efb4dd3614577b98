package witness

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"curfew/shared/fault"
)

// cosigner is [note.Verifier] for cosignature/v1 with Ed25519: https://c2sp.org/tlog-cosignature
type cosigner struct {
	name   string
	hash   uint32
	public ed25519.PublicKey
}

// cosignatureV1 is the type of the key, and timed the length of the time before its signature.
const cosignatureV1, timed = 0x04, 8

// newCosigner reads a verifier key: name+hash+base64 of the type and the key.
func newCosigner(verifierKey string) (*cosigner, error) {
	name, rest, _ := strings.Cut(verifierKey, "+")
	hash, encoded, _ := strings.Cut(rest, "+")
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || name == "" || strings.ContainsAny(name, " \n") || len(key) != 1+ed25519.PublicKeySize || key[0] != cosignatureV1 {
		return nil, fault.Errorf(fault.Invalid, "the witness's key %.200q is not a verifier key of cosignature/v1 with Ed25519", verifierKey)
	}
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	c := &cosigner{name, binary.BigEndian.Uint32(sum[:]), key[1:]}
	if hash != fmt.Sprintf("%08x", c.hash) {
		return nil, fault.Errorf(fault.Invalid, "the witness's key %.200q has the id %08x, not the one that it says", verifierKey, c.hash)
	}
	return c, nil
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }

func (c *cosigner) Verify(text, signature []byte) bool {
	if len(signature) != timed+ed25519.SignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(signature)
	signed := append([]byte("cosignature/v1\ntime "+strconv.FormatUint(at, 10)+"\n"), text...)
	return at <= math.MaxInt64 && ed25519.Verify(c.public, signed, signature[timed:])
}

// lines returns those signature lines of an answer that the key made over this checkpoint's text.
func (c *cosigner) lines(checkpoint []byte, text string, answer []byte) ([]byte, error) {
	n, err := note.Open(append(bytes.Clone(checkpoint), answer...), note.VerifierList(c))
	if err != nil {
		return nil, fault.Errorf(fault.Transient, "the witness %s gave no cosignature: %w", c.name, err)
	}
	if n.Text != text { // the text of a note ends at its last empty line, which may be the answer's
		return nil, fault.Errorf(fault.Transient, "the witness %s cosigned another text", c.name)
	}
	var lines []byte
	for _, s := range n.Sigs {
		lines = fmt.Appendf(lines, "— %s %s\n", s.Name, s.Base64)
	}
	return lines, nil
}
