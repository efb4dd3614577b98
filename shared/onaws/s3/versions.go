package s3

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"curfew/shared/onaws"
)

// Version is one version of an object. Object Lock keeps versions; it does not keep a newer version or a delete marker
// from hiding them.
type Version struct {
	Name, ID string
	Latest   bool
	Deleted  bool // a delete marker: no bytes, no ETag
	Size     int64
	ETag     string
	Modified time.Time
}

// Versions calls each with all versions of all objects. Their order is not specified. An error of each ends it.
func (o *Objects) Versions(ctx context.Context, each func(Version) error) error {
	return o.VersionsAfter(ctx, "", each)
}

// VersionsAfter is Versions of the objects whose names are after one.
func (o *Objects) VersionsAfter(ctx context.Context, name string, each func(Version) error) error {
	in := &s3.ListObjectVersionsInput{Bucket: &o.Bucket}
	if name != "" {
		in.KeyMarker = &name
	}
	for {
		page, err := o.Client.ListObjectVersions(ctx, in)
		if err != nil {
			return onaws.S3Error("listing the versions in "+o.Bucket, err)
		}
		for _, v := range versions(page) {
			if err := each(v); err != nil {
				return err
			}
		}
		if !aws.ToBool(page.IsTruncated) {
			return nil
		}
		in.KeyMarker, in.VersionIdMarker = page.NextKeyMarker, page.NextVersionIdMarker
	}
}

func versions(page *s3.ListObjectVersionsOutput) []Version {
	var all []Version
	for _, v := range page.Versions {
		all = append(all, Version{
			Name: aws.ToString(v.Key), ID: aws.ToString(v.VersionId), Latest: aws.ToBool(v.IsLatest),
			Size: aws.ToInt64(v.Size), ETag: aws.ToString(v.ETag), Modified: aws.ToTime(v.LastModified),
		})
	}
	for _, v := range page.DeleteMarkers {
		all = append(all, Version{
			Name: aws.ToString(v.Key), ID: aws.ToString(v.VersionId), Latest: aws.ToBool(v.IsLatest),
			Deleted: true, Modified: aws.ToTime(v.LastModified),
		})
	}
	return all
}

// ReadVersion returns the bytes of one version; id "": of the newest. NotFound: no such version.
func (o *Objects) ReadVersion(ctx context.Context, name, id string) ([]byte, error) {
	in := &s3.GetObjectInput{Bucket: &o.Bucket, Key: &name}
	if id != "" {
		in.VersionId = &id
	}
	data, _, err := o.read(ctx, in)
	return data, err
}
