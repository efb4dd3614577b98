package dynamo

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"curfew/shared/archive"
	"curfew/shared/evidence"
	"curfew/shared/evidence/log"
	"curfew/shared/finding"
	"curfew/shared/onaws"
	"curfew/shared/record"
)

// archiveTest is the function over the fake, with its tables.
type archiveTest struct {
	*testing.T
	db  *fakeDynamoDB
	s   *archive.Service
	h   onaws.Handler
	out *bytes.Buffer
}

func newArchiveTest(t *testing.T) *archiveTest {
	tables := onaws.TablesConfig{AccessTable: "curfew-access", AuditTable: "curfew-audit"}
	f, out := newFunction(t)
	db := newFakeDynamoDB()
	store := &Store{Client: db, Access: tables.AccessTable, Audit: tables.AuditTable}
	s := &archive.Service{
		Base: record.Base{Store: store, Log: f.Log, Now: noon},
		Evidence: &log.Log{
			Origin: "curfew.example/log", Objects: &log.Folder{Path: t.TempDir()}, Stage: &log.Folder{Path: t.TempDir()},
			Keys: []log.Key{log.MemoryKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))},
		},
		Chains: &Chains{Client: scanner{db}, Audit: tables.AuditTable},
	}
	return &archiveTest{t, db, s, Archive(f, s, tables), out}
}

// scanner scans the fake: all is in the first segment, one item a page.
type scanner struct{ db *fakeDynamoDB }

func (s scanner) Scan(_ context.Context, in *dynamodb.ScanInput, _ ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error) {
	out := &dynamodb.ScanOutput{}
	if *in.Segment != 0 {
		return out, nil
	}
	after := keyOf(in.ExclusiveStartKey)
	for k, i := range s.db.tables[*in.TableName] {
		if k[0]+k[1] > after[0]+after[1] && (out.Items == nil || keyOf(out.Items[0])[0]+keyOf(out.Items[0])[1] > k[0]+k[1]) {
			out.Items = []map[string]types.AttributeValue{i}
		}
	}
	if out.Items != nil {
		out.LastEvaluatedKey = map[string]types.AttributeValue{
			record.PartitionAttribute: out.Items[0][record.PartitionAttribute], record.SortAttribute: out.Items[0][record.SortAttribute]}
	}
	return out, nil
}

func (a *archiveTest) from(table string, r object) object {
	r["eventSourceARN"] = "arn:aws:dynamodb:eu-central-1:111122223333:table/" + table + "/stream/2026-10-05T09:00:00.000"
	return r
}

func (a *archiveTest) texts() []string {
	a.Helper()
	tree, err := a.s.Evidence.Published(a.Context())
	if err != nil {
		a.Fatal(err)
	}
	all, err := a.s.Evidence.Entries(a.Context(), tree, 0, tree.N)
	if err != nil {
		a.Fatal(err)
	}
	var texts []string
	for _, text := range all {
		texts = append(texts, string(text))
	}
	return texts
}

func (a *archiveTest) findings() int {
	n := 0
	for k := range a.db.tables["curfew-access"] {
		if finding.Is(record.AccessKey(k[0], k[1])) {
			n++
		}
	}
	return n
}

func recordsOf(t *testing.T, chain string, n int) (rows []record.Row) {
	t.Helper()
	var head evidence.Head
	for range n {
		c, err := record.Append(chain, &head, evidence.Entry{At: now, Kind: "test", Actor: "somebody"})
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, c.Row)
	}
	return rows
}

func TestTheStreamsOfBothTablesAreInTheLog(t *testing.T) {
	a := newArchiveTest(t)
	rows := recordsOf(t, "elevation#1", 2)
	request := record.Row{Key: record.AccessKey("request#1", "request"), Version: 1, Body: json.RawMessage(`{"digest": "é"}`)}
	other := record.Row{Key: record.AccessKey("pending#1", "request"), Version: 1, Body: json.RawMessage(`{}`)}
	for range 2 { // Lambda may deliver a batch twice
		for _, payload := range [][]byte{
			batch(t, a.from("curfew-audit", change(t, "INSERT", "1", nil, &rows[0], nil)), a.from("curfew-audit", change(t, "INSERT", "2", nil, &rows[1], nil))),
			batch(t, a.from("curfew-access", change(t, "INSERT", "1", nil, &request, nil)), a.from("curfew-access", change(t, "INSERT", "2", nil, &other, nil))),
		} {
			if _, err := a.h.Invoke(t.Context(), payload); err != nil {
				t.Fatal(err, a.out)
			}
		}
	}
	got := a.texts()
	if len(got) != 4 || got[1] != string(rows[0].Body) || got[2] != string(rows[1].Body) || !strings.Contains(got[3], `"{\"digest\": \"é\"}"`) || a.findings() != 0 {
		t.Errorf("%d entries, %d findings: %q", len(got), a.findings(), got)
	}
}

// TestItemsThatAreNoRowsAreFindings: they do not block the stream.
func TestItemsThatAreNoRowsAreFindings(t *testing.T) {
	a := newArchiveTest(t)
	row := recordsOf(t, "elevation#1", 1)[0]
	var all []object
	for i, damage := range []func(image object){
		func(o object) { delete(o, "body") },
		func(o object) { o["body"] = object{"B": []byte{0}} },
		func(o object) { o["form"] = object{"N": "2"} },
		func(o object) { o["version"] = object{"S": "x"} },
		func(o object) { o["pk"] = object{"S": "elevation#2"} },
		func(o object) { o["body"] = object{"S": `{"keys":{"origin":"curfew.example/log"}}`} },
	} {
		r := a.from("curfew-audit", change(t, "INSERT", string(rune('1'+i)), nil, &row, nil))
		damage(r["dynamodb"].(object)["NewImage"].(object))
		all = append(all, r)
	}
	all = append(all, a.from("curfew-audit", change(t, "INSERT", "9", nil, &row, nil)))
	if _, err := a.h.Invoke(t.Context(), batch(t, all...)); err != nil {
		t.Fatal(err, a.out)
	}
	if got := a.texts(); len(got) != 2 || got[1] != string(row.Body) {
		t.Errorf("the log has %q", got)
	}
	f, err := record.Get[finding.Finding](t.Context(), a.s.Store, finding.Key(archive.Altered, "elevation#1"))
	if err != nil || f.Value.Count != 6 {
		t.Errorf("the finding occurred %d times, %v; want 6", f.Value.Count, err)
	}
}

func TestAStreamOfAnotherTableIsRefused(t *testing.T) {
	a := newArchiveTest(t)
	row := recordsOf(t, "elevation#1", 1)[0]
	_, err := a.h.Invoke(t.Context(), batch(t, a.from("other", change(t, "INSERT", "1", nil, &row, nil))))
	if named, _ := err.(messages.InvokeResponse_Error); named.Type != "Invalid" {
		t.Errorf("error = %v, want Invalid", err)
	}
}

func TestTheDailyPassReadsTheWholeTable(t *testing.T) {
	a := newArchiveTest(t)
	rows := recordsOf(t, "elevation#1", 5)
	for _, row := range rows {
		if err := a.s.Store.Write(t.Context(), record.Change{If: record.Absent, Row: row}); err != nil {
			t.Fatal(err)
		}
	}
	a.s.Now = func() time.Time { return now.Add(12 * time.Hour) }
	raw, err := a.h.Invoke(t.Context(), []byte(`{"pass":true}`))
	if err != nil || string(raw) != `{"records":5,"late":5}` {
		t.Errorf("pass = %s, %v: %s", raw, err, a.out)
	}
	if !strings.Contains(a.out.String(), `"Beat":1,"Installation":"curfew","Net":"archive"`) {
		t.Errorf("the pass has no heartbeat: %s", a.out)
	}
	if got := a.texts(); len(got) != 11 || a.findings() != 1 {
		t.Errorf("%d entries, %d findings; want the keys, and two for each record", len(got), a.findings())
	}
}
