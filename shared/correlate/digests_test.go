package correlate_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/correlate"
	"curfew/shared/fault"
	"curfew/shared/trail/digest"
)

// bucket is one that CloudTrail writes, and others may change.
type bucket struct {
	key     *rsa.PrivateKey
	objects map[string]string // by name: log files, and digests
	signed  map[string]string // signatures, by the name of the digest
	last    string            // digest
	fresh   []string          // log files that are in no digest yet
	written int
	looks   int // how many times digests were listed
}

func newBucket(t *testing.T) *bucket {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	return &bucket{key: key, objects: map[string]string{}, signed: map[string]string{}}
}

// delivers writes a log file without records.
func (b *bucket) delivers(now time.Time) string {
	b.written++
	name := fmt.Sprintf("AWSLogs/%s/CloudTrail/us-east-1/%s/%s_CloudTrail_us-east-1_%s_%03d.json.gz", account, now.Format("2006/01/02"), account, now.Format("20060102T1504Z"), b.written)
	b.objects[name] = fmt.Sprintf(`{"Records":[],"n":%d}`, b.written)
	b.fresh = append(b.fresh, name)
	return name
}

// signs writes the digest of an hour.
func (b *bucket) signs(t *testing.T, now time.Time) string {
	t.Helper()
	name := fmt.Sprintf("AWSLogs/%s/CloudTrail-Digest/us-east-1/%s/%s_CloudTrail-Digest_us-east-1_all_us-east-1_%s.json.gz", account, now.Format("2006/01/02"), account, now.Format("20060102T150405Z"))
	var logs []digest.Log
	for _, log := range b.fresh {
		sum := sha256.Sum256([]byte(b.objects[log]))
		logs = append(logs, digest.Log{Bucket: "logs", Object: log, Hash: hex.EncodeToString(sum[:]), Algorithm: "SHA-256"})
	}
	b.fresh = nil
	d := digest.File{Account: account, End: now.Format(time.RFC3339), Bucket: "logs", Object: name, Fingerprint: "f", Algorithm: "SHA256withRSA", PreviousObject: b.last, PreviousSignature: b.signed[b.last], Logs: logs}
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	previous := d.PreviousSignature
	if previous == "" {
		previous = "null"
	}
	sum := sha256.Sum256(text)
	whole := sha256.Sum256([]byte(d.End + "\nlogs/" + name + "\n" + hex.EncodeToString(sum[:]) + "\n" + previous))
	signature, err := rsa.SignPKCS1v15(nil, b.key, crypto.SHA256, whole[:])
	if err != nil {
		t.Fatal(err)
	}
	b.objects[name], b.signed[name], b.last = string(text), hex.EncodeToString(signature), name
	return name
}

func (b *bucket) list(kind, of string, day time.Time) (all []string) {
	for _, name := range slices.Sorted(maps.Keys(b.objects)) {
		if strings.HasPrefix(name, "AWSLogs/"+of+"/"+kind+"/") && strings.Contains(name, day.Format("/2006/01/02/")) {
			all = append(all, name)
		}
	}
	return all
}

func (b *bucket) List(_ context.Context, of string, day time.Time) ([]string, error) {
	return b.list("CloudTrail", of, day), nil
}

func (b *bucket) ListDigests(_ context.Context, of string, day time.Time) ([]string, error) {
	b.looks++
	return b.list("CloudTrail-Digest", of, day), nil
}

func (b *bucket) Open(_ context.Context, name string) (io.ReadCloser, error) {
	if b.objects[name] == "" {
		return nil, fault.Errorf(fault.NotFound, "%s was removed", name)
	}
	return io.NopCloser(bytes.NewReader([]byte(b.objects[name]))), nil
}

func (b *bucket) Digest(_ context.Context, name string) (correlate.SignedDigest, error) {
	return correlate.SignedDigest{Bucket: "logs", Name: name, Text: []byte(b.objects[name]), Signature: b.signed[name]}, nil
}

func (b *bucket) Keys(_ context.Context, region string, _ time.Time) ([]digest.Key, error) {
	if region != "us-east-1" {
		return nil, nil
	}
	return []digest.Key{{Fingerprint: "f", DER: x509.MarshalPKCS1PublicKey(&b.key.PublicKey)}}, nil
}

// hours lets CloudTrail work: each hour it delivers two log files and a digest, and backfill makes its passes.
func (s *story) hours(t *testing.T, b *bucket, n int) {
	t.Helper()
	for range n {
		b.delivers(s.Now())
		s.Advance(30 * time.Minute)
		b.delivers(s.Now())
		s.backfills(t, b)
		s.Advance(30 * time.Minute)
		b.signs(t, s.Now())
		s.backfills(t, b)
	}
}

func (s *story) backfills(t *testing.T, b *bucket) {
	t.Helper()
	if _, err := s.Backfill(s.Context(), b); err != nil {
		t.Fatal(err)
	}
}

// whats are the findings of the trail's files.
func (s *story) whats(t *testing.T) (all []string) {
	t.Helper()
	for _, kind := range []string{correlate.Tampered.Name, correlate.Undigested.Name} {
		for _, f := range s.findings(kind) {
			all = append(all, kind+": "+f.What)
		}
	}
	return all
}

func TestFilesThatAreWhatCloudTrailWroteRaiseNothing(t *testing.T) {
	tell(t, nil, func(s *story) {
		s.Service = correlate.New(s.Service.Service, []string{account}, s.own, correlate.Installation{Name: "curfew", Home: home}, nil)
		b := newBucket(t)
		s.hours(t, b, 60)
		if got := s.whats(t); len(got) > 0 {
			t.Errorf("findings: %q", got)
		}
	})
}

func TestWhatIsDoneToTheFilesOfTheTrailIsFound(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(t *testing.T, s *story, b *bucket)
		want string
	}{
		{"a log file is changed before it is read", func(_ *testing.T, s *story, b *bucket) {
			name := b.delivers(s.Now())
			was := b.objects[name]
			b.objects[name] = `{"Records":[]}`
			s.backfills(t, b)
			b.objects[name] = was // CloudTrail signs what it delivered
		}, "trail-tampered: the log file "},
		{"a log file is deleted before it is read", func(_ *testing.T, s *story, b *bucket) {
			name := b.delivers(s.Now())
			text := b.objects[name]
			delete(b.objects, name)
			s.backfills(t, b)
			b.objects[name] = text
			b.signs(t, s.Now().Add(time.Minute))
			delete(b.objects, name)
		}, "was delivered, and is gone"},
		{"a digest is changed", func(t *testing.T, s *story, b *bucket) {
			name := b.signs(t, s.Now().Add(time.Minute))
			b.objects[name] = strings.Replace(b.objects[name], `"logFiles":null`, `"logFiles":[]`, 1)
		}, "a digest is not CloudTrail's: its signature is not CloudTrail's"},
		{"a digest is deleted", func(t *testing.T, s *story, b *bucket) {
			delete(b.objects, b.signs(t, s.Now().Add(time.Minute)))
		}, "the digest before it is gone"},
		{"a digest is copied", func(t *testing.T, s *story, b *bucket) {
			name := b.signs(t, s.Now().Add(time.Minute))
			to := strings.Replace(name, "_us-east-1_2", "_us-east-1_3", 1)
			b.objects[to], b.signed[to] = b.objects[name], b.signed[name]
		}, "it was written for s3://logs/"},
		{"validation is turned off and on", func(_ *testing.T, _ *story, b *bucket) { b.last = "" }, "trail-unsigned: the digests begin anew"},
		{"validation is turned off", func(t *testing.T, s *story, b *bucket) {
			s.Advance(7 * time.Hour)
			s.backfills(t, b)
		}, "trail-unsigned: no digest of account 111122223333 in us-east-1 was verified since"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tell(t, nil, func(s *story) {
				s.Service = correlate.New(s.Service.Service, []string{account}, s.own, correlate.Installation{Name: "curfew", Home: home}, nil)
				b := newBucket(t)
				s.hours(t, b, 3)
				c.do(t, s, b)
				s.hours(t, b, 3)
				if got := strings.Join(s.whats(t), "\n"); !strings.Contains(got, c.want) {
					t.Errorf("findings:\n%s\nwant %s", got, c.want)
				}
			})
		})
	}
}

// An attacker who writes to the bucket cannot take a log file away unseen by deleting the digest that names it, too.
func TestAnAccountWithoutDigestsIsAFinding(t *testing.T) {
	tell(t, nil, func(s *story) {
		s.Service = correlate.New(s.Service.Service, []string{account}, s.own, correlate.Installation{Name: "curfew", Home: home}, nil)
		b := newBucket(t)
		for range 2 {
			b.delivers(s.Now())
			s.backfills(t, b)
			s.Advance(7 * time.Hour)
		}
		s.backfills(t, b)
		if got := s.whats(t); len(got) != 1 || got[0] != "trail-unsigned: account 111122223333 has no digests" {
			t.Errorf("findings: %q", got)
		}
	})
}

// After two days without a pass, digests name files that were never listed: they are not gone.
func TestAnOutageOfBackfillIsNoTampering(t *testing.T) {
	tell(t, nil, func(s *story) {
		s.Service = correlate.New(s.Service.Service, []string{account}, s.own, correlate.Installation{Name: "curfew", Home: home}, nil)
		b := newBucket(t)
		s.hours(t, b, 12)
		for range 46 { // CloudTrail goes on
			b.delivers(s.Now())
			s.Advance(time.Hour)
			b.signs(t, s.Now())
		}
		s.hours(t, b, 12)
		if got := s.whats(t); len(got) > 0 {
			t.Errorf("findings: %q", got)
		}
	})
}

// unreadable is a bucket in which one log file cannot be read, and one Region whose keys are refused.
type unreadable struct {
	*bucket
	name string
}

func (u unreadable) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if name == u.name {
		return nil, fault.Errorf(fault.Denied, "the key of %s may not be used", name)
	}
	return u.bucket.Open(ctx, name)
}

func (u unreadable) Keys(ctx context.Context, region string, at time.Time) ([]digest.Key, error) {
	if region == "aa-fake-1" {
		return nil, fault.Errorf(fault.Denied, "Region %s is not enabled", region)
	}
	return u.bucket.Keys(ctx, region, at)
}

// A writer of the bucket could add a file that cannot be read, or a digest of a Region that has no keys.
func TestWhatCannotBeReadKeepsNoOtherFileFromBeingVerified(t *testing.T) {
	tell(t, nil, func(s *story) {
		s.Service = correlate.New(s.Service.Service, []string{account}, s.own, correlate.Installation{Name: "curfew", Home: home}, nil)
		b := newBucket(t)
		s.hours(t, b, 2)
		u := unreadable{b, strings.Replace(b.delivers(s.Now()), "_us-east-1_", "_us-east-1_x", 1)}
		b.objects[u.name] = "encrypted by others"
		fake := strings.ReplaceAll(b.last, "us-east-1", "aa-fake-1")
		b.objects[fake] = strings.ReplaceAll(b.objects[b.last], "us-east-1", "aa-fake-1")
		b.signed[fake] = b.signed[b.last]
		for range 3 {
			name := b.delivers(s.Now())
			was := b.objects[name]
			b.objects[name] = `{"Records":[]}`
			if _, err := s.Backfill(s.Context(), u); err == nil {
				t.Error("a file that cannot be read is no error")
			}
			b.objects[name] = was
			s.Advance(time.Hour)
			b.signs(t, s.Now())
		}
		_, _ = s.Backfill(s.Context(), u) // its error is tested above
		if got := strings.Join(s.whats(t), "\n"); !strings.Contains(got, "was not what CloudTrail delivered") {
			t.Errorf("findings:\n%s\nwant that of the file that was changed", got)
		}
	})
}

// Backfill passes every five minutes, and CloudTrail signs once an hour.
func TestDigestsAreNotListedByEachPass(t *testing.T) {
	tell(t, nil, func(s *story) {
		s.Service = correlate.New(s.Service.Service, []string{account}, s.own, correlate.Installation{Name: "curfew", Home: home}, nil)
		b := newBucket(t)
		for range 12 {
			s.backfills(t, b)
			s.Advance(5 * time.Minute)
		}
		if want := 2 * 2; b.looks != want { // two days, every half hour
			t.Errorf("listed %d times in an hour, want %d", b.looks, want)
		}
	})
}
