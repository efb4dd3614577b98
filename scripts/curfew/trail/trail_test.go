package trail

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFilesAreInTheOrderOfTheirTimes(t *testing.T) {
	dir := t.TempDir()
	const eu, us = "eu/1_CloudTrail_eu-west-1_20261129T1005Z_x.json.gz", "us/1_CloudTrail_us-east-1_20261129T1000Z_y.json.gz"
	for _, name := range []string{eu, us, "z.jsonl", "notes.txt", "given.log"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("{}"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(dir, filepath.Join(dir, "eu", "again")); err != nil { // a circle of links is not walked
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	for _, root := range []string{dir, link} {
		files, err := Files([]string{root, filepath.Join(dir, "given.log"), filepath.Join(root, "z.jsonl")})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range files {
			got = append(got, strings.TrimPrefix(strings.TrimPrefix(f.Path, root+"/"), dir+"/"))
		}
		if want := "given.log z.jsonl " + us + " " + eu; strings.Join(got, " ") != want {
			t.Errorf("%s: %s, want %s", root, strings.Join(got, " "), want)
		}
	}
}
