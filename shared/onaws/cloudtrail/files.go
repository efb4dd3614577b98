// Package cloudtrail reads the log files that a trail writes to its bucket, and the digests that sign them:
//
//	[prefix/]AWSLogs/[o-organization/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_TIME_UNIQUE.json.gz
//
// Digests are beside CloudTrail/ in CloudTrail-Digest/. Insights are in another folder of the account.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
package cloudtrail

import (
	"context"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"curfew/shared/correlate"
	"curfew/shared/fault"
	"curfew/shared/onaws"
)

// Limits of what one call keeps or returns.
const (
	maxNames = 100_000
	maxFile  = 64 << 20 // bytes, compressed
)

type Client interface {
	ListObjectsV2(context.Context, *s3.ListObjectsV2Input, ...func(*s3.Options)) (*s3.ListObjectsV2Output, error)
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
}

// KeysClient is CloudTrail of one Region, which alone has the keys of its digests.
type KeysClient interface {
	ListPublicKeys(context.Context, *cloudtrail.ListPublicKeysInput, ...func(*cloudtrail.Options)) (*cloudtrail.ListPublicKeysOutput, error)
}

// Files is [correlate.Files]. It is safe for concurrent use.
type Files struct {
	Client     Client
	CloudTrail func(region string) KeysClient
	Bucket     string
	Folder     string // of the accounts' folders: ends in AWSLogs/ or AWSLogs/o-organization/; empty: no trail is set up
}

var (
	_ Client          = (*s3.Client)(nil)
	_ correlate.Files = Files{}
)

// New returns the files of a trail. The bucket is in the function's Region.
func New(cfg aws.Config, c onaws.FilesConfig) Files {
	bucket, folder, ok := strings.Cut(strings.TrimPrefix(c.Trail, "s3://"), "/")
	if !ok {
		return Files{}
	}
	client := s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.DisableLogOutputChecksumValidationSkipped = true // a line for each file; gzip has its own checksum
	})
	keys := func(region string) KeysClient {
		return cloudtrail.NewFromConfig(cfg, func(o *cloudtrail.Options) { o.Region = region })
	}
	return Files{Client: client, CloudTrail: keys, Bucket: bucket, Folder: folder + "/"}
}

var (
	isRegion = fault.Pattern(`^[a-z]{2}(-[a-z]+)+-[0-9]+$`)
	isFile   = fault.Pattern(`^([0-9]{12})/CloudTrail/([a-z0-9-]+)/[0-9]{4}/[0-9]{2}/[0-9]{2}/([0-9]{12})_CloudTrail_([a-z0-9-]+)_[0-9]{8}T[0-9]{4}Z_[A-Za-z0-9]+\.json\.gz$`)
)

// isLog reports whether a name is that of a log file, whose folders agree with it.
func (f Files) isLog(name string) bool {
	rest, ours := strings.CutPrefix(name, f.Folder)
	m := isFile().FindStringSubmatch(rest)
	return ours && m != nil && m[1] == m[3] && m[2] == m[4]
}

// List is [correlate.Files.List]. It asks for all Regions at once.
func (f Files) List(ctx context.Context, account string, day time.Time) ([]string, error) {
	regions, err := f.regions(ctx, account, "CloudTrail")
	if err != nil {
		return nil, err
	}
	found, failed := make([][]string, len(regions)), make([]error, len(regions))
	var all sync.WaitGroup
	for i, folder := range regions {
		all.Go(func() { found[i], failed[i] = f.logs(ctx, folder+day.UTC().Format("2006/01/02/")) })
	}
	all.Wait()
	for _, err := range failed {
		if err != nil {
			return nil, err
		}
	}
	names := slices.Concat(found...)
	if len(names) > maxNames {
		return nil, tooMany(f.Folder + account)
	}
	slices.Sort(names)
	return names, nil
}

// regions returns the folders of the Regions that an account has files of, of a kind.
func (f Files) regions(ctx context.Context, account, kind string) ([]string, error) {
	folder := f.Folder + account + "/" + kind + "/"
	var all []string
	err := f.pages(ctx, folder, "/", func(page *s3.ListObjectsV2Output) error {
		for _, p := range page.CommonPrefixes {
			name := aws.ToString(p.Prefix)
			if isRegion().MatchString(strings.TrimSuffix(strings.TrimPrefix(name, folder), "/")) {
				all = append(all, name)
			}
		}
		return nil
	})
	return all, err
}

func (f Files) logs(ctx context.Context, folder string) ([]string, error) {
	var all []string
	err := f.pages(ctx, folder, "", func(page *s3.ListObjectsV2Output) error {
		for _, o := range page.Contents {
			if name := aws.ToString(o.Key); f.isLog(name) {
				all = append(all, name)
			}
		}
		if len(all) > maxNames {
			return tooMany(folder)
		}
		return nil
	})
	return all, err
}

func tooMany(folder string) error {
	return fault.Errorf(fault.Invalid, "more than %d log files in one day of %s", maxNames, folder)
}

func (f Files) pages(ctx context.Context, folder, delimiter string, each func(*s3.ListObjectsV2Output) error) error {
	in := &s3.ListObjectsV2Input{Bucket: &f.Bucket, Prefix: &folder}
	if delimiter != "" {
		in.Delimiter = &delimiter
	}
	for {
		page, err := f.Client.ListObjectsV2(ctx, in)
		if err != nil {
			return onaws.S3Error("listing "+folder, err)
		}
		if err := each(page); err != nil {
			return err
		}
		if in.ContinuationToken = page.NextContinuationToken; in.ContinuationToken == nil {
			return nil
		}
	}
}

// Open is [correlate.Files.Open]. Invalid: the name is not that of a log file, or the file is too large.
func (f Files) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if !f.isLog(name) {
		return nil, fault.Errorf(fault.Invalid, "%q is not the name of a log file", name)
	}
	got, err := f.Client.GetObject(ctx, &s3.GetObjectInput{Bucket: &f.Bucket, Key: &name})
	if err != nil {
		return nil, onaws.S3Error("reading "+name, err)
	}
	if got.ContentLength == nil || *got.ContentLength > maxFile {
		_ = got.Body.Close() // nothing was read
		return nil, fault.Errorf(fault.Invalid, "log file %s has %d bytes: at most %d are read", name, aws.ToInt64(got.ContentLength), maxFile)
	}
	return got.Body, nil
}
