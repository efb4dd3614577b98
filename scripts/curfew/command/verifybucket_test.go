package command_test

import (
	"encoding/xml"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"curfew/scripts/curfew/command"
)

// bucket answers for S3 with the files of a folder under the prefix "logs/", and an older version of one of them.
type bucket struct {
	folder string
	older  string // name
}

func (b bucket) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	if !r.URL.Query().Has("versions") {
		_, name, _ := strings.Cut(r.URL.Path, "logs/")
		if data, err := os.ReadFile(filepath.Join(b.folder, name)); err == nil {
			_, _ = w.Write(data)
		} else {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `<Error><Code>NoSuchKey</Code></Error>`)
		}
		return w.Result(), nil
	}
	fmt.Fprint(w, `<ListVersionsResult><IsTruncated>false</IsTruncated><Version><Key>other/file</Key><VersionId>1</VersionId><IsLatest>true</IsLatest></Version>`)
	err := filepath.WalkDir(b.folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(b.folder, path)
		fmt.Fprint(w, `<Version><Key>logs/`)
		_ = xml.EscapeText(w, []byte(name))
		fmt.Fprint(w, `</Key><VersionId>1</VersionId><IsLatest>true</IsLatest></Version>`)
		return nil
	})
	if b.older != "" {
		fmt.Fprintf(w, `<Version><Key>logs/%s</Key><VersionId>0</VersionId><IsLatest>false</IsLatest></Version>`, b.older)
	}
	fmt.Fprint(w, `</ListVersionsResult>`)
	return w.Result(), err
}

func TestABucketIsVerifiedWithItsVersions(t *testing.T) {
	f := newLogFolder(t)
	t.Setenv("AWS_CA_BUNDLE", "") // the transport is not one that the SDK can change
	for name, value := range asRole {
		t.Setenv(name, value)
	}
	for older, want := range map[string]int{"": command.OK, "checkpoint": command.OK, "tile/0/000.p/5": command.EvidenceFails} {
		f.transport = bucket{"log", older}
		if r := f.tells("verify s3://curfew-log/logs --key log.vkey"); r.code != want || older == "tile/0/000.p/5" && !strings.Contains(r.stdout, "tile/0/000.p/5: was written or deleted again") {
			t.Errorf("with an older version of %q: %+v", older, r)
		}
	}
	f.transport = bucket{"none", ""}
	if r := f.tells("verify s3://curfew-log --key log.vkey"); r.code == command.OK {
		t.Errorf("an empty bucket: %+v", r)
	}
}
