package cloudtrail

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"curfew/shared/access"
	"curfew/shared/correlate"
	"curfew/shared/fault"
	"curfew/shared/onaws"
	"curfew/shared/record"
)

const account = "111122223333"

func day() time.Time { return time.Date(2026, 11, 5, 23, 30, 0, 0, time.UTC) }

// logName is a log file's name as CloudTrail forms it.
func logName(folder, account, region, day, unique string) string {
	return fmt.Sprintf("%s%s/CloudTrail/%s/%s/%s_CloudTrail_%s_%sT2335Z_%s.json.gz",
		folder, account, region, day, account, region, strings.ReplaceAll(day, "/", ""), unique)
}

func TestTheFolderOfATrailIsRead(t *testing.T) {
	for trail, want := range map[string]Files{
		"s3://logs/AWSLogs":                          {Bucket: "logs", Folder: "AWSLogs/"},
		"s3://logs/a/b/AWSLogs/o-abc1234567":         {Bucket: "logs", Folder: "a/b/AWSLogs/o-abc1234567/"},
		"s3://org.logs/AWSLogs/AWSLogs/o-a1b2c3d4e5": {Bucket: "org.logs", Folder: "AWSLogs/AWSLogs/o-a1b2c3d4e5/"},
		"": {},
	} {
		if got := New(aws.Config{}, onaws.FilesConfig{Trail: trail}); got.Bucket != want.Bucket || got.Folder != want.Folder {
			t.Errorf("%q: bucket %q, folder %q, want %q, %q", trail, got.Bucket, got.Folder, want.Bucket, want.Folder)
		}
	}
}

// Every page of every Region of one account and day, and nothing else, by itself or under an organization.
func TestTheLogFilesOfADayAreListedOfAllRegions(t *testing.T) {
	for _, folder := range []string{"AWSLogs/", "audit/AWSLogs/o-abc1234567/"} {
		f := &fakeS3{objects: map[string][]byte{}}
		var want []string
		for _, region := range []string{"eu-west-1", "us-east-1", "us-gov-east-1"} {
			for i := range 5 {
				want = append(want, logName(folder, account, region, "2026/11/05", fmt.Sprintf("Unique%010d", i)))
			}
		}
		others := []string{
			logName(folder, account, "eu-west-1", "2026/11/04", "aaaaaaaaaaaaaaaa"),
			logName(folder, "444455556666", "eu-west-1", "2026/11/05", "aaaaaaaaaaaaaaaa"),
			logName("other/"+folder, account, "eu-west-1", "2026/11/05", "aaaaaaaaaaaaaaaa"),
			folder + account + "/CloudTrail-Digest/eu-west-1/2026/11/05/" + account + "_CloudTrail-Digest_eu-west-1_t_eu-west-1_20261105T233500Z.json.gz",
			folder + account + "/CloudTrail-Insight/eu-west-1/2026/11/05/" + account + "_CloudTrail-Insight_eu-west-1_20261105T2335Z_aaaaaaaaaaaaaaaa.json.gz",
			folder + account + "/CloudTrail/eu-west-1/2026/11/05/notes.txt",
			folder + account + "/CloudTrail/notes.txt",
			folder + account + "/CloudTrail/NOT A REGION/2026/11/05/notes.txt",
			logName(folder, account, "eu-west-1", "2026/11/05", "aaaaaaaaaaaaaaaa") + ".tmp",
			strings.Replace(want[0], account+"_CloudTrail_", "444455556666_CloudTrail_", 1), // an account that its folder is not of
		}
		for _, name := range slices.Concat(want, others) {
			f.objects[name] = nil
		}
		got, err := Files{Client: f, Bucket: "logs", Folder: folder}.List(t.Context(), account, day())
		must(t, err)
		if !slices.Equal(got, want) {
			t.Errorf("%s: listed %q, want %q", folder, got, want)
		}
		if f.pages < 3*3 {
			t.Errorf("%s: %d pages, want more than one of each Region", folder, f.pages)
		}
	}
}

func TestAFileIsOpenedOnlyIfItIsALogWithinTheBound(t *testing.T) {
	name := logName("AWSLogs/", account, "us-east-1", "2026/11/05", "aaaaaaaaaaaaaaaa")
	f := &fakeS3{objects: map[string][]byte{name: []byte("gzip"), "AWSLogs/secret": nil}}
	files := Files{Client: f, Bucket: "logs", Folder: "AWSLogs/"}
	body, err := files.Open(t.Context(), name)
	must(t, err)
	if got, err := io.ReadAll(body); err != nil || string(got) != "gzip" {
		t.Errorf("read %q, %v", got, err)
	}
	_, absent := files.Open(t.Context(), strings.Replace(name, "aaaa", "bbbb", 1))
	_, another := files.Open(t.Context(), "AWSLogs/secret")
	f.large = maxFile + 1
	_, large := files.Open(t.Context(), name)
	for what, c := range map[string]struct {
		err  error
		want fault.Kind
	}{"absent": {absent, fault.NotFound}, "not a log": {another, fault.Invalid}, "too large": {large, fault.Invalid}} {
		if got := fault.KindOf(c.err); got != c.want {
			t.Errorf("%s: %v (%s), want %s", what, c.err, got, c.want)
		}
	}
}

func TestWhatS3RefusesHasItsKind(t *testing.T) {
	name := logName("AWSLogs/", account, "us-east-1", "2026/11/05", "aaaaaaaaaaaaaaaa")
	for _, c := range []struct {
		err  error
		want fault.Kind
	}{
		{errors.New("connection reset"), fault.Transient},
		{&smithy.GenericAPIError{Code: "SlowDown"}, fault.Transient},
		{&smithy.GenericAPIError{Code: "AccessDenied"}, fault.Internal},
		{&smithy.GenericAPIError{Code: "NoSuchBucket"}, fault.Internal},
		{&smithy.GenericAPIError{Code: "PermanentRedirect"}, fault.Internal},
	} {
		files := Files{Client: &fakeS3{err: c.err}, Bucket: "logs", Folder: "AWSLogs/"}
		_, listed := files.List(t.Context(), account, day())
		_, opened := files.Open(t.Context(), name)
		for _, err := range []error{listed, opened} {
			if got := fault.KindOf(err); got != c.want {
				t.Errorf("error = %v (%s), want %s", err, got, c.want)
			}
		}
	}
}

// emptyStore has no rows.
type emptyStore struct{ record.Store }

func (emptyStore) Partition(context.Context, record.Table, string, string) ([]record.Row, error) {
	return nil, nil
}

// A pass without a trail is an error, so its alarm cannot see a heartbeat.
func TestOnlyAPassWithATrailBeats(t *testing.T) {
	for _, c := range []struct {
		files Files
		beats bool
	}{{Files{}, false}, {Files{Client: &fakeS3{}, Bucket: "logs", Folder: "AWSLogs/"}, true}} {
		var out bytes.Buffer
		f := &onaws.Function{Log: onaws.NewLog(io.Discard, "backfill"), Metrics: &onaws.Metrics{Out: &out, Installation: "curfew", Function: "backfill", Now: day}}
		none := correlate.New(&access.Service{Base: record.Base{Now: day, Store: emptyStore{}}}, nil, nil, correlate.Installation{}, nil)
		raw, err := Backfill(f, none, c.files)(context.Background(), []byte(`{"source":"aws.events"}`))
		if (err == nil) != c.beats || err == nil && !json.Valid(raw) {
			t.Errorf("%+v: %s, %v", c.files, raw, err)
		}
		if got := strings.Contains(out.String(), `"Net":"backfill"`); got != c.beats {
			t.Errorf("%+v: a heartbeat = %v, want %v", c.files, got, c.beats)
		}
	}
}
