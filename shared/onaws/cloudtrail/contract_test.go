package cloudtrail

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"curfew/shared/onaws"
	"curfew/shared/onaws/emulated"
)

// Files are listed and read over the wire as by the fake.
func TestFilesOnS3(t *testing.T) {
	cfg := emulated.Config(t, "S3")
	bucket := emulated.Unique("curfew-contract")
	client := s3.NewFromConfig(cfg)
	_, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket})
	must(t, err)
	const folder = "audit/AWSLogs/o-abc1234567/"
	want := []string{
		logName(folder, account, "eu-west-1", "2026/11/05", "aaaaaaaaaaaaaaaa"), logName(folder, account, "us-east-1", "2026/11/05", "bbbbbbbbbbbbbbbb"),
	}
	signed := folder + account + "/CloudTrail-Digest/eu-west-1/2026/11/05/" + account + "_CloudTrail-Digest_eu-west-1_all_us-east-1_20261105T100000Z.json.gz"
	for _, name := range append([]string{signed}, want...) {
		_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: aws.String(name), Body: strings.NewReader(name), Metadata: map[string]string{"signature": "5ig"}})
		must(t, err)
	}
	files := New(cfg, onaws.FilesConfig{Trail: "s3://" + bucket + "/audit/AWSLogs/o-abc1234567"})
	got, err := files.List(t.Context(), account, day())
	must(t, err)
	if !slices.Equal(got, want) {
		t.Fatalf("listed %q, want %q", got, want)
	}
	body, err := files.Open(t.Context(), want[1])
	must(t, err)
	defer body.Close()
	if text, err := io.ReadAll(body); err != nil || string(text) != want[1] {
		t.Errorf("read %q, %v", text, err)
	}
	if got, err := files.ListDigests(t.Context(), account, day()); err != nil || !slices.Equal(got, []string{signed}) {
		t.Errorf("digests = %q, %v", got, err)
	}
	if d, err := files.Digest(t.Context(), signed); err != nil || d.Signature != "5ig" || d.Bucket != bucket {
		t.Errorf("digest = %+v, %v", d, err)
	}
}
