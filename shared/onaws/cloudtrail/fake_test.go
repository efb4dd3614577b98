package cloudtrail

import (
	"bytes"
	"context"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// fakeS3 is a bucket. It lists in pages of two, and fails on request.
type fakeS3 struct {
	objects map[string][]byte
	large   int64 // the length of every object, if set
	err     error

	mu    sync.Mutex // guards pages
	pages int
}

const pageSize = 2

func (f *fakeS3) ListObjectsV2(_ context.Context, in *s3.ListObjectsV2Input, _ ...func(*s3.Options)) (*s3.ListObjectsV2Output, error) {
	f.mu.Lock()
	f.pages++
	f.mu.Unlock()
	if f.err != nil {
		return nil, f.err
	}
	var entries []string // names, or folders that end in the delimiter
	for _, name := range slices.Sorted(maps.Keys(f.objects)) {
		rest, under := strings.CutPrefix(name, aws.ToString(in.Prefix))
		if !under {
			continue
		}
		if d := aws.ToString(in.Delimiter); d != "" {
			if first, _, inFolder := strings.Cut(rest, d); inFolder {
				name = aws.ToString(in.Prefix) + first + d
			}
		}
		entries = append(entries, name)
	}
	entries = slices.Compact(entries)
	from := 0
	if in.ContinuationToken != nil {
		from, _ = strconv.Atoi(*in.ContinuationToken)
	}
	to := min(from+pageSize, len(entries))
	out := &s3.ListObjectsV2Output{}
	for _, e := range entries[from:to] {
		if in.Delimiter != nil && strings.HasSuffix(e, *in.Delimiter) {
			out.CommonPrefixes = append(out.CommonPrefixes, types.CommonPrefix{Prefix: &e})
		} else {
			out.Contents = append(out.Contents, types.Object{Key: &e})
		}
	}
	if to < len(entries) {
		out.NextContinuationToken = aws.String(strconv.Itoa(to))
	}
	return out, nil
}

func (f *fakeS3) GetObject(_ context.Context, in *s3.GetObjectInput, _ ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	body, there := f.objects[aws.ToString(in.Key)]
	switch {
	case f.err != nil:
		return nil, f.err
	case !there:
		return nil, &types.NoSuchKey{}
	}
	n := int64(len(body))
	if f.large > 0 {
		n = f.large
	}
	return &s3.GetObjectOutput{Body: io.NopCloser(bytes.NewReader(body)), ContentLength: &n, Metadata: map[string]string{"signature": "5ig"}}, nil
}

// must fails the test on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
