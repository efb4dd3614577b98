package bundle

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestAZipHasTheSameBytes(t *testing.T) {
	files := map[string][]byte{"bootstrap": []byte(strings.Repeat("a", 1000)), "catalog/a.json": []byte("{}"), "catalog/b.json": []byte("{}")}
	first, err := Zip(files, Mode)
	if err != nil || len(first) == 0 || len(first) > 1000 {
		t.Fatalf("size = %d, %v", len(first), err)
	}
	for range 5 {
		if again, err := Zip(files, Mode); !bytes.Equal(again, first) || err != nil {
			t.Errorf("%d other bytes, %v", len(again), err)
		}
	}
	r, err := zip.NewReader(bytes.NewReader(first), int64(len(first)))
	if err != nil || len(r.File) != 3 || r.File[0].Mode().Perm() != 0o755 || r.File[1].Mode().Perm() != 0o644 {
		t.Errorf("%v, %v, want an executable bootstrap first", r, err)
	}
}

func TestTheFunctionsOfAReleaseAreRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f.zip")
	for _, c := range []struct{ path, want string }{
		{"api/bootstrap", ""},
		{"../api/bootstrap", "has no functions"},
		{"API/bootstrap", "is no function"},
		{"LICENSE", "has no functions"},
	} {
		b, err := Zip(map[string][]byte{c.path: []byte("code")}, Mode)
		if err == nil {
			err = os.WriteFile(file, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		made, err := Read(file)
		if c.want == "" && (err != nil || string(made["api"]) != "code" || len(made) != 1) {
			t.Errorf("%s: %q, %v", c.path, made, err)
		}
		if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: error = %v, want %q in it", c.path, err, c.want)
		}
	}
}

// TestAFunctionComesOnce: another reader would take the other one.
func TestAFunctionComesOnce(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for range 2 {
		if _, err := z.Create("api/bootstrap"); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "f.zip")
	if err := errors.Join(z.Close(), os.WriteFile(file, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	if made, err := Read(file); err == nil {
		t.Errorf("it is read as %d functions", len(made))
	}
}

// TestTheBytesDependOnTheSourceAlone: from two folders, with the version by name.
func TestTheBytesDependOnTheSourceAlone(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles: not with -short")
	}
	var first []byte
	for range 2 {
		root := t.TempDir()
		for name, text := range map[string]string{
			"go.mod":          "module curfew\n\ngo 1.26.0\n",
			"command/main.go": "package main\n\nvar version = \"dev\"\n\nfunc main() { println(version) }\n",
		} {
			path := filepath.Join(root, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		made, err := Compiler{Root: root, GOOS: runtime.GOOS, Arch: runtime.GOARCH, Errs: os.Stderr}.Program(t.Context(), "./command", []string{"main.version=v0.1.0"})
		if err != nil || len(made) != 1 {
			t.Fatalf("%d executables, %v", len(made), err)
		}
		for name, b := range made {
			if first == nil {
				first = b
			}
			if !bytes.Equal(b, first) || bytes.Contains(b, []byte(root)) {
				t.Error("the bytes are others, or tell the folder")
			}
			file := filepath.Join(root, "run-"+name)
			if err := os.WriteFile(file, b, 0o700); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.CommandContext(t.Context(), file).CombinedOutput(); string(out) != "v0.1.0\n" || err != nil {
				t.Errorf("it prints %q, %v", out, err)
			}
		}
	}
}
