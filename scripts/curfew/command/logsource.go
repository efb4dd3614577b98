package command

import (
	"context"
	"os"
	"strings"

	"curfew/shared/evidence/log"
	"curfew/shared/onaws/s3"
)

// logSource is the log in a folder or a bucket.
func (a *app) logSource(ctx context.Context, where string) (log.Source, error) {
	rest, isBucket := strings.CutPrefix(where, "s3://")
	if !isBucket {
		if info, err := os.Stat(where); err != nil || !info.IsDir() {
			return nil, usage("%s is no folder: give the folder of a log, s3://BUCKET, or a file that ends in %s", where, proofSuffix)
		}
		return &log.Folder{Path: where}, nil
	}
	bucket, prefix, _ := strings.Cut(strings.TrimSuffix(rest, "/"), "/")
	if bucket == "" {
		return nil, usage("%s names no bucket: want s3://BUCKET or s3://BUCKET/PREFIX", where)
	}
	config, err := a.readerIn(ctx, "")
	if err != nil {
		return nil, err
	}
	if prefix != "" {
		prefix += "/"
	}
	return &bucketSource{s3.NewObjects(config, bucket), prefix}, nil
}

// bucketSource is [log.Source] under a prefix of a bucket.
type bucketSource struct {
	objects *s3.Objects
	prefix  string
}

func (b *bucketSource) Versions(ctx context.Context, each func(log.Version) error) error {
	return b.objects.Versions(ctx, func(v s3.Version) error {
		name, ok := strings.CutPrefix(v.Name, b.prefix)
		if !ok {
			return nil
		}
		return each(log.Version{Name: name, ID: v.ID, Latest: v.Latest, Deleted: v.Deleted, Modified: v.Modified})
	})
}

func (b *bucketSource) ReadVersion(ctx context.Context, name, id string) ([]byte, error) {
	return b.objects.ReadVersion(ctx, b.prefix+name, id)
}
