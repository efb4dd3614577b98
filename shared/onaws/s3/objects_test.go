package s3

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // S3's ETag
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"curfew/shared/evidence/log"
	"curfew/shared/evidence/log/logtest"
	"curfew/shared/fault"
	"curfew/shared/onaws/emulated"
)

// bucket is a versioned bucket with one version for each object, and answers that a test sets.
type bucket struct {
	ObjectsClient
	mu      sync.Mutex
	objects map[string][]byte
	puts    []*s3.PutObjectInput
	answers []string // error codes of the next writes; "": none
	large   bool
}

func newBucket() *bucket { return &bucket{objects: map[string][]byte{}} }

func etag(data []byte) string { return fmt.Sprintf("%q", fmt.Sprintf("%x", md5.Sum(data))) } //nolint:gosec // S3's ETag

func (b *bucket) GetObject(_ context.Context, in *s3.GetObjectInput, _ ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	data, there := b.objects[*in.Key]
	if !there {
		return nil, &types.NoSuchKey{}
	}
	var body io.Reader = bytes.NewReader(data)
	if b.large {
		body = io.LimitReader(zeros{}, maxObject+2)
	}
	return &s3.GetObjectOutput{Body: io.NopCloser(body), ETag: aws.String(etag(data))}, nil
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func (b *bucket) PutObject(_ context.Context, in *s3.PutObjectInput, _ ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.puts = append(b.puts, in)
	if len(b.answers) > 0 {
		code := b.answers[0]
		b.answers = b.answers[1:]
		if code != "" {
			return nil, &smithy.GenericAPIError{Code: code}
		}
	}
	was, there := b.objects[*in.Key]
	if (in.IfNoneMatch != nil && there) || (in.IfMatch != nil && there && *in.IfMatch != etag(was)) {
		return nil, &smithy.GenericAPIError{Code: "PreconditionFailed"}
	}
	if in.IfMatch != nil && !there {
		return nil, &types.NoSuchKey{}
	}
	data, _ := io.ReadAll(in.Body)
	b.objects[*in.Key] = data
	return &s3.PutObjectOutput{}, nil
}

// checkObjects holds any client to what [log.Objects] says.
func checkObjects(t *testing.T, o *Objects) {
	ctx := t.Context()
	wants := func(err error, kind fault.Kind) {
		t.Helper()
		if fault.KindOf(err) != kind {
			t.Errorf("%v, want %s", err, kind)
		}
	}
	const tile = "tile/0/x001/234"
	must(t, o.Create(ctx, tile, []byte("one")))
	must(t, o.Create(ctx, tile, []byte("one")))
	wants(o.Create(ctx, tile, []byte("two")), fault.Conflict)
	if data, _, err := o.Read(ctx, tile); err != nil || string(data) != "one" {
		t.Errorf("read %q, %v", data, err)
	}
	_, _, err := o.Read(ctx, log.CheckpointName)
	wants(err, fault.NotFound)
	wants(o.Replace(ctx, log.CheckpointName, []byte("a"), etag([]byte("x"))), fault.Conflict)
	must(t, o.Replace(ctx, log.CheckpointName, []byte("a"), ""))
	wants(o.Replace(ctx, log.CheckpointName, []byte("b"), ""), fault.Conflict)
	_, tag, err := o.Read(ctx, log.CheckpointName)
	must(t, err)
	must(t, o.Replace(ctx, log.CheckpointName, []byte("b"), tag))
	wants(o.Replace(ctx, log.CheckpointName, []byte("c"), tag), fault.Conflict)
}

func TestObjectsPassTheContract(t *testing.T) {
	logtest.Objects(t, func(*testing.T) log.Objects { return &Objects{newBucket(), "log"} })
}

func TestObjectsAreWrittenOnceAndTheCheckpointIsReplaced(t *testing.T) {
	b := newBucket()
	checkObjects(t, &Objects{b, "log"})
	for _, p := range b.puts {
		if (p.IfNoneMatch == nil) == (p.IfMatch == nil) || p.ChecksumSHA256 == nil {
			t.Errorf("%s was written without a condition or checksum", *p.Key)
		}
		if want := map[bool]string{true: "text/plain; charset=utf-8", false: "application/octet-stream"}[*p.Key == log.CheckpointName]; *p.ContentType != want {
			t.Errorf("%s has the type %s, want %s", *p.Key, *p.ContentType, want)
		}
	}
}

// TestAWriteThatMeetsAnotherIsTriedAgain: S3 answers 409 to one of two writes at the same time.
func TestAWriteThatMeetsAnotherIsTriedAgain(t *testing.T) {
	b := newBucket()
	o := &Objects{b, "log"}
	b.answers = []string{"ConditionalRequestConflict", ""}
	must(t, o.Create(t.Context(), "tile/0/000", []byte("one")))
	b.answers = []string{"ConditionalRequestConflict"}
	must(t, o.Create(t.Context(), "tile/0/000", []byte("one"))) // the other write has the same bytes
	for code, want := range map[string]fault.Kind{
		"ConditionalRequestConflict": fault.Transient, "SlowDown": fault.Transient, "AccessDenied": fault.Internal, "NoSuchBucket": fault.Internal,
	} {
		b.answers = []string{code, code, code}
		if err := o.Create(t.Context(), "tile/0/001", []byte("one")); fault.KindOf(err) != want {
			t.Errorf("%s: %v, want %s", code, err, want)
		}
		b.answers = nil
	}
}

func TestALargeObjectIsNotReadWhole(t *testing.T) {
	b := newBucket()
	b.objects["tile/0/000"], b.large = nil, true
	if _, _, err := (&Objects{b, "log"}).Read(t.Context(), "tile/0/000"); fault.KindOf(err) != fault.Internal {
		t.Error(err)
	}
}

// pages is S3's API with two pages of versions.
type pages struct{ asked []string }

func (p *pages) Do(r *http.Request) (*http.Response, error) {
	q := r.URL.Query()
	p.asked = append(p.asked, q.Get("key-marker")+"@"+q.Get("version-id-marker"))
	body := `<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>a</NextKeyMarker><NextVersionIdMarker>v1</NextVersionIdMarker>` +
		`<Version><Key>a</Key><VersionId>v1</VersionId><IsLatest>false</IsLatest><ETag>"e"</ETag><Size>7</Size><LastModified>2026-11-05T10:00:00.000Z</LastModified></Version></ListVersionsResult>`
	if len(p.asked) > 1 {
		body = `<ListVersionsResult><IsTruncated>false</IsTruncated><DeleteMarker><Key>a</Key><VersionId>v2</VersionId><IsLatest>true</IsLatest>` +
			`<LastModified>2026-11-05T11:00:00.000Z</LastModified></DeleteMarker></ListVersionsResult>`
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func TestAllVersionsAndDeleteMarkersAreListed(t *testing.T) {
	p := &pages{}
	cfg := aws.Config{Region: "eu-central-1", HTTPClient: p, Credentials: aws.AnonymousCredentials{}}
	var got []string
	must(t, NewObjects(cfg, "log-bucket").Versions(t.Context(), func(v Version) error {
		got = append(got, fmt.Sprintf("%s@%s latest=%t deleted=%t %d %s %s", v.Name, v.ID, v.Latest, v.Deleted, v.Size, v.ETag, v.Modified.Format("15:04")))
		return nil
	}))
	want := `a@v1 latest=false deleted=false 7 "e" 10:00|a@v2 latest=true deleted=true 0  11:00`
	if text := strings.Join(got, "|"); text != want || strings.Join(p.asked, " ") != "@ a@v1" {
		t.Errorf("%s\nwant %s\nasked %q", text, want, p.asked)
	}
}

func TestObjectsOnS3(t *testing.T) {
	cfg := emulated.Config(t, "S3")
	name := emulated.Unique("curfew-log")
	client := s3.NewFromConfig(cfg)
	_, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name, ObjectLockEnabledForBucket: aws.Bool(true)})
	must(t, err)
	logtest.Objects(t, func(t *testing.T) log.Objects {
		other := emulated.Unique("curfew-log")
		_, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &other})
		must(t, err)
		return NewObjects(cfg, other)
	})
	o := NewObjects(cfg, name)
	checkObjects(t, o)
	_, err = client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &name, Key: aws.String(log.CheckpointName)})
	must(t, err)
	kept := map[string]int{}
	must(t, o.Versions(t.Context(), func(v Version) error {
		if v.Deleted {
			kept["deleted"]++
			return nil
		}
		data, err := o.ReadVersion(t.Context(), v.Name, v.ID)
		kept[v.Name+"="+string(data)]++
		return err
	}))
	if fmt.Sprint(kept) != "map[checkpoint=a:1 checkpoint=b:1 deleted:1 tile/0/x001/234=one:1]" {
		t.Error(kept)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
