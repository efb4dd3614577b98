package dynamo

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"curfew/shared/archive"
	"curfew/shared/fault"
	"curfew/shared/onaws"
	"curfew/shared/record"
)

// archiveIn is a batch of the stream of one table, or the schedule's constant input {"pass": true}.
type archiveIn struct {
	Pass    bool
	Records []events.DynamoDBEventRecord
}

// archivePass is the Net of the heartbeat metric of a pass without error.
const archivePass = "archive"

// Archive handles the streams of both tables, and the daily pass. An error repeats the whole batch, which is idempotent:
// the log keeps the order of the stream, so that a record cannot be left out.
func Archive(f *onaws.Function, s *archive.Service, tables onaws.TablesConfig) onaws.Handler {
	s.Unwitnessed = func(context.Context, error) {
		f.Metrics.Put(nil, onaws.Value{Name: onaws.MetricUnwitnessed, Unit: onaws.Count, N: 1})
	}
	s.Undone = func(context.Context, error) {
		f.Metrics.Put(nil, onaws.Value{Name: onaws.MetricUndone, Unit: onaws.Count, N: 1})
	}
	return onaws.Task(f, func(ctx context.Context, in archiveIn) (archive.PassResult, error) {
		if in.Pass {
			done, err := s.Pass(ctx)
			if err == nil {
				f.Metrics.Beat(archivePass)
			}
			return done, err
		}
		var changes []archive.Change
		for _, r := range in.Records {
			t, err := streamTable(r.EventSourceArn, tables)
			if err != nil {
				return archive.PassResult{}, err
			}
			changes = append(changes, archiveChange(t, r))
		}
		return archive.PassResult{}, s.Take(ctx, changes)
	})
}

// streamTable reads the ARN of a stream: arn:aws:dynamodb:REGION:ACCOUNT:table/NAME/stream/LABEL.
func streamTable(arn string, tables onaws.TablesConfig) (record.Table, error) {
	_, rest, _ := strings.Cut(arn, ":table/")
	name, _, _ := strings.Cut(rest, "/")
	switch name {
	case tables.AuditTable:
		return record.AuditTable, nil
	case tables.AccessTable:
		return record.AccessTable, nil
	}
	return "", fault.Errorf(fault.Invalid, "the stream %s is not of table %s or %s", fault.Printable(arn), tables.AuditTable, tables.AccessTable)
}

func archiveChange(t record.Table, r events.DynamoDBEventRecord) archive.Change {
	keys := item(r.Change.Keys)
	k := record.Key{Table: t, Partition: textOf(keys[record.PartitionAttribute]), Sort: textOf(keys[record.SortAttribute])}
	return archive.Change{
		ID: r.EventID, Key: k, Before: archiveImage(k, r.Change.OldImage), After: archiveImage(k, r.Change.NewImage),
		TTL: r.EventName == string(events.DynamoDBOperationTypeRemove) && byTTL(r.UserIdentity),
	}
}

func archiveImage(k record.Key, attributes map[string]events.DynamoDBAttributeValue) *archive.Image {
	if len(attributes) == 0 {
		return nil
	}
	i := imageOf(k, item(attributes), attributes)
	return &i
}

// imageOf keeps all of an item that is not a row.
func imageOf(k record.Key, attributes map[string]types.AttributeValue, all any) archive.Image {
	row, err := decodeItem(k.Table, attributes)
	if err == nil && row.Key != k {
		err = fault.Errorf(fault.Internal, "it is the image of %s", row.Key)
	}
	if err == nil {
		return archive.Image{Row: row}
	}
	text, _ := json.Marshal(all) // it was JSON, or has the SDK's types
	return archive.Image{Row: record.Row{Key: k, Body: text}, Damaged: err.Error()}
}
