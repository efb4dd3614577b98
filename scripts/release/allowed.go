package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// allowedSigner is a line of a file of allowed signers.
type allowedSigner struct {
	name string
	key  ssh.PublicKey
}

type allowedSigners []allowedSigner

// readAllowed reads lines of a name and a public key. It refuses options other than our namespace, patterns and certificates,
// which ssh-keygen understands and this does not.
func readAllowed(text []byte) (allowedSigners, error) {
	var all allowedSigners
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		names, rest, _ := strings.Cut(line, " ")
		key, _, given, more, err := ssh.ParseAuthorizedKey([]byte(strings.TrimSpace(rest)))
		switch {
		case err != nil || len(more) > 0:
			return nil, fmt.Errorf("line %d is not a name and a public key: write NAME ssh-ed25519 AAAA…", n)
		case strings.ContainsAny(names, `*?!"`):
			return nil, fmt.Errorf("line %d has a pattern, %q: write each name out, or check with ssh-keygen -Y verify", n, names)
		case len(given) > 0 && !slices.Equal(given, []string{`namespaces="` + namespace + `"`}):
			return nil, fmt.Errorf("line %d has the option %q: only namespaces=%q is understood; check with ssh-keygen -Y verify", n, given[0], namespace)
		case key.Type() != ssh.KeyAlgoED25519:
			return nil, fmt.Errorf("line %d has a key of type %s: releases are signed with ssh-ed25519", n, key.Type())
		}
		for name := range strings.SplitSeq(names, ",") {
			all = append(all, allowedSigner{name, key})
		}
	}
	if len(all) == 0 {
		return nil, errors.New("it has no keys: write NAME ssh-ed25519 AAAA…, with the releaser's public key")
	}
	return all, nil
}

// verify returns who signed. An empty name is any of them.
func (all allowedSigners) verify(message, armored []byte, name string) (allowedSigner, error) {
	s, err := sshsig.Unarmor(armored)
	if err != nil {
		return allowedSigner{}, err
	}
	for _, a := range all {
		if name != "" && name != a.name || !bytes.Equal(a.key.Marshal(), s.PublicKey.Marshal()) {
			continue
		}
		return a, sshsig.Verify(bytes.NewReader(message), s, a.key, s.HashAlgorithm, namespace)
	}
	who := name
	if name == "" {
		who = "any allowed signer"
	}
	return allowedSigner{}, fmt.Errorf("it is by the key %s, which is not that of %s", ssh.FingerprintSHA256(s.PublicKey), who)
}
