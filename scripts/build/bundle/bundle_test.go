package bundle

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
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
