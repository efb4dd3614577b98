package dynamo

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/record"
)

func openFake(f *fakeDynamoDB) *Store {
	return &Store{Client: f, Access: "curfew-access", Audit: "curfew-audit", Jitter: func(time.Duration) time.Duration { return 0 }}
}

func TestStoreInMemory(t *testing.T) {
	for name, page := range map[string]int{"pages of any size": 0, "pages of one": 1} {
		t.Run(name, func(t *testing.T) {
			accesstest.StoreContract(t, func(*testing.T) accesstest.StoreUnderTest {
				f := newFakeDynamoDB()
				f.page = page
				return accesstest.StoreUnderTest{Store: openFake(f)}
			})
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func someRow(sort string) record.Row {
	return record.Row{Key: record.Key{Table: record.AccessTable, Partition: "p", Sort: sort}, Version: 1, Body: json.RawMessage(`{"n":1}`)}
}

func cancelledError(codes ...string) error {
	e := &types.TransactionCanceledException{}
	for _, c := range codes {
		e.CancellationReasons = append(e.CancellationReasons, types.CancellationReason{Code: aws.String(c)})
	}
	return e
}

func TestWhatACancelledTransactionMeans(t *testing.T) {
	for _, c := range []struct {
		name   string
		faults []error
		want   fault.Kind
		names  string // in the error's text
		tries  int
	}{
		{"a condition that did not hold names its key", []error{cancelledError("None", "ConditionalCheckFailed")}, fault.Conflict, "access/p/b", 1},
		{"a condition counts more than a rival", []error{cancelledError("TransactionConflict", "ConditionalCheckFailed")}, fault.Conflict, "access/p/b", 1},
		{"a rival is met again, and is gone", []error{cancelledError("TransactionConflict", "None")}, "", "", 2},
		{"a rival that stays", slices.Repeat([]error{cancelledError("TransactionConflict", "None")}, 3), fault.Transient, "TransactionConflict", 3},
		{"throttling", slices.Repeat([]error{cancelledError("None", "ThrottlingError")}, 3), fault.Transient, "access/p/b", 3},
		{"throughput", slices.Repeat([]error{cancelledError("ProvisionedThroughputExceeded", "None")}, 3), fault.Transient, "access/p/a", 3},
		{"a row that DynamoDB does not take", []error{cancelledError("None", "ValidationError")}, fault.Invalid, "access/p/b", 1},
		{"no reason", slices.Repeat([]error{cancelledError()}, 3), fault.Transient, "cancelled", 3},
		{"a lost answer", []error{errors.New("connection reset")}, fault.Transient, "connection reset", 1},
		{"a call that is not understood", []error{&smithy.GenericAPIError{Code: "ValidationException"}}, fault.Invalid, "access/p/a", 1},
		{"a table that is not there", []error{&smithy.GenericAPIError{Code: "ResourceNotFoundException"}}, fault.Internal, "table access is ", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFakeDynamoDB()
			f.faults = c.faults
			err := openFake(f).Write(t.Context(), record.Change{If: record.Absent, Row: someRow("a")}, record.Change{If: record.Absent, Row: someRow("b")})
			if fault.KindOf(err) != c.want || err != nil && !strings.Contains(err.Error(), c.names) {
				t.Errorf("Write = %v (%s), want %s naming %q", err, fault.KindOf(err), c.want, c.names)
			}
			if len(f.calls) != c.tries {
				t.Errorf("%d calls, want %d", len(f.calls), c.tries)
			}
		})
	}
}

func TestEveryTransactionHasATokenOfItsOwn(t *testing.T) {
	f := newFakeDynamoDB()
	f.faults = []error{cancelledError("TransactionConflict")}
	s := openFake(f)
	for range 2 {
		if err := s.Write(t.Context(), record.Change{If: record.Absent, Row: someRow("a")}); fault.KindOf(err) == fault.Transient {
			t.Fatal(err)
		}
	}
	slices.Sort(f.tokens)
	if len(slices.Compact(f.tokens)) != 3 || len(f.tokens[0]) < 20 || len(f.tokens[0]) > 36 {
		t.Errorf("tokens = %q, want three that differ, of 20 to 36 characters", f.tokens)
	}
}

func TestWhichCallAWriteIs(t *testing.T) {
	audit := record.Row{Key: record.Key{Table: record.AuditTable, Partition: "p", Sort: "1"}, Version: 1, Body: json.RawMessage(`{}`)}
	for _, c := range []struct {
		name   string
		change record.Change
		want   []string
	}{
		{"a put without a condition", record.Change{Row: someRow("a")}, []string{"PutItem"}},
		{"a delete without a condition", record.Change{Do: record.Delete, Row: someRow("a")}, []string{"DeleteItem"}},
		{"a put with one", record.Change{If: record.Absent, Row: someRow("a")}, []string{"TransactWriteItems"}},
		{"evidence", record.Change{If: record.Absent, Row: audit}, []string{"TransactWriteItems"}},
		{"a check of nothing", record.Change{Do: record.Check, Row: someRow("a")}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFakeDynamoDB()
			must(t, openFake(f).Write(t.Context(), c.change))
			if !slices.Equal(f.calls, c.want) {
				t.Errorf("calls = %q, want %q", f.calls, c.want)
			}
		})
	}
}

func TestReadAsksAgainForWhatWasLeftOut(t *testing.T) {
	f := newFakeDynamoDB()
	s := openFake(f)
	must(t, s.Write(t.Context(), record.Change{Row: someRow("a")}))
	must(t, s.Write(t.Context(), record.Change{Row: someRow("b")}))
	f.skip = 3
	rows, err := s.Read(t.Context(), someRow("a").Key, someRow("b").Key, someRow("a").Key)
	if err != nil || len(rows) != 2 {
		t.Errorf("Read = %v, %v; want two rows", rows, err)
	}
}

func TestAnItemThatNoStoreWroteIsInternal(t *testing.T) {
	for name, change := range map[string]func(attributes){
		"no form":    func(a attributes) { delete(a, record.FormAttribute) },
		"no version": func(a attributes) { delete(a, record.VersionAttribute) },
		"a map":      func(a attributes) { a[record.BodyAttribute] = &types.AttributeValueMemberM{} },
		"no body":    func(a attributes) { delete(a, record.BodyAttribute) },
		"no instant": func(a attributes) { a[record.ExpiresAttribute] = &types.AttributeValueMemberN{Value: "soon"} },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeDynamoDB()
			s := openFake(f)
			must(t, s.Write(t.Context(), record.Change{Row: someRow("a")}))
			change(f.tables["curfew-access"][[2]string{"p", "a"}])
			if _, err := s.Read(t.Context(), someRow("a").Key); fault.KindOf(err) != fault.Internal {
				t.Errorf("Read = %v, want %s", err, fault.Internal)
			}
		})
	}
}

func TestRowOfALaterFormIsRefused(t *testing.T) {
	f := newFakeDynamoDB()
	s := openFake(f)
	must(t, s.Write(t.Context(), record.Change{Row: someRow("a")}))
	f.tables["curfew-access"][[2]string{"p", "a"}][record.FormAttribute] = number(2)
	_, one := s.Read(t.Context(), someRow("a").Key)
	_, many := s.Read(t.Context(), someRow("a").Key, someRow("b").Key)
	_, partition := s.Partition(t.Context(), record.AccessTable, "p", "")
	for name, err := range map[string]error{"Read of one": one, "Read of two": many, "Partition": partition} {
		if fault.KindOf(err) != fault.Internal || !strings.Contains(err.Error(), "row access/p/a is stored in form 2") {
			t.Errorf("%s = %v, want Internal that names the row and the form", name, err)
		}
	}
}
