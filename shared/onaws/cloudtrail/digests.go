package cloudtrail

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"curfew/shared/correlate"
	"curfew/shared/fault"
	"curfew/shared/onaws"
	"curfew/shared/trail/digest"
)

var _ correlate.Digests = Files{}

// maxDigest bounds the text of a digest file: it names the log files of an hour.
const maxDigest = 16 << 20

// isDigest is the name below the folder of the accounts. Digests of files that were delivered late have the ending _backfill, and no order.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
var isDigest = fault.Pattern(`^([0-9]{12})/CloudTrail-Digest/([a-z0-9-]+)/[0-9]{4}/[0-9]{2}/[0-9]{2}/([0-9]{12})_CloudTrail-Digest_([a-z0-9-]+)_.+_[0-9]{8}T[0-9]{6}Z\.json\.gz$`)

// ListDigests is [correlate.Digests.ListDigests].
func (f Files) ListDigests(ctx context.Context, account string, day time.Time) ([]string, error) {
	regions, err := f.regions(ctx, account, "CloudTrail-Digest")
	if err != nil {
		return nil, err
	}
	var all []string
	for _, folder := range regions {
		err := f.pages(ctx, folder+day.UTC().Format("2006/01/02/"), "", func(page *s3.ListObjectsV2Output) error {
			for _, o := range page.Contents {
				name := aws.ToString(o.Key)
				rest, ours := strings.CutPrefix(name, f.Folder)
				if m := isDigest().FindStringSubmatch(rest); ours && m != nil && m[1] == m[3] && m[2] == m[4] {
					all = append(all, name)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(all)
	return all, nil
}

// Digest is [correlate.Digests.Digest]. The text of what is no gzip file is as far as it can be read: its signature will not fit.
func (f Files) Digest(ctx context.Context, name string) (d correlate.SignedDigest, err error) {
	o, err := f.Client.GetObject(ctx, &s3.GetObjectInput{Bucket: &f.Bucket, Key: &name})
	if err != nil {
		return d, onaws.S3Error("reading "+name, err)
	}
	defer o.Body.Close()
	packed, err := io.ReadAll(io.LimitReader(o.Body, maxDigest))
	if err != nil {
		return d, onaws.S3Error("reading "+name, err)
	}
	d = correlate.SignedDigest{Bucket: f.Bucket, Name: name, Signature: o.Metadata["signature"]}
	if zip, err := gzip.NewReader(bytes.NewReader(packed)); err == nil {
		d.Text, _ = io.ReadAll(io.LimitReader(zip, maxDigest))
	}
	return d, nil
}

// Keys is [correlate.Digests.Keys].
func (f Files) Keys(ctx context.Context, region string, at time.Time) ([]digest.Key, error) {
	if !isRegion().MatchString(region) {
		return nil, nil
	}
	out, err := f.CloudTrail(region).ListPublicKeys(ctx, &cloudtrail.ListPublicKeysInput{StartTime: aws.Time(at.Add(-2 * time.Hour)), EndTime: aws.Time(at.Add(2 * time.Hour))})
	if err != nil {
		return nil, onaws.S3Error("reading CloudTrail's keys in "+region, err)
	}
	var all []digest.Key
	for _, k := range out.PublicKeyList {
		all = append(all, digest.Key{Fingerprint: aws.ToString(k.Fingerprint), DER: k.Value})
	}
	return all, nil
}
