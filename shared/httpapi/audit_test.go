package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/access"
	"curfew/shared/api"
	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/record"
)

const ana, ben, cem = "person:https://id.example.com|0001", "person:https://id.example.com|0002", "person:https://id.example.com|0003"

// audited is one page. Pairs are names and values of the query.
func (w *world) audited(who string, pairs ...string) (p api.AuditPage) {
	w.t.Helper()
	a := w.call(who, "GET", "/v1/audit?"+queryOf(pairs...), "").want(w.t, http.StatusOK)
	if err := json.Unmarshal(a.body, &p); err != nil {
		w.t.Fatal(err)
	}
	return p
}

func queryOf(pairs ...string) string {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return q.Encode()
}

// auditedAll is all pages, as "elevation kind".
func (w *world) auditedAll(who string, pairs ...string) (all []string) {
	w.t.Helper()
	for {
		p := w.audited(who, pairs...)
		for _, r := range p.Records {
			all = append(all, r.Elevation+" "+strings.TrimPrefix(r.Kind, "elevation."))
		}
		if p.NextCursor == "" {
			return all
		}
		pairs = slices.Concat(pairs, []string{"cursor", p.NextCursor})
	}
}

// threeLives are ana's that ben approved and that ended, cem's break-glass that was withdrawn, and one of the machine.
func (w *world) threeLives() (ended, withdrawn, machine string) {
	w.t.Helper()
	ended = w.active()
	w.now = w.now.Add(time.Minute)
	w.call("ana", "POST", "/v1/elevations/"+ended+"/end", "").want(w.t, http.StatusOK)
	w.now = w.now.Add(time.Minute)
	if err := w.revoked(); err != nil {
		w.t.Fatal(err)
	}
	w.now = w.now.Add(24 * time.Hour)
	withdrawn, _ = w.asked("cem", askIncident)
	w.call("cem", "POST", "/v1/elevations/"+withdrawn+"/withdraw", "").want(w.t, http.StatusOK)
	machine, _ = w.asked("backup-runner", askBackup)
	w.call("ben", "POST", "/v1/elevations/"+withdrawn+"/review", `{"note": "nothing was read"}`).want(w.t, http.StatusOK)
	return ended, withdrawn, machine
}

func TestEvidenceIsFoundBySeveralFiltersAtOnce(t *testing.T) {
	w := newWorld(t)
	ended, withdrawn, machine := w.threeLives()
	life := []string{ended + " requested", ended + " approved", ended + " granting", ended + " active", ended + " revoking", ended + " ended"}
	taken := []string{withdrawn + " approved", withdrawn + " withdrawn", withdrawn + " review.signed"}
	all := slices.Concat([]string{machine + " approved"}, taken, life)
	for _, test := range []struct {
		want  []string
		pairs []string
	}{
		{all, []string{"account", "111122223333"}},
		{nil, []string{"account", "444455556666"}},
		{life, []string{"requester", ana}},
		{life, []string{"approver", ben}},
		{life, []string{"approver", ben, "requester", ana, "account", "111122223333", "task", "change/CHG-1042", "principal", engineer}},
		{nil, []string{"approver", ben, "requester", cem}},
		{nil, []string{"approver", ben, "elevation", withdrawn}},
		{life, []string{"elevation", ended, "approver", ben}},
		{life, []string{"principal", engineer}},
		{taken, []string{"task", "incident/INC-7"}},
		{taken[:2], []string{"task", "incident/INC-7", "kind", "elevation.approved,elevation.withdrawn"}},
		{[]string{ended + " approved", ended + " ended"}, []string{"principal", engineer, "kind", "elevation.approved,elevation.ended"}},
		{[]string{withdrawn + " review.signed"}, []string{"account", "111122223333", "kind", "review.signed"}},
		{nil, []string{"account", "111122223333", "kind", "finding.reported"}},
		{life, []string{"account", "111122223333", "day", "2026-10-05"}},
		{slices.Concat([]string{machine + " approved"}, taken), []string{"account", "111122223333", "from", "2026-10-05T09:02:01Z"}},
		{life[:4], []string{"account", "111122223333", "to", "2026-10-05T09:01:00Z"}},
		{life[4:5], []string{"requester", ana, "from", "2026-10-05T09:01:00Z", "to", "2026-10-05T09:02:00Z"}},
	} {
		for _, limit := range []string{"1", "2", "200"} {
			if got := w.auditedAll("dee", append(test.pairs, "limit", limit)...); !slices.Equal(got, test.want) {
				t.Errorf("%v by %s:\n%q\nwant\n%q", test.pairs, limit, got, test.want)
			}
		}
	}
	if got := w.auditedAll("ana", "requester", "me"); !slices.Equal(got, life) {
		t.Errorf("ana's own: %q", got)
	}
	if got := w.auditedAll("ben", "approver", "me"); !slices.Equal(got, life) {
		t.Errorf("what ben decided: %q", got)
	}
}

// TestARecordIsAnsweredAsItIsStored compares it with the timeline.
func TestARecordIsAnsweredAsItIsStored(t *testing.T) {
	w := newWorld(t)
	ended, _, _ := w.threeLives()
	var shown api.Detail
	if err := json.Unmarshal(w.call("dee", "GET", "/v1/elevations/"+ended, "").body, &shown); err != nil {
		t.Fatal(err)
	}
	for i, r := range w.audited("dee", "elevation", ended).Records {
		want := shown.Timeline[i]
		if r.Chain != want.Chain || r.Seq != want.Seq || !r.At.Equal(want.At) || r.Kind != want.Kind || r.Actor != want.Actor || r.Hash != want.Hash || string(r.Detail) != string(want.Detail) {
			t.Errorf("record %d is %+v, want %s", i, r, want.Text())
		}
	}
	golden(t, "audit", w.call("dee", "GET", "/v1/audit?limit=2&elevation="+ended, ""))
	golden(t, "audit-none", w.call("dee", "GET", "/v1/audit?account=444455556666", ""))
}

// TestPagesOfEvidenceHaveEachRecordOnceWhileOthersWrite: a new elevation and a new record come between the pages.
func TestPagesOfEvidenceHaveEachRecordOnceWhileOthersWrite(t *testing.T) {
	w := newWorld(t)
	ended, withdrawn, machine := w.threeLives()
	before := w.auditedAll("dee", "account", "111122223333")
	var got []string
	pairs := []string{"account", "111122223333", "limit", "1"}
	for n := 0; ; n++ {
		p := w.audited("dee", pairs...)
		for _, r := range p.Records {
			if got = append(got, r.Elevation+" "+strings.TrimPrefix(r.Kind, "elevation.")); !slices.Contains([]string{ended, withdrawn, machine}, r.Elevation) {
				t.Errorf("an elevation that is newer than the first page: %+v", r)
			}
		}
		if p.NextCursor == "" {
			break
		}
		pairs = slices.Concat(pairs[:4], []string{"cursor", p.NextCursor})
		w.now = w.now.Add(time.Second)
		if id, _ := w.asked("cem", askIncident); n == 0 { // newer than all pages
			w.call("backup-runner", "POST", "/v1/elevations/"+machine+"/withdraw", "").want(t, http.StatusOK) // a record where the page ended
			w.call("cem", "POST", "/v1/elevations/"+id+"/withdraw", "").want(t, http.StatusOK)
		} else {
			w.call("cem", "POST", "/v1/elevations/"+id+"/withdraw", "").want(t, http.StatusOK)
		}
	}
	if want := slices.Insert(slices.Clone(before), 1, machine+" withdrawn"); !slices.Equal(got, want) {
		t.Errorf("%q\nwant\n%q", got, want)
	}
}

// TestHiddenEvidenceIsAnsweredAsIfThereWereNone: eve is in no group.
func TestHiddenEvidenceIsAnsweredAsIfThereWereNone(t *testing.T) {
	w := newWorld(t)
	ended, _, _ := w.threeLives()
	for _, pairs := range [][]string{{"account", "111122223333"}, {"requester", ana}, {"approver", ben}, {"task", "change/CHG-1042"}, {"principal", engineer, "limit", "1"}} {
		if p := w.audited("eve", pairs...); len(p.Records) > 0 || p.NextCursor != "" {
			t.Errorf("%v: eve sees %+v", pairs, p)
		}
	}
	hidden := w.call("eve", "GET", "/v1/audit?elevation="+ended, "").want(t, http.StatusNotFound)
	missing := w.call("eve", "GET", "/v1/audit?elevation=01m45mn5m00000000000000999", "").want(t, http.StatusNotFound)
	if hidden.member(t, "detail") != missing.member(t, "detail") {
		t.Errorf("hidden: %s\nmissing: %s", hidden.body, missing.body)
	}
	if got := w.auditedAll("ana", "account", "111122223333"); slices.ContainsFunc(got, func(s string) bool { return !strings.HasPrefix(s, ended) }) {
		t.Errorf("ana sees the evidence of others: %q", got)
	}
	if p := w.audited("eve", "caller", "me", "day", "2026-10-06"); len(p.Records) != 2 || p.Records[0].Kind != "call.refused" {
		t.Errorf("eve's refusals: %+v", p)
	}
}

// TestACursorIsOfItsCallerAndItsFilters: another caller, another filter and a changed text are refused.
func TestACursorIsOfItsCallerAndItsFilters(t *testing.T) {
	w := newWorld(t)
	ended, _, _ := w.threeLives()
	next := w.audited("dee", "account", "111122223333", "limit", "2").NextCursor
	if next == "" {
		t.Fatal("no cursor")
	}
	for _, test := range []struct {
		who   string
		pairs []string
	}{
		{"ana", []string{"account", "111122223333", "cursor", next}},
		{"dee", []string{"account", "444455556666", "cursor", next}},
		{"dee", []string{"account", "111122223333", "kind", "elevation.ended", "cursor", next}},
		{"dee", []string{"account", "111122223333", "day", "2026-10-05", "cursor", next}},
		{"dee", []string{"account", "111122223333", "cursor", next + "A"}},
		{"dee", []string{"elevation", ended, "cursor", next}},
	} {
		w.call(test.who, "GET", "/v1/audit?"+queryOf(test.pairs...), "").want(t, http.StatusBadRequest)
	}
	w.audited("dee", "account", "111122223333", "limit", "7", "cursor", next)
}

func TestWhatNoIndexLeadsToIsRefusedWithTheFilterToAdd(t *testing.T) {
	w := newWorld(t)
	for query, says := range map[string]string{
		"":                                    "give one of elevation, task",
		"kind=elevation.ended":                "give one of elevation, task",
		"day=2026-10-05":                      "give one of elevation, task",
		"caller=me":                           "give a day too",
		"caller=me&from=2026-10-05T09:00:00Z": "give a day too",
		"caller=me&from=2026-09-01T00:00:00Z&to=2026-10-05T00:00:00Z": "at most 31 days",
		"caller=me&day=2026-10-05&account=111122223333":               "goes with elevation, kind and time only",
		"account=1&day=2026-13-05":                                    "want a day",
		"account=1&day=0001-01-01":                                    "want a day",
		"account=1&day=2026-10-05&from=2026-10-05T09:00:00Z":          "give a day, or from and to",
		"account=1&from=2026-10-05T09:00:00Z&to=2026-10-05T09:00:00Z": "want an instant after from",
		"account=1&from=2026-10-05T09:00:00%2B02:00":                  "want an instant",
		"account=1&limit=201":                                         "want 1 to 200",
		"account=":                                                    "empty",
		"account=1&account=2":                                         "want one",
		"scan=yes":                                                    "unknown query parameter",
	} {
		if a := w.call("dee", "GET", "/v1/audit?"+query, "").want(t, http.StatusBadRequest); !strings.Contains(string(a.body), says) {
			t.Errorf("%s: %s, want %q", query, a.body, says)
		}
	}
}

// TestRefusalsOfACallerHaveTheChainsBesideTheDays: a flood of calls at once makes them.
func TestRefusalsOfACallerHaveTheChainsBesideTheDays(t *testing.T) {
	synctest.Test(t, testRefusalsOfACaller)
}

func testRefusalsOfACaller(t *testing.T) {
	w := newWorld(t)
	var want []string
	refuse := func(s string) {
		w.call("eve", "GET", "/v1/elevations/"+s, "").want(t, http.StatusNotFound)
		want = append(want, s)
	}
	refuse("first")
	plain := w.svc.Store
	w.svc.Store = busyStore{plain, evidence.CallerChain("person:https://id.example.com|0005", w.now)}
	refuse("beside-1")
	refuse("beside-2")
	w.svc.Store = plain
	w.now = w.now.Add(24 * time.Hour)
	refuse("next-day")
	want = []string{"next-day", "first", "beside-1", "beside-2"}
	for _, who := range []string{"eve", "dee"} {
		for _, limit := range []string{"1", "3", "200"} {
			var got []string
			pairs := []string{"caller", "person:https://id.example.com|0005", "from", "2026-10-05T00:00:00Z", "to", "2026-10-07T00:00:00Z", "limit", limit}
			for {
				p := w.audited(who, pairs...)
				for _, r := range p.Records {
					got = append(got, r.Elevation)
				}
				if p.NextCursor == "" {
					break
				}
				pairs = slices.Concat(pairs, []string{"cursor", p.NextCursor})
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s by %s: %q, want %q", who, limit, got, want)
			}
		}
	}
	if p := w.audited("eve", "caller", "me", "day", "2026-10-05", "elevation", "beside-2"); len(p.Records) != 1 || !strings.Contains(p.Records[0].Chain, "#2026-10-05#") {
		t.Errorf("of one elevation: %+v", p)
	}
	a := w.call("ana", "GET", "/v1/audit?"+queryOf("caller", "person:https://id.example.com|0005", "day", "2026-10-05"), "").want(t, http.StatusForbidden)
	b := w.call("ana", "GET", "/v1/audit?"+queryOf("caller", "person:unknown", "day", "2026-10-05"), "").want(t, http.StatusForbidden)
	if string(a.body) != string(b.body) {
		t.Errorf("ana learns that there are refusals: %s\n%s", a.body, b.body)
	}
	if p := w.audited("ana", "caller", "me", "day", "2026-10-06"); len(p.Records) != 2 {
		t.Errorf("the tries of ana left %+v, want evidence of both", p)
	}
}

// TestAnIDWithADayInItReadsNoOtherChain: ids may have #, and chains have days after one.
func TestAnIDWithADayInItReadsNoOtherChain(t *testing.T) {
	w := newWorld(t)
	w.call("eve", "GET", "/v1/elevations/x", "").want(t, http.StatusNotFound)
	const eve = "person:https://id.example.com|0005"
	for _, id := range []string{eve + "#2026-10-05", eve + "#", "#", "caller#" + eve, strings.ToUpper(eve), eve + "#2026-10-05#01m45mn5m00000000000000001"} {
		if p := w.audited("dee", "caller", id, "day", "2026-10-05"); len(p.Records) > 0 {
			t.Errorf("%s: %+v", id, p)
		}
	}
	w.threeLives()
	for _, pairs := range [][]string{{"requester", "decided#" + ben}, {"requester", "task#change/CHG-1042"}, {"principal", "account#111122223333"}, {"requester", "review#" + cem}} {
		if p := w.audited("dee", pairs...); len(p.Records) > 0 {
			t.Errorf("%v is the partition of another filter: %+v", pairs, p)
		}
	}
}

// TestAnIndexIsNotBelieved: a row that says that ben decided does not make it so.
func TestAnIndexIsNotBelieved(t *testing.T) {
	w := newWorld(t)
	ended, _, _ := w.threeLives()
	row, err := record.Encode(record.AccessKey("elevation#"+ended, "note"), 1, struct{}{})
	if err != nil {
		t.Fatal(err)
	}
	row.Index = map[record.Index]record.Place{record.ByRequester: {Partition: access.DecidedBy(cem), Sort: ended}, record.ByPrincipal: {Partition: responder, Sort: ended}}
	if err := w.svc.Store.Write(t.Context(), record.Change{Row: row}); err != nil {
		t.Fatal(err)
	}
	for _, pairs := range [][]string{{"approver", cem}, {"principal", responder, "requester", ana}} {
		if p := w.audited("dee", pairs...); len(p.Records) > 0 {
			t.Errorf("%v: %+v", pairs, p)
		}
	}
}

// TestADamagedRecordIsNotHidden by any filter.
func TestADamagedRecordIsNotHidden(t *testing.T) {
	w := newWorld(t)
	ended, _, _ := w.threeLives()
	w.store.Overwrite(record.Row{Key: record.Key{Table: record.AuditTable, Partition: evidence.ElevationChain(ended), Sort: "000000000002"}, Version: 1, Body: []byte(`{"kind":"nothing"}`)}, record.Form)
	p := w.audited("dee", "elevation", ended, "kind", "elevation.ended", "from", "2026-10-05T09:02:00Z")
	if len(p.Records) != 2 || p.Records[0].Kind != access.UnreadableKind || p.Records[0].Seq != 2 || p.Records[1].Kind != "elevation.ended" {
		t.Errorf("%+v", p.Records)
	}
}

// TestAPageOfEvidenceIsBounded: nothing matches, and much is there.
func TestAPageOfEvidenceIsBounded(t *testing.T) {
	w := newWorld(t)
	for n := range 130 {
		id, _ := w.asked("ana", strings.Replace(askAdmin, "CHG-1042", fmt.Sprint("CHG-", n), 1))
		w.call("ana", "POST", "/v1/elevations/"+id+"/withdraw", "").want(t, http.StatusOK)
		w.now = w.now.Add(time.Second)
	}
	counts := &countingStore{Store: w.svc.Store}
	w.svc.Store = counts
	p := w.audited("dee", "principal", engineer, "kind", "elevation.stuck")
	if len(p.Records) > 0 || p.NextCursor == "" || counts.evidence != 100 {
		t.Errorf("%d records, cursor %q, %d chains; want a cursor after 100 chains", len(p.Records), p.NextCursor, counts.evidence)
	}
	if p = w.audited("dee", "principal", engineer, "kind", "elevation.stuck", "cursor", p.NextCursor); p.NextCursor != "" || counts.evidence != 130 {
		t.Errorf("the second page: cursor %q, %d chains", p.NextCursor, counts.evidence)
	}
	if got := len(w.auditedAll("dee", "account", "111122223333", "kind", "elevation.withdrawn", "limit", "33")); got != 130 {
		t.Errorf("%d records in pages, want 130", got)
	}
}

// busyStore has another writer of one chain first, each time.
type busyStore struct {
	record.Store
	chain string
}

func (s busyStore) Write(ctx context.Context, changes ...record.Change) error {
	for _, c := range changes {
		if c.Row.Key == record.HeadKey(s.chain) {
			return fault.Errorf(fault.Conflict, "another writer was first")
		}
	}
	return s.Store.Write(ctx, changes...)
}
