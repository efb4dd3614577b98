package logkeep

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"curfew/shared/onaws/s3"
)

// HoldClient is S3 as [Bucket.SetHold] needs it.
type HoldClient interface {
	PutObjectLegalHold(context.Context, *awss3.PutObjectLegalHoldInput, ...func(*awss3.Options)) (*awss3.PutObjectLegalHoldOutput, error)
}

// Bucket has a log. Only SetHold changes it.
type Bucket struct {
	*s3.Objects
	Holds HoldClient
}

// NewBucket returns a bucket in the configuration's Region.
func NewBucket(cfg aws.Config, name string) Bucket {
	return Bucket{s3.NewObjects(cfg, name), awss3.NewFromConfig(cfg)}
}

// Version is one version of an object, or a delete marker.
type Version struct {
	Name    string `json:"name"`
	ID      string `json:"version"`
	Size    int64  `json:"size"`
	Latest  bool   `json:"latest,omitempty"`
	Deleted bool   `json:"deleted,omitempty"`
	SHA256  string `json:"sha256,omitempty"` // hexadecimal; of an export
}

// versions calls each with all versions of the objects after a name, by name.
func (b Bucket) versions(ctx context.Context, after string, each func(Version) error) error {
	return b.VersionsAfter(ctx, after, func(v s3.Version) error {
		return each(Version{Name: v.Name, ID: v.ID, Size: v.Size, Latest: v.Latest, Deleted: v.Deleted})
	})
}
