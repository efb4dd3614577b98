package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/scripts/build/bundle"

	"golang.org/x/crypto/ssh"
)

// small makes executables that are text.
type small struct{ suffix string }

func (m small) program(_ context.Context, p platform) (bundle.Executables, error) {
	if p.goos == "windows" {
		return bundle.Executables{"curfew.exe": []byte("windows " + p.arch)}, nil
	}
	return bundle.Executables{"curfew": []byte(p.String() + m.suffix)}, nil
}

func (small) functions(context.Context) (bundle.Executables, error) {
	return bundle.Executables{"api": []byte("api"), "revoke": []byte("revoke")}, nil
}

func (small) info([]byte) (*debug.BuildInfo, error) {
	return &debug.BuildInfo{GoVersion: "go1.26.8", Deps: []*debug.Module{{Path: "example.com/b", Version: "v1.2.3", Sum: "h1:b"}, {Path: "example.com/a", Version: "v0.1.0", Sum: "h1:a"}}}, nil
}

func (small) licence() ([]byte, error) { return []byte("licence"), nil }

func (small) notices(_ context.Context, modules []*debug.Module) ([]byte, error) {
	var names []string
	for _, m := range modules {
		names = append(names, m.Path)
	}
	return []byte(strings.Join(names, "\n")), nil
}

var commit = source{root: "/nowhere", revision: "0123456789abcdef0123456789abcdef01234567", at: time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)}

func assembled(t *testing.T, m maker) map[string][]byte {
	t.Helper()
	platforms, err := parsePlatforms("linux/amd64,windows/arm64")
	if err != nil {
		t.Fatal(err)
	}
	files, err := assemble(t.Context(), m, commit, "v0.1.0", platforms, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// newKey writes a private key, of a seed, and returns its file and its line of allowed signers.
func newKey(t *testing.T, seed byte) (file, allowed string) {
	t.Helper()
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	public, err := ssh.NewPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "key")
	writeFile(t, file, pem.EncodeToMemory(block))
	return file, "releaser " + string(ssh.MarshalAuthorizedKey(public))
}

func writeFile(t *testing.T, file string, b []byte) {
	t.Helper()
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// signed is a release in a folder, and the file of its allowed signers.
func signed(t *testing.T) (dir, allowed string) {
	t.Helper()
	file, line := newKey(t, 1)
	key, err := loadSigner(file, t.TempDir(), noVariables)
	if err != nil {
		t.Fatal(err)
	}
	files := assembled(t, small{})
	files[sumsFile] = writeSums(files)
	if files[signatureFile], err = sign(key, files[sumsFile]); err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(t.TempDir(), "releases", "v0.1.0")
	if err := writeFolder(dir, files); err != nil {
		t.Fatal(err)
	}
	allowed = filepath.Join(t.TempDir(), "allowed_signers")
	writeFile(t, allowed, []byte("# of the releaser\n\n"+line))
	return dir, allowed
}

func noVariables(string) string { return "" }

func TestTheSameReleaseHasTheSameBytes(t *testing.T) {
	files, out := assembled(t, small{}), &strings.Builder{}
	if err := same(files, assembled(t, small{}), out); err != nil || out.String() != "4 of 4 files have the same bytes\n" {
		t.Errorf("%q, %v", out, err)
	}
	out.Reset()
	err := same(files, assembled(t, small{"!"}), out)
	if err == nil || !strings.Contains(err.Error(), "curfew-v0.1.0-linux-amd64.tar.gz: two builds") || strings.Contains(err.Error(), "windows") || out.String() != "2 of 4 files have the same bytes\n" {
		t.Errorf("%q, %v, want the archive and the bill of materials named", out, err)
	}
}

func TestATarballTellsNothingOfItsMachine(t *testing.T) {
	z, err := gzip.NewReader(bytes.NewReader(assembled(t, small{})["curfew-v0.1.0-linux-amd64.tar.gz"]))
	if err != nil || z.Name != "" || !z.ModTime.IsZero() {
		t.Fatalf("gzip header %+v, %v", z.Header, err)
	}
	var got []string
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if !h.ModTime.Equal(commit.at) || h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.Gname != "" {
			t.Errorf("%+v", h)
		}
		got = append(got, h.FileInfo().Mode().String()+" "+h.Name+" "+string(b))
	}
	want := []string{
		"-rw-r--r-- curfew-v0.1.0-linux-amd64/LICENSE licence",
		"-rw-r--r-- curfew-v0.1.0-linux-amd64/THIRD-PARTY-LICENSES example.com/a\nexample.com/b",
		"-rwxr-xr-x curfew-v0.1.0-linux-amd64/curfew linux/amd64",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestTheBuildReadsTheFunctionsOfARelease(t *testing.T) {
	dir, _ := signed(t)
	made, err := bundle.Read(filepath.Join(dir, "curfew-v0.1.0-lambda-arm64.zip"))
	if err != nil || len(made) != 2 || string(made["revoke"]) != "revoke" {
		t.Errorf("%q, %v", made, err)
	}
}

// TestOthersVerifyARelease: as its documentation says, with the tools that everybody has.
func TestOthersVerifyARelease(t *testing.T) {
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		t.Skip("ssh-keygen is missing: install OpenSSH")
	}
	dir, allowed := signed(t)
	verify := func(namespace string) error {
		cmd := exec.CommandContext(t.Context(), "ssh-keygen", "-Y", "verify", "-f", allowed, "-I", "releaser", "-n", namespace, "-s", filepath.Join(dir, signatureFile))
		sums, err := os.ReadFile(filepath.Join(dir, sumsFile))
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stdin = bytes.NewReader(sums)
		out, err := cmd.CombinedOutput()
		t.Logf("%s", out)
		return err
	}
	if err := verify(namespace); err != nil {
		t.Errorf("ssh-keygen: %v", err)
	}
	if verify("file") == nil {
		t.Error("ssh-keygen accepts another namespace")
	}
	if _, err := exec.LookPath("sha256sum"); err == nil {
		cmd := exec.CommandContext(t.Context(), "sha256sum", "--strict", "-c", sumsFile)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("sha256sum: %v: %s", err, out)
		}
	}
}

// TestWeVerifyTheSignatureOfOthers: a release without -key is signed by ssh-keygen.
func TestWeVerifyTheSignatureOfOthers(t *testing.T) {
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		t.Skip("ssh-keygen is missing: install OpenSSH")
	}
	dir, allowed := signed(t)
	file, _ := newKey(t, 1)
	for in, want := range map[string]bool{namespace: true, "file": false} {
		if err := os.Remove(filepath.Join(dir, signatureFile)); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.CommandContext(t.Context(), "ssh-keygen", "-Y", "sign", "-f", file, "-n", in, filepath.Join(dir, sumsFile)).CombinedOutput(); err != nil {
			t.Fatalf("ssh-keygen: %v: %s", err, out)
		}
		if err := check(options{check: dir, allowed: allowed}, io.Discard); (err == nil) != want {
			t.Errorf("in the namespace %s: %v", in, err)
		}
	}
}

func TestCheckNamesTheChangedFile(t *testing.T) {
	dir, allowed := signed(t)
	var out strings.Builder
	if code := run(t.Context(), []string{"-check", dir, "-allowed-signers", allowed, "-signer", "releaser", "-version", "v0.1.0"}, &out, &out); code != 0 || !strings.Contains(out.String(), "the 4 files of v0.1.0 are those that releaser signed (SHA256:") {
		t.Fatalf("exit %d: %s", code, &out)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 6 {
		t.Fatalf("%v, %v", entries, err)
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		changed := bytes.Clone(whole)
		changed[len(changed)/2] ^= 1
		writeFile(t, path, changed)
		if err := check(options{check: dir, allowed: allowed}, io.Discard); err == nil || !strings.Contains(err.Error(), strings.TrimSuffix(e.Name(), ".sig")) {
			t.Errorf("%s: error = %v, want it named", e.Name(), err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := check(options{check: dir, allowed: allowed}, io.Discard); err == nil || !strings.Contains(err.Error(), strings.TrimSuffix(e.Name(), ".sig")) {
			t.Errorf("without %s: error = %v, want it named", e.Name(), err)
		}
		writeFile(t, path, whole)
	}
	writeFile(t, filepath.Join(dir, "install.sh"), nil)
	if err := check(options{check: dir, allowed: allowed}, io.Discard); err == nil || !strings.Contains(err.Error(), `"install.sh" is not in SHA256SUMS`) {
		t.Errorf("error = %v, want the file named", err)
	}
}

func TestCheckTrustsTheAllowedSignersAlone(t *testing.T) {
	dir, allowed := signed(t)
	_, other := newKey(t, 2)
	line, err := os.ReadFile(allowed)
	if err != nil {
		t.Fatal(err)
	}
	own := strings.TrimSpace(string(line[bytes.IndexByte(line, '\n')+2:]))
	key := strings.TrimPrefix(own, "releaser ")
	for _, c := range []struct{ text, signer, want string }{
		{own, "", ""},
		{other + own, "releaser", ""},
		{`releaser namespaces="curfew-release" ` + key, "", ""},
		{other, "", "not that of any allowed signer"},
		{own, "somebody", "not that of somebody"},
		{"# nothing\n", "", "it has no keys"},
		{key, "", "line 1 is not a name and a public key"},
		{"* " + key, "", "has a pattern"},
		{"releaser cert-authority " + key, "", `has the option "cert-authority"`},
		{`releaser namespaces="file" ` + key, "", "has the option"},
		{`releaser valid-before="20200101" ` + key, "", "has the option"},
	} {
		writeFile(t, allowed, []byte(c.text))
		err := check(options{check: dir, allowed: allowed, signer: c.signer}, io.Discard)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q by %q: error = %v, want %q in it", c.text, c.signer, err, c.want)
		}
	}
}

// TestAnOldReleaseIsNotTheNewOne: its signature is as good.
func TestAnOldReleaseIsNotTheNewOne(t *testing.T) {
	dir, allowed := signed(t)
	if err := check(options{check: dir, allowed: allowed, version: "v0.2.0"}, io.Discard); err == nil || !strings.Contains(err.Error(), "is the release v0.1.0, not v0.2.0") {
		t.Errorf("error = %v", err)
	}
}

func TestSumsLeadToNoOtherFolder(t *testing.T) {
	sum := strings.Repeat("0", 64)
	for _, text := range []string{"", sum + "  ../a\n", sum + "  /etc/passwd\n", sum + "  a/b\n", sum + " a\n", sum + "  a\n" + sum + "  a\n", sum + "  .a\n", sum + "  a\\b\n"} {
		if all, err := readSums([]byte(text)); err == nil {
			t.Errorf("%q: read as %v", text, all)
		}
	}
}

// TestALinkIsNoFileOfARelease: what it leads to can be changed after the check.
func TestALinkIsNoFileOfARelease(t *testing.T) {
	dir, allowed := signed(t)
	elsewhere := t.TempDir()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		path, moved := filepath.Join(dir, e.Name()), filepath.Join(elsewhere, e.Name())
		if err := os.Rename(path, moved); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(moved, path); err != nil {
			t.Skipf("this system makes no links: %v", err)
		}
		if err := check(options{check: dir, allowed: allowed}, io.Discard); err == nil || !strings.Contains(err.Error(), e.Name()+" is no regular file") {
			t.Errorf("%s: error = %v", e.Name(), err)
		}
		if err := errors.Join(os.Remove(path), os.Rename(moved, path)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAReleaseHasOneVersion: -version asks for all files, not for one of them.
func TestAReleaseHasOneVersion(t *testing.T) {
	one, two := "curfew-v0.1.0-"+materials, "curfew-v0.2.0-"+materials
	for _, c := range []struct {
		names []string
		want  string
	}{
		{[]string{one, "curfew-v0.1.0-linux-amd64.tar.gz"}, "v0.1.0"},
		{[]string{one, two}, ""},
		{[]string{two, "curfew-v0.1.0-linux-amd64.tar.gz"}, ""},
		{[]string{two, "install.sh"}, ""},
		{[]string{"curfew-v0.1.0-linux-amd64.tar.gz"}, ""},
	} {
		sums := map[string]string{}
		for _, name := range c.names {
			sums[name] = "0"
		}
		if version, err := versionOf(sums); version != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q: %q, %v", c.names, version, err)
		}
	}
}
