// Package s3 keeps the log of evidence in a bucket.
package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"curfew/shared/evidence/log"
	"curfew/shared/fault"
	"curfew/shared/onaws"
)

type ObjectsClient interface {
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
	ListObjectVersions(context.Context, *s3.ListObjectVersionsInput, ...func(*s3.Options)) (*s3.ListObjectVersionsOutput, error)
}

// Objects is [log.Objects] in a bucket. The tag of an object is its ETag. All writes are conditional.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
type Objects struct {
	Client ObjectsClient
	Bucket string
}

var (
	_ ObjectsClient = (*s3.Client)(nil)
	_ log.Objects   = (*Objects)(nil)
)

// NewObjects returns the objects of a bucket in the configuration's Region.
func NewObjects(cfg aws.Config, bucket string) *Objects {
	return &Objects{s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.DisableLogOutputChecksumValidationSkipped = true // a line for each object
	}), bucket}
}

// maxObject bounds what is read. The largest object has two bundles of entries, as staged.
const maxObject = 48 << 20

// Read is [log.Objects.Read]. Internal: the object is too large.
func (o *Objects) Read(ctx context.Context, name string) ([]byte, string, error) {
	return o.read(ctx, &s3.GetObjectInput{Bucket: &o.Bucket, Key: &name})
}

func (o *Objects) read(ctx context.Context, in *s3.GetObjectInput) ([]byte, string, error) {
	name := *in.Key
	in.ChecksumMode = "ENABLED" // the SDK compares the bytes with the stored checksum
	got, err := o.Client.GetObject(ctx, in)
	if err != nil {
		return nil, "", onaws.S3Error("reading "+name, err)
	}
	defer got.Body.Close()
	data, err := io.ReadAll(io.LimitReader(got.Body, maxObject+1))
	if err != nil {
		return nil, "", onaws.S3Error("reading "+name, err)
	}
	if len(data) > maxObject {
		return nil, "", fault.Errorf(fault.Internal, "%s has more than %d bytes", name, maxObject)
	}
	return data, aws.ToString(got.ETag), nil
}

// createTries: S3 answers 409 while another write of the name is under way.
const createTries = 3

// Create is [log.Objects.Create].
func (o *Objects) Create(ctx context.Context, name string, data []byte) error {
	var err error
	for range createTries {
		err = o.put(ctx, name, data, "")
		if fault.KindOf(err) != fault.Conflict {
			return err
		}
		was, _, readErr := o.Read(ctx, name)
		switch {
		case fault.KindOf(readErr) == fault.NotFound: // 409, or deleted meanwhile
			continue
		case readErr != nil:
			return readErr
		case !bytes.Equal(was, data):
			return fault.Errorf(fault.Conflict, "%s exists with other bytes", name)
		}
		return nil
	}
	return fault.Errorf(fault.Transient, "%s was written by others %d times, and is not there: %w", name, createTries, err)
}

// Replace is [log.Objects.Replace].
func (o *Objects) Replace(ctx context.Context, name string, data []byte, tag string) error {
	return o.put(ctx, name, data, tag)
}

// put writes an object whose newest version has the tag; "": that has none. Conflict: it has another, or another write is
// under way. Default retention needs a checksum.
func (o *Objects) put(ctx context.Context, name string, data []byte, tag string) error {
	sum := sha256.Sum256(data)
	in := &s3.PutObjectInput{
		Bucket: &o.Bucket, Key: &name, Body: bytes.NewReader(data), ContentType: aws.String(contentType(name)),
		ChecksumSHA256: aws.String(base64.StdEncoding.EncodeToString(sum[:])),
	}
	if tag == "" {
		in.IfNoneMatch = aws.String("*")
	} else {
		in.IfMatch = &tag
	}
	_, err := o.Client.PutObject(ctx, in)
	switch onaws.ErrorCode(err) {
	case "PreconditionFailed", "ConditionalRequestConflict":
		return fault.Errorf(fault.Conflict, "writing %s: %w", name, err)
	case "NoSuchKey": // If-Match of an object that was deleted
		return fault.Errorf(fault.Conflict, "writing %s: it is not there: %w", name, err)
	}
	if err != nil {
		return onaws.S3Error("writing "+name, err)
	}
	return nil
}

// contentType: https://c2sp.org/tlog-tiles
func contentType(name string) string {
	if name == log.CheckpointName {
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}
