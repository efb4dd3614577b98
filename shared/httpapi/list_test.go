package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/record"
	"curfew/shared/task"
)

// listed are the ids of one page, and its cursor.
func (w *world) listed(who, query string) (ids []string, next string) {
	w.t.Helper()
	a := w.call(who, "GET", "/v1/elevations?"+query, "").want(w.t, http.StatusOK)
	for _, m := range regexp.MustCompile(`"id":"(01m[^"]*)","state"`).FindAllStringSubmatch(string(a.body), -1) {
		ids = append(ids, m[1])
	}
	return ids, a.member(w.t, "next_cursor")
}

// TestSeveralFiltersAtOnce: all of them hold, several states are one filter, and the newest is first whatever the states.
func TestSeveralFiltersAtOnce(t *testing.T) {
	w := newWorld(t)
	withdrawn, _ := w.asked("ana", askAdmin)
	w.call("ana", "POST", "/v1/elevations/"+withdrawn+"/withdraw", "").want(t, http.StatusOK)
	w.now = w.now.Add(time.Hour)
	active := w.active()
	w.now = w.now.Add(time.Hour)
	incident, _ := w.asked("cem", askIncident)
	w.now = w.now.Add(time.Hour)
	waits, _ := w.asked("cem", strings.Replace(askAdmin, "CHG-1042", "CHG-2", 1))
	for query, want := range map[string][]string{
		"state=requested,active,withdrawn":                                           {waits, active, withdrawn},
		"state=withdrawn&state=active":                                               {active, withdrawn},
		"state=approved":                                                             {incident},
		"entitlement=admin-30m":                                                      {waits, active, withdrawn},
		"entitlement=admin-30m&state=requested,approved":                             {waits},
		"task=change/CHG-1042":                                                       {active, withdrawn},
		"account=111122223333&state=approved,active":                                 {incident, active},
		"account=444455556666":                                                       nil,
		"principal=" + engineer + "&state=active":                                    {active},
		"principal=" + engineer + "&requester=person:https://id.example.com|0003":    {waits},
		"requested_after=2026-10-05T10:00:00Z":                                       {waits, incident, active},
		"requested_before=2026-10-05T11:00:00Z":                                      {active, withdrawn},
		"requested_after=2026-10-05T10:00:00Z&requested_before=2026-10-05T11:00:00Z": {active},
		"ended_after=2026-10-05T00:00:00Z":                                           nil,
		"requester=me":                                                               nil,
		"requester=person:https://id.example.com|0001":                               {active, withdrawn},
	} {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if got, next := w.listed("dee", q.Encode()); !slices.Equal(got, want) || next != "" {
			t.Errorf("%s: %v and the cursor %q, want %v", query, got, next, want)
		}
	}
	w.call("ana", "POST", "/v1/elevations/"+active+"/end", "").want(t, http.StatusOK)
	w.now = w.now.Add(time.Minute)
	if err := w.revoked(); err != nil {
		t.Fatal(err)
	}
	if got, _ := w.listed("dee", "ended_after=2026-10-05T12:01:00Z&ended_before=2026-10-05T12:02:00Z"); !slices.Equal(got, []string{active}) {
		t.Errorf("ended in that minute: %v, want %s", got, active)
	}
	var pages []string
	for next := ""; ; {
		got, cursor := w.listed("dee", "state=requested,approved,ended,withdrawn&limit=1"+next)
		pages = append(pages, got...)
		if next = "&cursor=" + cursor; cursor == "" {
			break
		}
	}
	if want := []string{waits, incident, active, withdrawn}; !slices.Equal(pages, want) {
		t.Errorf("pages of one: %v, want %v", pages, want)
	}
}

// TestMineToDecideIsWhatTheCallerMayDecide: by the rules of a decision, as they are now, and without a trace of those that do not hold.
func TestMineToDecideIsWhatTheCallerMayDecide(t *testing.T) {
	w := newWorld(t)
	id, digest := w.asked("ana", askAdmin)
	other, _ := w.asked("cem", askAdmin)
	w.asked("cem", askIncident) // needs no decision
	before := w.stored()
	check := func(when, who string, want ...string) {
		t.Helper()
		if got, next := w.listed(who, "mine=decide"); !slices.Equal(got, want) || next != "" {
			t.Errorf("%s, %s: %v and the cursor %q, want %v", when, who, got, next, want)
		}
	}
	check("asked", "ben", other, id)
	for _, who := range []string{"ana", "cem", "dee", "eve", "backup-runner"} {
		check("asked", who)
	}
	if got, _ := w.listed("ben", "mine=decide&requester="+url.QueryEscape("person:https://id.example.com|0001")); !slices.Equal(got, []string{id}) {
		t.Errorf("of ana: %v, want %s", got, id)
	}
	if after := w.stored(); after != before {
		t.Errorf("%d rows were stored", after-before)
	}
	w.call("dee", "POST", "/v1/suspensions", `{"requester": "ana", "reason": "a lost laptop"}`).want(t, http.StatusOK)
	check("ana is suspended", "ben", other)
	w.call("dee", "POST", "/v1/suspensions/lift", `{"requester": "ana", "reason": "found"}`).want(t, http.StatusOK)
	w.decider.denies = access.ActApprove
	check("policy denies", "ben")
	w.decider.denies = ""
	w.call("ben", "POST", "/v1/elevations/"+id+"/decisions", decides("approve", digest)).want(t, http.StatusOK)
	check("decided", "ben", other)
	w.now = w.now.Add(time.Hour)
	check("out of time", "ben")
}

// TestWhatIDecidedIsNotMineToDecide: it waits for a second person.
func TestWhatIDecidedIsNotMineToDecide(t *testing.T) {
	w := newWorld(t)
	w.decider.need = 2
	id, digest := w.asked("ana", askAdmin)
	w.call("ben", "POST", "/v1/elevations/"+id+"/decisions", decides("approve", digest)).want(t, http.StatusOK)
	if got, _ := w.listed("ben", "mine=decide"); len(got) > 0 {
		t.Errorf("still to decide: %v", got)
	}
	if got, _ := w.listed("ben", "state=requested"); !slices.Equal(got, []string{id}) {
		t.Errorf("requested: %v, want %s", got, id)
	}
}

// TestAListLooksAtABoundedNumber: a page that found nothing yet says that there is more, and the next goes on there.
func TestAListLooksAtABoundedNumber(t *testing.T) {
	w := newWorld(t)
	found, _ := w.asked("ana", strings.Replace(askAdmin, "CHG-1042", "CHG-1", 1))
	w.call("ana", "POST", "/v1/elevations/"+found+"/withdraw", "").want(t, http.StatusOK)
	ana, err := authenticate(&http.Request{Header: http.Header{"Authorization": {"Bearer ana"}}})
	if err != nil {
		t.Fatal(err)
	}
	for range 450 {
		_, e, err := w.svc.Submit(t.Context(), ana, access.Request{
			Entitlement: "admin-30m", Principal: engineer, Task: task.Task{Kind: "change", ID: "CHG-1042"}, Reason: "x",
			Duration: time.Minute, Parameters: map[string]string{"account": "111122223333"},
		})
		if err == nil {
			_, err = w.svc.Withdraw(t.Context(), ana, e.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	w.svc.Store = &countingStore{Store: w.svc.Store}
	got, next := w.listed("ana", "task=change/CHG-1")
	if reads := w.svc.Store.(*countingStore).reads; len(got) > 0 || next == "" || reads > 60 {
		t.Fatalf("the first page: %v, cursor %q, %d reads, want a cursor alone by at most 60", got, next, reads)
	}
	if got, next = w.listed("ana", "task=change/CHG-1&cursor="+next); !slices.Equal(got, []string{found}) || next != "" {
		t.Errorf("the second page: %v, cursor %q, want %s", got, next, found)
	}
	if got, next = w.listed("eve", "task=change/CHG-1"); len(got) > 0 || next != "" {
		t.Errorf("to a caller who may see nothing: %v, cursor %q", got, next)
	}
}

// TestNothingIsReadAfterAVerb: the answer is what the verb stored. No chain of evidence is read for it. Heartbeat and withdraw read the
// caller's row of the directory too, an approval what the last survey saw of the principal.
func TestNothingIsReadAfterAVerb(t *testing.T) {
	w := newWorld(t)
	id, digest := w.asked("ana", askAdmin)
	counts := &countingStore{Store: w.svc.Store}
	w.svc.Store = counts
	after := func(verb string, most int, do func() answer) {
		t.Helper()
		*counts = countingStore{Store: counts.Store}
		do().want(t, http.StatusOK)
		if counts.reads > most || counts.evidence > 0 {
			t.Errorf("%s: %d reads and %d of evidence, want at most %d and none", verb, counts.reads, counts.evidence, most)
		}
	}
	at := "/v1/elevations/" + id
	after("decide", 5, func() answer { return w.call("ben", "POST", at+"/decisions", decides("approve", digest)) })
	w.granted(id)
	w.now = w.now.Add(time.Minute)
	after("heartbeat", 2, func() answer { return w.call("ana", "POST", at+"/heartbeat", "") })
	after("end", 1, func() answer { return w.call("ana", "POST", at+"/end", "") })
	id, _ = w.asked("ana", askAdmin)
	at = "/v1/elevations/" + id
	after("withdraw", 3, func() answer { return w.call("ana", "POST", at+"/withdraw", "") })
}

// TestAllMistakesOfARequestAreAnsweredAtOnce: those of its form and those of its values.
func TestAllMistakesOfARequestAreAnsweredAtOnce(t *testing.T) {
	w := newWorld(t)
	a := w.call("ana", "POST", "/v1/elevations", `{"entitlement": "A", "principal": "p", "session": "x", "task": {"kind": "chnage", "id": "1"},
		"duration_seconds": 0, "start_at": "2026-10-05T08:00:00Z", "urgent": true}`).want(t, http.StatusBadRequest)
	var got []string
	for _, m := range regexp.MustCompile(`"field":"([^"]*)"`).FindAllStringSubmatch(string(a.body), -1) {
		got = append(got, m[1])
	}
	values := w.call("ana", "POST", "/v1/elevations", strings.Replace(askAdmin, `"account": "111122223333"`, `"account": "1", "region": "x"`, 1)).want(t, http.StatusBadRequest)
	if !strings.Contains(string(values.body), `"parameters.region"`) || !strings.Contains(string(values.body), `"parameters.account"`) {
		t.Errorf("not all values of parameters: %s", values.body)
	}
	slices.Sort(got)
	if want := []string{"duration_seconds", "entitlement", "principal", "reason", "session", "start_at", "task", "urgent"}; !slices.Equal(got, want) {
		t.Errorf("mistakes in %v, want %v\n%s", got, want, a.body)
	}
}

// countingStore counts what is read.
type countingStore struct {
	record.Store
	reads, evidence int
}

func (s *countingStore) Read(ctx context.Context, keys ...record.Key) (record.Rows, error) {
	s.reads++
	return s.Store.Read(ctx, keys...)
}

func (s *countingStore) Partition(ctx context.Context, table record.Table, partition, prefix string) ([]record.Row, error) {
	if s.reads++; table == record.AuditTable {
		s.evidence++
	}
	return s.Store.Partition(ctx, table, partition, prefix)
}

func (s *countingStore) List(ctx context.Context, q record.Query) (record.Page, error) {
	s.reads++
	return s.Store.List(ctx, q)
}
