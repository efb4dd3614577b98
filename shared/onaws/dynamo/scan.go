package dynamo

import (
	"context"
	"errors"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"curfew/shared/archive"
	"curfew/shared/onaws"
	"curfew/shared/record"
)

type ScanClient interface {
	Scan(context.Context, *dynamodb.ScanInput, ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error)
}

// Chains is [archive.Chains]: a parallel scan, eventually consistent at half the price.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html
type Chains struct {
	Client ScanClient
	Audit  string
}

var (
	_ archive.Chains = (*Chains)(nil)
	_ ScanClient     = (*dynamodb.Client)(nil)
)

// NewChains returns the audit table of an installation.
func NewChains(cfg aws.Config, c onaws.TablesConfig) *Chains {
	return &Chains{Client: dynamodb.NewFromConfig(cfg), Audit: c.AuditTable}
}

const segments = 8

// Scan is [archive.Chains.Scan].
func (c *Chains) Scan(ctx context.Context, f func(archive.Image) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var one sync.Mutex // of f
	var all sync.WaitGroup
	failed := make([]error, segments)
	for n := range segments {
		all.Go(func() {
			if failed[n] = c.segment(ctx, n, &one, f); failed[n] != nil {
				stop()
			}
		})
	}
	all.Wait()
	return errors.Join(failed...)
}

func (c *Chains) segment(ctx context.Context, n int, one *sync.Mutex, f func(archive.Image) error) error {
	in := &dynamodb.ScanInput{TableName: &c.Audit, Segment: aws.Int32(int32(n)), TotalSegments: aws.Int32(segments)} //nolint:gosec // small
	for {
		out, err := c.Client.Scan(ctx, in)
		if err != nil {
			return (&Store{Audit: c.Audit}).storeError("scanning the audit table", err)
		}
		for _, item := range out.Items {
			k := record.Key{Table: record.AuditTable, Partition: textOf(item[record.PartitionAttribute]), Sort: textOf(item[record.SortAttribute])}
			one.Lock()
			err := f(imageOf(k, item, item))
			one.Unlock()
			if err != nil {
				return err
			}
		}
		if in.ExclusiveStartKey = out.LastEvaluatedKey; len(in.ExclusiveStartKey) == 0 {
			return nil
		}
	}
}
