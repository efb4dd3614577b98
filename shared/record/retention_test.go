package record_test

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"curfew/shared/fault"
	"curfew/shared/record"
)

func TestExpiryIsOfTheKey(t *testing.T) {
	r := record.Retention{Elevations: 800, Refusals: 400}
	asked := time.Date(2024, 11, 19, 9, 35, 17, 0, time.UTC)
	id := strings.ToLower(ulid.MustNew(ulid.Timestamp(asked), rand.Reader).String())
	day := time.Date(2027, 11, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, 401)
	for k, want := range map[record.Key]time.Time{
		{Table: record.AuditTable, Partition: "elevation#" + id, Sort: "000000000001"}:                                    asked.AddDate(0, 0, 800),
		{Table: record.AuditTable, Partition: "signature#" + id, Sort: "000000000001"}:                                    asked.AddDate(0, 0, 800),
		record.AccessKey("elevation#"+id, "terms"):                                                                        asked.AddDate(0, 0, 800),
		record.AccessKey("canary#"+id, "request"):                                                                         asked.AddDate(0, 0, 800),
		record.AccessKey("canary#turn", "turn"):                                                                           {},
		record.AccessKey("decision#"+id, "person:https://id.example.com|1"):                                               asked.AddDate(0, 0, 800),
		{Table: record.AuditTable, Partition: "caller#person:https://id.example.com/#2020-01-01|1#2027-11-30", Sort: "1"}: day,
		record.AccessKey("caller#machine:AROA#2027-11-30#"+id, "head"):                                                    day,
		record.AccessKey("caller#machine:AROA", "head"):                                                                   {},
		record.AccessKey("elevation#"+id[1:], "terms"):                                                                    {},
		record.AccessKey("elevation#8"+id[1:], "terms"):                                                                   {},
		record.AccessKey("usage#"+id, "head"):                                                                             asked.AddDate(0, 0, 800),
		{Table: record.AuditTable, Partition: "usage#" + id, Sort: "000000000001"}:                                        asked.AddDate(0, 0, 800),
		{Table: record.AuditTable, Partition: "usage#AROAEXAMPLE0000000ENG", Sort: "000000000001"}:                        {},
		record.AccessKey("finding#"+id, "finding"):                                                                        {},
		{Table: record.AuditTable, Partition: "account#111122223333", Sort: "000000000001"}:                               {},
	} {
		if got := r.Expires(k); !got.Equal(want) {
			t.Errorf("%s expires at %s, want %s", k, got, want)
		}
		if got := (record.Retention{}).Expires(k); !got.IsZero() {
			t.Errorf("%s expires at %s without a retention", k, got)
		}
	}
}

func TestEvidenceThatExpiresBeforeItsTimeIsNotRight(t *testing.T) {
	r := record.Retention{Elevations: 800}
	row := record.Row{Key: record.Key{Table: record.AuditTable, Partition: "elevation#01jd2q7v3x0000000000000000", Sort: "000000000001"}}
	kept := record.Row{Key: record.Key{Table: record.AuditTable, Partition: "account#111122223333", Sort: "000000000001"}}
	at := r.Expires(row.Key)
	for _, c := range []struct {
		row     record.Row
		expires time.Time
		want    fault.Kind
	}{
		{row, time.Time{}, ""}, {row, at, ""}, {row, at.Add(time.Hour), ""}, {row, at.Add(-time.Second), fault.Invalid},
		{kept, time.Time{}, ""}, {kept, at.AddDate(100, 0, 0), fault.Invalid},
	} {
		c.row.Expires = c.expires
		if err := r.Check(c.row); fault.KindOf(err) != c.want {
			t.Errorf("%s at %s: %v, want %q", c.row.Key, c.expires, err, c.want)
		}
	}
}
