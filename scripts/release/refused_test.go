package main

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/pem"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

func TestCommandLinesRefused(t *testing.T) {
	for line, want := range map[string]string{
		"":                             "give a version such as v0.1.0",
		"-version 0.1.0 -out x":        "give a version such as v0.1.0",
		"-version v0.1 -out x":         "give a version such as v0.1.0",
		"-version v0.1.0+build -out x": "give a version such as v0.1.0",
		"-version v0.1.0":              "-out is missing",
		"-version v0.1.0 -out x more":  `"more" is no flag`,
		"-check x":                     "-check needs -allowed-signers",
		"-check x -verify":             "it makes nothing",
		"-version v0.1.0 -signer ana":  "go with -check",
		"-version v0.1.0 -out x -platforms plan9/arm64":             `-platforms has "plan9/arm64"`,
		"-version v0.1.0 -out x -platforms linux/arm64,linux/arm64": `-platforms has "linux/arm64"`,
	} {
		var errs strings.Builder
		if code := run(t.Context(), strings.Fields(line), &errs, &errs); code != 2 || !strings.Contains(errs.String(), want) {
			t.Errorf("%q: exit %d, %q, want 2 and %q", line, code, &errs, want)
		}
	}
	dir := t.TempDir()
	var errs strings.Builder
	if code := run(t.Context(), []string{"-version", "v0.1.0", "-out", dir}, &errs, &errs); code != 1 || !strings.Contains(errs.String(), dir+" exists already") {
		t.Errorf("exit %d, %q, want a folder that exists refused", code, &errs)
	}
}

func TestSourcesRefused(t *testing.T) {
	root := t.TempDir()
	if _, err := readSourceIn(t.Context(), root, "v0.1.0"); err == nil || !strings.Contains(err.Error(), "is no git clone") {
		t.Errorf("error = %v", err)
	}
	do := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", root, "-c", "user.name=ana", "-c", "user.email=ana@example.com"}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_COMMITTER_DATE=2026-11-30T12:00:00Z")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v: %s", args, err, out)
		}
	}
	do("init", "-q")
	writeFile(t, filepath.Join(root, "a"), []byte("one"))
	if err := os.Mkdir(filepath.Join(root, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(root, "folder", "b"), []byte("two"))
	do("add", "-A")
	do("commit", "-q", "-m", "one")
	do("tag", "v0.1.0")
	s, err := readSourceIn(t.Context(), root, "v0.1.0")
	if err != nil || !s.at.Equal(commit.at) || len(s.revision) != 40 {
		t.Fatalf("%+v, %v", s, err)
	}
	writeFile(t, filepath.Join(root, "a"), []byte("changed"))
	if _, err := readSourceIn(t.Context(), root, "v0.1.0"); err == nil || !strings.Contains(err.Error(), "the tree has changes (M a)") {
		t.Errorf("error = %v, want the change named", err)
	}
	// A second build is of the commit, not of the folder.
	dir := t.TempDir()
	elsewhere, err := s.copyTo(t.Context(), dir)
	if err != nil || elsewhere.root != dir {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a": "one", "folder/b": "two"} {
		if b, err := os.ReadFile(filepath.Join(dir, name)); string(b) != want || err != nil {
			t.Errorf("%s = %q, %v, want %q", name, b, err, want)
		}
	}
	do("commit", "-q", "-a", "-m", "two")
	if _, err := readSourceIn(t.Context(), root, "v0.1.0"); err == nil || !strings.Contains(err.Error(), "the tag v0.1.0 is of the commit "+s.revision[:12]) {
		t.Errorf("error = %v, want another commit of the tag refused", err)
	}
	if _, err := readSourceIn(t.Context(), root, "v0.2.0"); err != nil {
		t.Errorf("without a tag: %v", err)
	}
}

func TestKeysRefused(t *testing.T) {
	good, _ := newKey(t, 1)
	root := t.TempDir()
	b, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(root, "key"), b)
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(other, "")
	if err != nil {
		t.Fatal(err)
	}
	kinds := t.TempDir()
	writeFile(t, filepath.Join(kinds, "ecdsa"), pem.EncodeToMemory(block))
	writeFile(t, filepath.Join(kinds, "text"), []byte("no key"))
	writeFile(t, filepath.Join(kinds, "large"), make([]byte, mostKey+1))
	for file, want := range map[string]string{
		filepath.Join(root, "key"):     "is in the repository",
		filepath.Join(kinds, "absent"): "make one with ssh-keygen -t ed25519",
		filepath.Join(kinds, "ecdsa"):  "is a key of type ecdsa-sha2-nistp256",
		filepath.Join(kinds, "text"):   "give a private key of ssh-keygen",
		filepath.Join(kinds, "large"):  "is no key",
		kinds:                          "is no key",
	} {
		if _, err := loadSigner(file, root, noVariables); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error = %v, want %q in it", file, err, want)
		}
	}
	if runtime.GOOS == "windows" {
		return
	}
	if err := os.Chmod(good, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := loadSigner(good, root, noVariables); err == nil || !strings.Contains(err.Error(), "has mode 0640") {
		t.Errorf("error = %v, want a key that others read refused", err)
	}
}

// TestAKeyWithAPassphraseIsThatOfTheAgent: this command never asks for a passphrase.
func TestAKeyWithAPassphraseIsThatOfTheAgent(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("ssh-agent of Windows has no socket")
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKeyWithPassphrase(private, "", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "key")
	writeFile(t, file, pem.EncodeToMemory(block))
	writeFile(t, file+".pub", ssh.MarshalAuthorizedKey(key))
	if _, err := loadSigner(file, t.TempDir(), noVariables); err == nil || !strings.Contains(err.Error(), "SSH_AUTH_SOCK is not set") {
		t.Errorf("error = %v", err)
	}
	short, err := os.MkdirTemp("", "agent") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(short) })
	socket := filepath.Join(short, "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	ring := agent.NewKeyring()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(ring, conn) }()
		}
	}()
	withAgent := func(name string) string {
		if name == "SSH_AUTH_SOCK" {
			return socket
		}
		return ""
	}
	if _, err := loadSigner(file, t.TempDir(), withAgent); err == nil || !strings.Contains(err.Error(), "does not have the key SHA256:") {
		t.Errorf("error = %v", err)
	}
	if err := ring.Add(agent.AddedKey{PrivateKey: &private}); err != nil {
		t.Fatal(err)
	}
	allowed := allowedSigners{{"ana", key}}
	for _, f := range []string{file, file + ".pub"} {
		s, err := loadSigner(f, t.TempDir(), withAgent)
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		b, err := sign(s, []byte("sums"))
		if err != nil {
			t.Fatal(err)
		}
		if by, err := allowed.verify([]byte("sums"), b, "ana"); err != nil || by.name != "ana" {
			t.Errorf("%s: %v, %v", f, by, err)
		}
		if _, err := allowed.verify([]byte("other sums"), b, ""); err == nil {
			t.Error("a signature of other sums is accepted")
		}
	}
}
