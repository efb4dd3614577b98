package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// mostKey limits the file of a key, in bytes.
const mostKey = 64 << 10

// signer signs a release.
type signer interface {
	ssh.Signer
	fingerprint() string
}

type sshKey struct{ ssh.Signer }

func (k sshKey) fingerprint() string { return ssh.FingerprintSHA256(k.PublicKey()) }

// loadSigner reads a private key, or finds the key of ssh-agent: for one with a passphrase, and for a .pub file.
func loadSigner(file, root string, getenv func(string) string) (signer, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("the key: %w: make one with ssh-keygen -t ed25519 -f FILE", err)
	}
	if !info.Mode().IsRegular() || info.Size() > mostKey {
		return nil, fmt.Errorf("%s is no key: give a private key of ssh-keygen -t ed25519, or its .pub file", file)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the key: %w", err)
	}
	if public, _, _, _, err := ssh.ParseAuthorizedKey(b); err == nil {
		return fromAgent(file, public, getenv)
	}
	if inside(file, root) {
		return nil, fmt.Errorf("%s is in the repository: keep private keys elsewhere, or one will be committed", file)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s has mode %04o, so other users may read the key: chmod 600 it, or sign with a new one if they could have", file, info.Mode().Perm())
	}
	key, err := ssh.ParsePrivateKey(b)
	if missing, ok := errors.AsType[*ssh.PassphraseMissingError](err); ok {
		if missing.PublicKey == nil {
			return nil, fmt.Errorf("%s has a passphrase and does not tell its public key: give the .pub file of a key in ssh-agent", file)
		}
		return fromAgent(file, missing.PublicKey, getenv)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w: give a private key of ssh-keygen -t ed25519", file, err)
	}
	return ofType(file, key)
}

// ofType takes Ed25519 only: its signatures need no random numbers.
func ofType(file string, key ssh.Signer) (signer, error) {
	if kind := key.PublicKey().Type(); kind != ssh.KeyAlgoED25519 {
		return nil, fmt.Errorf("%s is a key of type %s, not ssh-ed25519: make one with ssh-keygen -t ed25519", file, kind)
	}
	return sshKey{key}, nil
}

func inside(file, root string) bool {
	real, err := filepath.EvalSymlinks(file)
	if err != nil {
		return true
	}
	if root, err = filepath.EvalSymlinks(root); err != nil {
		return true
	}
	if real, err = filepath.Abs(real); err != nil {
		return true
	}
	rel, err := filepath.Rel(root, real)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

func fromAgent(file string, public ssh.PublicKey, getenv func(string) string) (signer, error) {
	socket := getenv("SSH_AUTH_SOCK")
	if socket == "" {
		return nil, fmt.Errorf("the key of %s is for ssh-agent, and none runs (SSH_AUTH_SOCK is not set): start one and run ssh-add on the private key", file)
	}
	conn, err := net.Dial("unix", socket) // for the life of the process
	if err != nil {
		return nil, fmt.Errorf("ssh-agent: %w: start one and run ssh-add on the private key", err)
	}
	all, err := agent.NewClient(conn).Signers()
	if err != nil {
		return nil, fmt.Errorf("ssh-agent: %w", err)
	}
	for _, key := range all {
		if bytes.Equal(key.PublicKey().Marshal(), public.Marshal()) {
			return ofType(file, key)
		}
	}
	return nil, fmt.Errorf("ssh-agent does not have the key %s of %s: run ssh-add on the private key", ssh.FingerprintSHA256(public), file)
}

func sign(key signer, sums []byte) ([]byte, error) {
	s, err := sshsig.Sign(bytes.NewReader(sums), key, sshsig.HashSHA512, namespace)
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	return sshsig.Armor(s), nil
}
