package rows_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"curfew/shared/audit"
	"curfew/shared/ocsf/ocsftest"
	"curfew/shared/ocsf/rows"
)

const (
	id    = "01k6y3m1x8q2v4t6w8y0a2c4e6"
	entry = "aa11"
	role  = "arn:aws:iam::111122223333:role/engineer-deploy"
	at    = "2026-11-30T09:00:00Z"
)

func terms(principal, kind string) audit.Evidence {
	return audit.Evidence{
		LogIndex: 1, Entry: entry, Kind: "row.terms", RecordedAt: at, Elevation: id, Principal: principal, Account: "111122223333", Requester: kind + ":x", RequesterKind: kind, RequesterName: "dee",
		Entitlement: "deploy", TaskKind: "workflow", TaskID: "run-1", Reason: "a fix",
	}
}

func mapping(version string, of audit.Evidence) rows.Mapping {
	return rows.Mapping{Version: version, Installation: "curfew", Account: "444455556666", Region: "eu-central-1", Terms: func(e string) (audit.Evidence, bool) { return of, of.Elevation == e }}
}

// events returns what JSON says of all events, by the name of their class.
func events(t *testing.T, e rows.Events) (all []map[string]any) {
	t.Helper()
	for _, list := range []any{e.Requests, e.Roles, e.Users, e.Uses, e.Findings} {
		b, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		var some []map[string]any
		if err := json.Unmarshal(b, &some); err != nil {
			t.Fatal(err)
		}
		all = append(all, some...)
	}
	return all
}

var classes = map[float64]string{2004: "detection_finding", 3001: "account_change", 3004: "entity_management", 3007: "user_management", 3008: "role_management", 6003: "api_activity"}

func kinds() (all []audit.Evidence) {
	for _, kind := range []string{"elevation.approval", "elevation.approval-withdrawn", "elevation.approved", "elevation.denied", "elevation.withdrawn", "elevation.lapsed", "elevation.joined", "elevation.settling", "elevation.granting",
		"elevation.active", "elevation.refused", "elevation.revoking", "elevation.stuck", "elevation.ended", "review.signed"} {
		all = append(all, audit.Evidence{LogIndex: 7, Entry: entry, Kind: kind, RecordedAt: at, Elevation: id, Actor: "person:y", ActorName: "ann", Deadline: "2026-11-30T10:00:00Z", Why: "over", Fault: "Denied"})
	}
	for _, kind := range []string{"campaign.opened", "campaign.refreshed", "campaign.signed", "campaign.removed", "campaign.closed"} {
		all = append(all, audit.Evidence{LogIndex: 9, Entry: entry, Kind: kind, RecordedAt: at, Actor: "person:y", Subject: "2026-11-AROA1", Account: "111122223333", Reason: "it stays"})
	}
	return append(all, audit.Evidence{LogIndex: 8, Entry: entry, Kind: "call.refused", RecordedAt: at, Actor: "machine:AROA1", Verb: "submit", Fault: "Denied", Rules: "curfew.room"})
}

func TestEveryEventHoldsAgainstTheSchema(t *testing.T) {
	quote, seen := ocsftest.Read(t), map[string]int{}
	for _, version := range rows.Versions() {
		for _, of := range []audit.Evidence{terms(role, "person"), terms(role, "machine"), terms("arn:aws:iam::111122223333:user/x", "trigger"), {}} {
			var all rows.Events
			m := mapping(version, of)
			for _, r := range append(kinds(), of) {
				m.Add(&all, audit.Rows{Evidence: []audit.Evidence{r}})
			}
			m.Add(&all, audit.Rows{Usage: usage("198.51.100.7"), Findings: found()})
			m.Add(&all, audit.Rows{Usage: usage("198.51.100.7", "lambda.amazonaws.com")})
			m.Add(&all, audit.Rows{Usage: usage("lambda.amazonaws.com")})
			for _, e := range events(t, all) {
				class := classes[e["class_uid"].(float64)]
				seen[version+" "+class]++
				quote.Check(t, class, e)
				if e["type_uid"] != e["class_uid"].(float64)*100+e["activity_id"].(float64) {
					t.Errorf("%s: type %v", class, e["type_uid"])
				}
				metadata := e["metadata"].(map[string]any)
				profiles := fmt.Sprint(metadata["profiles"])
				if strings.Contains(profiles, "ai_operation") != (e["delegation"] != nil) || !strings.Contains(profiles, "cloud") || metadata["version"] != version {
					t.Errorf("%s: %v with delegation %v", class, metadata, e["delegation"])
				}
				if e["delegation"] != nil && (version != "1.9.0" || of.RequesterKind == "person") {
					t.Errorf("%s: a delegation in %s to a %s", class, version, of.RequesterKind)
				}
			}
		}
	}
	t.Log(slices.Sorted(maps.Keys(seen)))
	for _, want := range []string{"1.8.0 account_change", "1.9.0-dev role_management", "1.9.0 user_management", "1.9.0 api_activity", "1.8.0 detection_finding", "1.9.0 entity_management"} {
		if seen[want] == 0 {
			t.Errorf("no event of %s", want)
		}
	}
	for name := range seen {
		if name == "1.8.0 role_management" || name == "1.8.0 user_management" || strings.HasPrefix(name, "1.9") && strings.HasSuffix(name, "account_change") {
			t.Errorf("%s: the version lacks the class, or calls it old", name)
		}
	}
}

func TestAGrantIsAttachedAndDetached(t *testing.T) {
	for _, c := range []struct{ version, principal, want string }{
		{"1.8.0", role, "3001 7 1, 3001 7 2, 3001 8 2, 3001 8 1"},
		{"1.9.0", role, "3008 8 1, 3008 8 2, 3008 9 2, 3008 9 1"},
		{"1.9.0-dev", "arn:aws:iam::111122223333:user/x", "3007 10 1, 3007 10 2, 3007 11 2, 3007 11 1"},
	} {
		var all rows.Events
		var got []string
		for _, r := range kinds() {
			mapping(c.version, terms(c.principal, "machine")).Add(&all, audit.Rows{Evidence: []audit.Evidence{r}})
		}
		all.Requests = nil
		for _, e := range events(t, all) {
			got = append(got, fmt.Sprint(e["class_uid"], " ", e["activity_id"], " ", e["status_id"]))
			if text := fmt.Sprint(e); !strings.Contains(text, c.principal) || !strings.Contains(text, "curfew-"+id) {
				t.Errorf("%s does not say which policy of which principal", text)
			}
		}
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("%s: %s, want %s", c.version, s, c.want)
		}
	}
}

func usage(sources ...string) []audit.Use {
	n := int64(12)
	base := audit.Use{LogIndex: 9, Entry: entry, Kind: "usage.counted", RecordedAt: "2026-11-30T23:00:00Z", UsedOn: "2026-11-29", Account: "111122223333", Elevation: id, Principal: role}
	with := func(item, name string) audit.Use {
		u := base
		u.Item, u.Name, u.Events = item, name, &n
		return u
	}
	total := with("total", "")
	total.FirstAt, total.LastAt = "2026-11-29T09:00:00Z", "2026-11-29T10:00:00Z"
	all := []audit.Use{total, with("action", "s3:GetObject"), with("action", "ec2:TerminateInstances"), with("action", "kms:Sign"), with("denial", "s3:PutObject")}
	for _, s := range sources {
		all = append(all, with("source", s))
	}
	return all
}

func found() (all []audit.Found) {
	for _, kind := range []string{"finding.raised", "finding.mended", "finding.acknowledged", "finding.closed", "finding.other"} {
		all = append(all, audit.Found{LogIndex: 10, Entry: entry, Kind: kind, RecordedAt: at, Finding: "foreign-1", FindingKind: "foreign", Severity: "high", Subject: "role x", What: "changed", Elevation: id, Principal: role, Account: "111122223333"})
	}
	return append(all, audit.Found{LogIndex: 11, Entry: entry, Kind: "finding.raised", RecordedAt: at, Finding: "bare-1"})
}

func TestUseSaysWhatWasCalledAndHowOften(t *testing.T) {
	var all rows.Events
	other := usage("203.0.113.9")
	for i := range other {
		other[i].LogIndex++
	}
	mapping("1.9.0", terms(role, "machine")).Add(&all, audit.Rows{Usage: append(usage("198.51.100.7"), other...)})
	if len(all.Uses) != 6 || all.Uses[3].Source.IP != "203.0.113.9" {
		t.Fatalf("%d uses of two records", len(all.Uses))
	}
	var got []string
	for _, u := range all.Uses[:3] {
		got = append(got, fmt.Sprint(u.API.Service.Name, " ", u.API.Operation, " ", u.ActivityID, " ", u.Count, " ", u.Source.IP, " ", u.EndTime-u.StartTime, " ", u.Actor.User.UID, " ", u.Metadata.CorrelationUID))
	}
	const same = " 12 198.51.100.7 3600000 " + role + " " + id
	if want := []string{"s3 GetObject 2" + same, "ec2 TerminateInstances 4" + same, "kms Sign 99" + same}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// objects are files in memory.
type objects map[string][]byte

func (o objects) replace(_ context.Context, name string, change func([]byte) ([]byte, error)) error {
	b, err := change(o[name])
	o[name] = b
	return err
}

// TestALateEventIsAddedOnceToItsDay: a pass that was cut off is repeated, with more entries.
func TestALateEventIsAddedOnceToItsDay(t *testing.T) {
	o, m := objects{}, mapping("1.9.0", terms(role, "machine"))
	write := func(from, to int64, some ...audit.Evidence) {
		var all rows.Events
		for _, r := range some {
			m.Add(&all, audit.Rows{Evidence: []audit.Evidence{r}})
		}
		if err := m.Write(t.Context(), o.replace, "2026-11-30", from, to, all); err != nil {
			t.Fatal(err)
		}
	}
	first := audit.Evidence{LogIndex: 3, Entry: "03", Kind: "elevation.active", RecordedAt: "2026-11-30T12:00:00Z", Elevation: id}
	last := audit.Evidence{LogIndex: 5, Entry: "05", Kind: "elevation.ended", RecordedAt: "2026-11-30T11:00:00Z", Elevation: id, Why: "late"}
	write(0, 4, first)
	write(4, 5, audit.Evidence{LogIndex: 4, Entry: "04", Kind: "call.refused", RecordedAt: at, Actor: "machine:x"})
	for range 2 {
		write(5, 6, last)
	}
	const folder = "/1.0/region=eu-central-1/accountId="
	want := []string{"ocsf/entity_management" + folder + "444455556666/eventDay=20261130/events.parquet", "ocsf/role_management" + folder + "111122223333/eventDay=20261130/events.parquet"}
	if got := slices.Sorted(maps.Keys(o)); !slices.Equal(got, want) {
		t.Fatalf("%q, want %q", got, want)
	}
	data := o[want[1]]
	got, err := parquet.Read[rows.RoleChange](bytes.NewReader(data), int64(len(data)))
	if err != nil || len(got) != 2 || got[0].Metadata.Sequence != 5 || got[1].Metadata.Sequence != 3 {
		t.Fatalf("%v, %v, want each once, by time", got, err)
	}
	var all rows.Events
	m.Add(&all, audit.Rows{Evidence: []audit.Evidence{last}})
	if a, b := fmt.Sprint(events(t, rows.Events{Roles: got[:1]})), fmt.Sprint(events(t, rows.Events{Roles: all.Roles})); a != b {
		t.Errorf("Parquet says %s, want %s", a, b)
	}
	file, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range file.Metadata().RowGroups[0].Columns {
		if c.MetaData.Codec.String() != "ZSTD" {
			t.Errorf("%v is compressed by %s", c.MetaData.PathInSchema, c.MetaData.Codec)
		}
	}
	for _, column := range []string{"time", "metadata", "actor", "delegation", "iam_role", "policies"} {
		if file.Root().Column(column) == nil {
			t.Errorf("there is no column %s", column)
		}
	}
	if err := m.Write(t.Context(), func(_ context.Context, _ string, change func([]byte) ([]byte, error)) error {
		_, err := change([]byte("x"))
		return err
	}, "2026-11-30", 0, 9, all); err == nil {
		t.Error("a file that is no Parquet was replaced")
	}
}

func TestAnAnswerToACampaignIsAnUpdateOfPrivilege(t *testing.T) {
	for _, r := range kinds() {
		if !strings.HasPrefix(r.Kind, "campaign.") {
			continue
		}
		var all rows.Events
		mapping("1.9.0", audit.Evidence{}).Add(&all, audit.Rows{Evidence: []audit.Evidence{r}})
		if len(all.Requests) != 1 || all.Requests[0].Entity != (rows.Entity{UID: "2026-11-AROA1", Name: "2026-11-AROA1", Type: "standing privilege"}) || all.Requests[0].Comment != "it stays" {
			t.Errorf("%s: %+v", r.Kind, all.Requests)
		}
	}
}
