package dynamo

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/onaws"
	"curfew/shared/record"
)

// object is part of an event.
type object = map[string]any

// now is the instant of these tests.
var now = time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)

func noon() time.Time { return now }

// newFunction returns a function with a readable log.
func newFunction(t *testing.T) (*onaws.Function, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	return &onaws.Function{
		Log:     onaws.NewLog(&out, "test"),
		Metrics: &onaws.Metrics{Out: &out, Installation: "curfew", Function: "test", Now: noon},
	}, &out
}

const anID = "01k6s3v0w8q2m4n6p8r0t2v4x6"

// wireValue is an item in DynamoDB's JSON, as in answers and streams.
func wireValue(v types.AttributeValue) any {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return object{"S": v.Value}
	case *types.AttributeValueMemberN:
		return object{"N": v.Value}
	}
	return nil
}

func wireItem(it map[string]types.AttributeValue) object {
	out := object{}
	for name, v := range it {
		out[name] = wireValue(v)
	}
	return out
}

func expiryRow(t *testing.T, id string) record.Row {
	t.Helper()
	body, err := json.Marshal(access.Order{ID: id, Account: "111122223333", Principal: "arn:aws:iam::111122223333:role/a", By: "ttl", OrderedAt: now})
	if err != nil {
		t.Fatal(err)
	}
	return record.Row{Key: record.Key{Table: record.AccessTable, Partition: "expiry#" + id, Sort: "expiry"}, Version: 1, Body: body, Expires: now}
}

// change is a record of the stream; who: nil, or DynamoDB itself.
func change(t *testing.T, name, sequence string, before, after *record.Row, who any) object {
	t.Helper()
	images := object{"SequenceNumber": sequence, "StreamViewType": "NEW_AND_OLD_IMAGES"}
	for image, row := range map[string]*record.Row{"OldImage": before, "NewImage": after} {
		if row == nil {
			continue
		}
		it := encodeItem(*row)
		images[image], images["Keys"] = wireItem(it), wireItem(itemKey(row.Key))
	}
	r := object{"eventID": "e" + sequence, "eventName": name, "eventSource": "aws:dynamodb", "dynamodb": images}
	if who != nil {
		r["userIdentity"] = who
	}
	return r
}

func byDynamoDB() object {
	return object{"type": "Service", "principalId": "dynamodb.amazonaws.com"}
}

func batch(t *testing.T, records ...object) []byte {
	t.Helper()
	b, err := json.Marshal(object{"Records": records})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// failures are the sequence numbers reported.
func failures(t *testing.T, raw []byte) []string {
	t.Helper()
	var r events.DynamoDBEventResponse
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	var numbers []string
	for _, f := range r.BatchItemFailures {
		numbers = append(numbers, f.ItemIdentifier)
	}
	return numbers
}

func TestAStreamsRowIsTheStoresRow(t *testing.T) {
	for name, body := range map[string]string{
		"an order":         `{"id":"a","ordered_at":"2026-10-05T09:00:00Z"}`,
		"every type":       `{"t":"x","empty":"","n":12345678901234567890,"f":-0.125,"b":true,"z":null,"l":[1,"a",[],{}],"m":{"k":{"k":[false]}}}`,
		"letters and more": `{"a":"é \u2028 \u0000 <&> \"\\"}`,
		"nothing":          `{}`,
		"white space":      " {\"b\" : 1.50e3,\n\"a\":\"\\u003c\"}\t",
	} {
		t.Run(name, func(t *testing.T) {
			row := record.Row{
				Key:     record.Key{Table: record.AccessTable, Partition: "elevation#" + anID, Sort: "elevation"},
				Version: 3, Body: json.RawMessage(body), Expires: now,
				Index: map[record.Index]record.Place{record.ByState: {Partition: "active", Sort: anID}},
			}
			f, _ := newFunction(t)
			var got *record.Row
			h := Records(f, func(_ context.Context, c StreamRecord) error { got = c.After; return nil })
			if _, err := h.Invoke(t.Context(), batch(t, change(t, "INSERT", "1", nil, &row, nil))); err != nil {
				t.Fatal(err)
			}
			if got == nil || !reflect.DeepEqual(*got, row) {
				t.Errorf("row of the stream = %+v, want %+v as it was written", got, row)
			}
		})
	}
}

func TestOneRecordTakesNoOtherWithIt(t *testing.T) {
	f, out := newFunction(t)
	row := expiryRow(t, anID)
	told := func(sequence, partition string) object {
		r := row
		r.Key.Partition = partition
		return change(t, "INSERT", sequence, nil, &r, nil)
	}
	poison := change(t, "INSERT", "3", nil, &row, nil)
	poison["dynamodb"].(object)["NewImage"].(object)["body"] = object{"M": object{"id": object{"S": anID}}}
	later := change(t, "INSERT", "8", nil, &row, nil)
	later["dynamodb"].(object)["NewImage"].(object)["form"] = object{"N": "2"}
	mixed := change(t, "MODIFY", "6", nil, &row, nil)
	mixed["dynamodb"].(object)["Keys"] = wireItem(itemKey(record.Key{Partition: "other", Sort: "expiry"}))
	var seen []string
	h := Records(f, func(_ context.Context, c StreamRecord) error {
		seen = append(seen, c.Key.Partition)
		switch c.Key.Partition {
		case "panics":
			panic("dead")
		case "fails":
			return fault.Errorf(fault.Transient, "not now")
		}
		return nil
	})
	raw, err := h.Invoke(t.Context(), batch(t, told("1", "a"), told("2", "panics"), poison, told("4", "fails"), told("5", "b"), mixed, told("7", "c"), later))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := failures(t, raw), []string{"2", "3", "4", "6", "8"}; !reflect.DeepEqual(got, want) {
		t.Errorf("failed = %v, want %v", got, want)
	}
	if want := []string{"a", "panics", "fails", "b", "c"}; !reflect.DeepEqual(seen, want) {
		t.Errorf("handled = %v, want %v", seen, want)
	}
	if got := strings.Count(out.String(), "record not handled"); got != 5 {
		t.Errorf("%d lines are about a record, want 5: %s", got, out)
	}
}

func TestABatchThatIsAllHandledReportsNothing(t *testing.T) {
	f, _ := newFunction(t)
	h := Records(f, func(context.Context, StreamRecord) error { return nil })
	raw, err := h.Invoke(t.Context(), batch(t))
	if want := `{"batchItemFailures":[]}`; string(raw) != want || err != nil {
		t.Errorf("answer = %s, %v, want %s: null would repeat the whole batch", raw, err, want)
	}
}

func TestARecordWithoutANumberFailsTheBatch(t *testing.T) {
	f, _ := newFunction(t)
	row := expiryRow(t, anID)
	h := Records(f, func(context.Context, StreamRecord) error { return fault.Errorf(fault.Transient, "not now") })
	_, err := h.Invoke(t.Context(), batch(t, change(t, "INSERT", "", nil, &row, nil)))
	if named, _ := err.(messages.InvokeResponse_Error); named.Type != "Transient" {
		t.Errorf("error = %v, want Transient", err)
	}
}

// orders keeps what it was ordered to end.
type orders struct {
	onaws.NoWorkflow
	given []access.Order
}

func (o *orders) Revoke(_ context.Context, order access.Order) error {
	o.given = append(o.given, order)
	return nil
}

// unreachable is an unavailable store.
type unreachable struct{ record.Store }

func (unreachable) Partition(context.Context, record.Table, string, string) ([]record.Row, error) {
	return nil, fault.Errorf(fault.Transient, "not now")
}

func TestOnlyWhatDynamoDBRemovedExpires(t *testing.T) {
	row := expiryRow(t, anID)
	other := row
	other.Key.Sort = "terms"
	for name, c := range map[string]struct {
		record object
		want   int
	}{
		"removed by DynamoDB":       {change(t, "REMOVE", "1", &row, nil, byDynamoDB()), 1},
		"removed by a call":         {change(t, "REMOVE", "1", &row, nil, nil), 0},
		"removed by another":        {change(t, "REMOVE", "1", &row, nil, object{"type": "Service", "principalId": "replication.dynamodb.amazonaws.com"}), 0},
		"put":                       {change(t, "INSERT", "1", nil, &row, byDynamoDB()), 0},
		"changed":                   {change(t, "MODIFY", "1", &row, &row, byDynamoDB()), 0},
		"another row that expired":  {change(t, "REMOVE", "1", &other, nil, byDynamoDB()), 0},
		"removed, and nothing told": {object{"eventName": "REMOVE", "userIdentity": byDynamoDB(), "dynamodb": object{"SequenceNumber": "1", "Keys": wireItem(itemKey(row.Key))}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f, _ := newFunction(t)
			o := &orders{}
			svc := &access.Service{Base: record.Base{Store: unreachable{}, Log: f.Log, Now: noon}, Workflow: o}
			raw, err := Expire(f, svc).Invoke(t.Context(), batch(t, c.record))
			if err != nil || len(failures(t, raw)) > 0 || len(o.given) != c.want {
				t.Fatalf("%d orders, %s, %v, want %d", len(o.given), raw, err, c.want)
			}
			if c.want == 1 && (o.given[0].ID != anID || o.given[0].By != "ttl" || !o.given[0].OrderedAt.Equal(now)) {
				t.Errorf("order = %+v, want that of the record", o.given[0])
			}
		})
	}
}
