package logkeep_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"curfew/scripts/curfew/logkeep"
	"curfew/shared/evidence/log"
	"curfew/shared/fault"
	onawss3 "curfew/shared/onaws/s3"
)

// stored is a version in a fake bucket; nil data: a delete marker.
type stored struct {
	name, id string
	data     []byte
	held     bool
}

// fake is a bucket with versions, in pages of three.
type fake struct {
	onawss3.ObjectsClient
	all   []*stored // by name, the newest of a name first
	calls int
	fails int // the call that fails; 0: none
}

func newFake() *fake {
	f := &fake{}
	for i := range 10 {
		f.all = append(f.all, &stored{name: fmt.Sprintf("tile/entries/%03d", i), id: fmt.Sprint("e", i), data: bytes.Repeat([]byte{byte(i)}, 100+i)})
	}
	f.all = append(f.all,
		&stored{name: "checkpoint", id: "3", data: []byte("newest")}, &stored{name: "checkpoint", id: "2", data: []byte("older")}, &stored{name: "checkpoint", id: "a/b", data: []byte("oldest")},
		&stored{name: "hidden", id: "m"}, &stored{name: "hidden", id: "h", data: []byte("what was hidden")})
	slices.SortStableFunc(f.all, func(a, b *stored) int { return strings.Compare(a.name, b.name) })
	return f
}

func (f *fake) called() error {
	if f.calls++; f.calls == f.fails {
		return errors.New("connection reset")
	}
	return nil
}

func (f *fake) ListObjectVersions(_ context.Context, in *s3.ListObjectVersionsInput, _ ...func(*s3.Options)) (*s3.ListObjectVersionsOutput, error) {
	out := &s3.ListObjectVersionsOutput{}
	if err := f.called(); err != nil {
		return nil, err
	}
	n, last := 0, ""
	for i, v := range f.all {
		after := v.name > aws.ToString(in.KeyMarker)
		if v.name == aws.ToString(in.KeyMarker) && in.VersionIdMarker != nil {
			after = i > slices.IndexFunc(f.all, func(o *stored) bool { return o.name == v.name && o.id == *in.VersionIdMarker })
		}
		if !after {
			last = v.name
			continue
		}
		if n++; n > 3 {
			out.IsTruncated, out.NextKeyMarker, out.NextVersionIdMarker = aws.Bool(true), &f.all[i-1].name, &f.all[i-1].id
			return out, nil
		}
		latest := aws.Bool(v.name != last)
		if last = v.name; v.data == nil {
			out.DeleteMarkers = append(out.DeleteMarkers, types.DeleteMarkerEntry{Key: &v.name, VersionId: &v.id, IsLatest: latest})
			continue
		}
		out.Versions = append(out.Versions, types.ObjectVersion{Key: &v.name, VersionId: &v.id, IsLatest: latest, Size: aws.Int64(int64(len(v.data)))})
	}
	return out, nil
}

func (f *fake) GetObject(_ context.Context, in *s3.GetObjectInput, _ ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	if err := f.called(); err != nil {
		return nil, err
	}
	for _, v := range f.all {
		if v.name == *in.Key && (in.VersionId == nil || v.id == *in.VersionId) && v.data != nil {
			return &s3.GetObjectOutput{Body: io.NopCloser(bytes.NewReader(v.data))}, nil
		}
	}
	return nil, &types.NoSuchKey{}
}

func (f *fake) PutObjectLegalHold(_ context.Context, in *s3.PutObjectLegalHoldInput, _ ...func(*s3.Options)) (*s3.PutObjectLegalHoldOutput, error) {
	if err := f.called(); err != nil {
		return nil, err
	}
	for _, v := range f.all {
		if v.name == *in.Key && v.id == *in.VersionId && v.data != nil {
			v.held = in.LegalHold.Status == types.ObjectLockLegalHoldStatusOn
			return &s3.PutObjectLegalHoldOutput{}, nil
		}
	}
	return nil, errors.New("MethodNotAllowed")
}

func (f *fake) held() (n int) {
	for _, v := range f.all {
		if v.held {
			n++
		}
	}
	return n
}

func TestHoldIsOfEveryVersionAndGoesOnWhereItStopped(t *testing.T) {
	f := newFake()
	b := logkeep.Bucket{Objects: &onawss3.Objects{Client: f, Bucket: "log"}, Holds: f}
	quiet := func(logkeep.HoldResult) {}
	if done, err := b.SetHold(t.Context(), true, true, "", quiet); err != nil || done.Versions != 14 || done.Markers != 1 || f.held() != 0 {
		t.Fatalf("dry run: %+v, %v, %d held", done, err, f.held())
	}
	f.calls, f.fails = 0, 9
	done, err := b.SetHold(t.Context(), true, false, "", quiet)
	if err == nil || f.held() == 0 || f.held() == 14 {
		t.Fatalf("%+v, %v, %d held", done, err, f.held())
	}
	before := f.held()
	again, err := b.SetHold(t.Context(), true, false, done.After, quiet)
	if err != nil || f.held() != 14 || again.Versions > 14-int64(before)+3 {
		t.Errorf("on after %q: %+v, %v, %d held", done.After, again, err, f.held())
	}
	if _, err := b.SetHold(t.Context(), false, false, "", quiet); err != nil || f.held() != 0 {
		t.Errorf("off: %v, %d held", err, f.held())
	}
}

func TestExportHasEveryVersionAndGoesOnAfterACrash(t *testing.T) {
	f, dir := newFake(), filepath.Join(t.TempDir(), "log")
	b := logkeep.Bucket{Objects: &onawss3.Objects{Client: f, Bucket: "log"}, Holds: f}
	quiet := func(logkeep.ExportResult) {}
	f.fails = 8
	first, err := b.Export(t.Context(), dir, quiet)
	if err == nil || first.Copied == 0 {
		t.Fatalf("%+v, %v, want a failure in between", first, err)
	}
	done, err := b.Export(t.Context(), dir, quiet)
	if err != nil || done.Versions != 14 || done.Older != 3 || done.Markers != 1 || done.Copied != 14-first.Copied {
		t.Errorf("%+v, %v after %+v", done, err, first)
	}
	for path, want := range map[string]string{
		"checkpoint": "newest", "../log.versions/checkpoint/2": "older", "../log.versions/checkpoint/a%2Fb": "oldest", "../log.versions/hidden/h": "what was hidden",
	} {
		if got, err := os.ReadFile(filepath.Join(dir, path)); err != nil || string(got) != want {
			t.Errorf("%s has %q, %v", path, got, err)
		}
	}
	if data, _, err := (&log.Folder{Path: dir}).Read(t.Context(), "tile/entries/007"); err != nil || len(data) != 107 {
		t.Errorf("a tile: %d bytes, %v", len(data), err)
	}
	if _, err := os.Stat(filepath.Join(dir, "hidden")); !os.IsNotExist(err) {
		t.Errorf("an object behind a delete marker: %v", err)
	}
	list, err := os.ReadFile(filepath.Join(logkeep.OlderOf(dir), logkeep.ListName))
	if n := bytes.Count(list, []byte("\n")); err != nil || n != 15 || !bytes.Contains(list, []byte(`{"name":"hidden","version":"m","size":0,"latest":true,"deleted":true}`)) {
		t.Errorf("%d lines, %v: %s", n, err, list)
	}
	// A file that was changed is copied again.
	err = cmp.Or(os.Chmod(filepath.Join(dir, "checkpoint"), 0o600), os.WriteFile(filepath.Join(dir, "checkpoint"), []byte("Newest"), 0o600))
	if again, failed := b.Export(t.Context(), dir, quiet); err != nil || failed != nil || again.Copied != 1 {
		t.Errorf("again: %+v, %v, %v", again, err, failed)
	}
}

func TestExportWritesNothingOutsideItsFolder(t *testing.T) {
	names := []string{"../out", "/etc/out", "a//b", "a/../../out", "."}
	if runtime.GOOS == "windows" {
		names = append(names, `..\..\out`, `C:\out`, "NUL")
	}
	for _, name := range names {
		f := &fake{all: []*stored{{name: name, id: "1", data: []byte("x")}}}
		dir := filepath.Join(t.TempDir(), "log")
		if _, err := (logkeep.Bucket{Objects: &onawss3.Objects{Client: f, Bucket: "log"}, Holds: f}).Export(t.Context(), dir, func(logkeep.ExportResult) {}); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: %v", name, err)
		}
	}
}
