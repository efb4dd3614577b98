package correlate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/detection"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/trail"
	"curfew/shared/trail/trailtest"
)

const account = "111122223333"

// after is when all of the day has come.
var after = trailtest.Begin.Add(3 * 24 * time.Hour)

// flaky is a store whose writes fail now and then, before or after they are made.
type flaky struct {
	record.Store
	random *rand.Rand
	often  float64
	reads  int
	writes int
}

func (f *flaky) Write(ctx context.Context, changes ...record.Change) error {
	f.writes++
	if f.random != nil && f.random.Float64() < f.often {
		if f.random.IntN(2) == 0 {
			_ = f.Store.Write(ctx, changes...)
		}
		return fault.Errorf(fault.Transient, "the connection broke")
	}
	return f.Store.Write(ctx, changes...)
}

func (f *flaky) Read(ctx context.Context, keys ...record.Key) (record.Rows, error) {
	f.reads++
	return f.Store.Read(ctx, keys...)
}

func newService(t *testing.T, rights *trail.Rights) (*Service, *flaky) {
	t.Helper()
	store := inprocess.NewStore(inprocess.StoreSettings{Manual: true, Now: func() time.Time { return trailtest.Begin }})
	t.Cleanup(store.Close)
	f := &flaky{Store: store}
	n := 0
	s := New(&access.Service{Base: record.Base{
		Store: f, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return after },
		NewID: func() string { n++; return fmt.Sprintf("%026d", n) },
	}}, []string{account}, func(context.Context, string, time.Time, time.Time) ([]trail.Baseline, error) { return nil, nil }, Installation{Name: "curfew", Home: account}, nil)
	s.rights.fixed, s.counter.secret = rights, trail.Key{1}
	return s, f
}

// envelope is what EventBridge puts around a record.
func envelope(record []byte) string {
	return `{"version":"0","id":"1","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","account":"` + account + `","detail":` + string(record) + `}`
}

// oneDay has records and what each is.
func oneDay(t *testing.T, n int) (d *trailtest.Day, texts [][]byte, truth []trailtest.Truth) {
	t.Helper()
	d, err := trailtest.NewDay(1, 3, 6)
	if err != nil {
		t.Fatal(err)
	}
	for text, is := range d.Records(n) {
		texts, truth = append(texts, bytes.Clone(text)), append(truth, is)
	}
	return d, texts, truth
}

// deliverAll brings events in batches of ten until none fails.
func deliverAll(t *testing.T, s *Service, texts [][]byte, random *rand.Rand) {
	t.Helper()
	var queue []string
	for _, text := range texts {
		queue = append(queue, envelope(text))
	}
	for len(queue) > 0 {
		random.Shuffle(len(queue), func(i, j int) { queue[i], queue[j] = queue[j], queue[i] })
		some := slices.Clone(queue[:min(10, len(queue))])
		queue = queue[len(some):]
		_, failed := s.deliver(t.Context(), some)
		for i, err := range failed {
			if err != nil {
				if fault.KindOf(err) != fault.Transient {
					t.Fatal(err)
				}
				queue = append(queue, some[i])
			} else if random.IntN(4) == 0 {
				queue = append(queue, some[i]) // SQS delivers at least once
			}
		}
	}
}

// usages are what is read back of all elevations.
func usages(t *testing.T, s *Service, d *trailtest.Day) map[string]Used {
	t.Helper()
	all := map[string]Used{}
	for _, g := range d.Grants {
		u, err := ReadUsage(t.Context(), s.Base, account, g.Elevation)
		if err != nil {
			t.Fatal(err)
		}
		all[g.Elevation] = u
	}
	return all
}

func wantTruth(t *testing.T, got map[string]Used, truth []trailtest.Truth) {
	t.Helper()
	want, denied := map[string]int64{}, map[string]int64{}
	for _, is := range truth {
		if is.Right == trail.ByElevation {
			want[is.Elevation]++
			if is.Denied {
				denied[is.Elevation]++
			}
		}
	}
	for id, u := range got {
		if u.Events != want[id] || u.Denied != denied[id] {
			t.Errorf("%s: %d events, %d denied; want %d and %d", id, u.Events, u.Denied, want[id], denied[id])
		}
	}
}

// Events come twice, in any order, in any batches, and the store fails before or after a write: usage is the same, and the truth.
func TestUsageOfTheBusIsTheTruthWhateverTheOrder(t *testing.T) {
	d, texts, truth := oneDay(t, 500)
	var want []byte
	runs := 20
	if testing.Short() {
		runs = 3
	}
	for run := range runs {
		s, f := newService(t, trail.NewRights(d.Grants, d.Baselines))
		f.random, f.often = rand.New(rand.NewPCG(uint64(run), 1)), 0.2
		if run == 0 {
			f.often = 0
		}
		deliverAll(t, s, texts, rand.New(rand.NewPCG(uint64(run), 2)))
		f.often = 0
		all := usages(t, s, d)
		wantTruth(t, all, truth)
		got, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		} else if !bytes.Equal(got, want) {
			t.Fatalf("run %d reads back other bytes", run)
		}
	}
}

// folder holds log files in memory.
type folder map[string][]byte

func (f folder) List(_ context.Context, account string, day time.Time) (names []string, _ error) {
	for name := range f {
		if bytes.HasPrefix([]byte(name), []byte(account+"/"+day.Format(time.DateOnly))) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

func (f folder) Open(_ context.Context, name string) (io.ReadCloser, error) {
	if f[name] == nil {
		return nil, fault.Errorf(fault.NotFound, "%s was removed", name)
	}
	return io.NopCloser(bytes.NewReader(f[name])), nil
}

// files puts records into log files of the two last days, some twice.
func files(texts [][]byte, random *rand.Rand) folder {
	f := folder{}
	for i := 0; i < len(texts); i += 40 {
		one := bytes.Join(texts[i:min(i+40, len(texts))], []byte(","))
		day := after.AddDate(0, 0, -random.IntN(2)).Format(time.DateOnly)
		f[fmt.Sprintf("%s/%s/%03d", account, day, i)] = []byte(`{"Records":[` + string(one) + `]}`)
	}
	return f
}

// The bus loses a third and the files repeat some: in the end usage is the truth, and what only the files had is a gap.
func TestFilesDecideWhatTheBusLost(t *testing.T) {
	d, texts, truth := oneDay(t, 500)
	s, f := newService(t, trail.NewRights(d.Grants, d.Baselines))
	random := rand.New(rand.NewPCG(1, 2))
	var lost int64
	var brought [][]byte
	for i, text := range texts {
		if i%3 == 0 {
			if truth[i].Right == trail.ByElevation {
				lost++
			}
			continue
		}
		brought = append(brought, text)
	}
	deliverAll(t, s, brought, random)
	all := files(append(slices.Clone(texts), texts[100:200]...), random)
	f.random, f.often = random, 0.2
	for pass := 0; ; pass++ {
		r, err := s.Backfill(t.Context(), all)
		if err == nil && r.Left == 0 {
			break
		}
		if pass > 200 {
			t.Fatalf("after %d passes: %+v, %v", pass, r, err)
		}
	}
	f.often = 0
	got := usages(t, s, d)
	wantTruth(t, got, truth)
	var gaps int64
	for _, u := range got {
		gaps += u.Gaps
		if u.Settled.IsZero() || u.AtLeast {
			t.Errorf("usage is settled at %s, at least %v", u.Settled, u.AtLeast)
		}
	}
	if gaps != lost {
		t.Errorf("gaps = %d, want %d", gaps, lost)
	}
	if r, err := s.Backfill(t.Context(), all); err != nil || r.Files != 0 || r.Left != 0 {
		t.Errorf("a pass over what was applied = %+v, %v", r, err)
	}
}

// A file that cannot be read is tried again, stops no other, and its hour is not taken for complete.
func TestAFileThatCannotBeReadIsTriedAgain(t *testing.T) {
	d, texts, truth := oneDay(t, 200)
	s, _ := newService(t, trail.NewRights(d.Grants, d.Baselines))
	all := files(texts, rand.New(rand.NewPCG(1, 2)))
	names, _ := all.List(t.Context(), account, after)
	was := all[names[0]]
	all[names[0]] = nil
	r, err := s.Backfill(t.Context(), all)
	if err == nil || r.Left != 1 || r.Files != len(all)-1 {
		t.Fatalf("Backfill = %+v, %v", r, err)
	}
	if u, err := ReadUsage(t.Context(), s.Base, account, d.Grants[0].Elevation); err != nil || !u.Settled.IsZero() {
		t.Fatalf("settled at %s, %v", u.Settled, err)
	}
	all[names[0]] = was
	if r, err := s.Backfill(t.Context(), all); err != nil || r.Files != 1 {
		t.Fatalf("Backfill = %+v, %v", r, err)
	}
	wantTruth(t, usages(t, s, d), truth)
}

// A record of an account that is not governed is refused, with a finding.
func TestARecordOfAnotherAccountIsRefused(t *testing.T) {
	d, texts, _ := oneDay(t, 60)
	s, _ := newService(t, trail.NewRights(d.Grants, d.Baselines))
	s.accounts = []string{"444455556666"}
	o, failed := s.deliver(t.Context(), []string{envelope(texts[0]), "no JSON", envelope(texts[1])})
	if o.Refused != 3 || o.Counted != 0 || errors.Join(failed...) != nil {
		t.Errorf("Deliver = %+v, %v", o, failed)
	}
}

// More records than a row holds ids: the bus says "at least", and the files count all.
func TestBeyondTheIDsOfARowTheFilesDecide(t *testing.T) {
	s, _ := newService(t, nil)
	v := trail.Verdict{Right: trail.ByElevation, Elevation: "e", Calls: []trail.Call{{Action: "s3:GetObject", Resource: "*"}}}
	const n = counted + 500
	for _, route := range []Route{ByBus, ByFiles} {
		tly := tally{}.with(trail.Key{})
		for i := range n {
			tly.add(route, &trail.Record{ID: fmt.Sprint(i), Time: after}, &v)
		}
		want := int64(n)
		if route == ByBus {
			want = counted
		}
		if tly.Usage.Events != want || tly.Beyond != n-counted || len(tly.IDs) != counted*idSize {
			t.Errorf("%s: %d events, %d beyond, %d ids; want %d, %d, %d", route, tly.Usage.Events, tly.Beyond, len(tly.IDs)/idSize, want, n-counted, counted)
		}
		row, err := record.Encode(place{"e", 1, 0, route}.key(), 1, tly)
		if err != nil {
			t.Fatal(err)
		}
		if err := row.Check(); err != nil {
			t.Error(err)
		}
	}
	_ = s
}

// A batch of ten events of one elevation costs four requests: see rights.go for the first two.
func TestABatchCostsFourRequests(t *testing.T) {
	d, texts, truth := oneDay(t, 400)
	s, f := newService(t, trail.NewRights(d.Grants, d.Baselines))
	var batch []string
	for i, is := range truth {
		if is.Right == trail.ByElevation && (len(batch) == 0 || is.Elevation == d.Grants[0].Elevation) && len(batch) < 10 {
			batch = append(batch, envelope(texts[i]))
		}
	}
	f.reads, f.writes = 0, 0
	if _, failed := s.deliver(t.Context(), batch); errors.Join(failed...) != nil {
		t.Fatal(failed)
	}
	if f.reads != 1 || f.writes != 1 {
		t.Errorf("%d events: %d reads and %d writes, want one of each", len(batch), f.reads, f.writes)
	}
}

// Two instances of a function keep the same names of a full table.
func TestInstancesShareTheKeyOfTheirTables(t *testing.T) {
	s, _ := newService(t, nil)
	one, other := &counter{Base: s.Base}, &counter{Base: s.Base}
	a, err := one.key(t.Context())
	if err != nil || a == (trail.Key{}) {
		t.Fatal(a, err)
	}
	if b, err := other.key(t.Context()); b != a || err != nil {
		t.Errorf("keys differ, %v", err)
	}
}

// The bus counts a refused call for an elevation that ended meanwhile. The files know its end: the call counts for the principal, and once.
func TestACallIsCountedOnceThoughItsVerdictIsRevised(t *testing.T) {
	d, texts, truth := oneDay(t, 400)
	s, _ := newService(t, trail.NewRights(d.Grants, d.Baselines))
	s.Now = func() time.Time { return trailtest.Begin.Add(49 * time.Hour) } // no hour is settled
	s.rights.Now, s.counter.Now = s.Now, s.Now
	deliverAll(t, s, texts, rand.New(rand.NewPCG(1, 2)))
	before := usages(t, s, d)
	over := slices.Clone(d.Grants)
	for i := range over {
		over[i].GoneAt = over[i].From.Add(20 * time.Minute)
	}
	s.rights.fixed = trail.NewRights(over, d.Baselines)
	all := folder{}
	for i, text := range texts {
		all[fmt.Sprintf("%s/%s/%03d", account, s.Now().Format(time.DateOnly), i)] = []byte(`{"Records":[` + string(text) + `]}`)
	}
	if _, err := s.Backfill(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	var was, events, marked int64
	for id, u := range usages(t, s, d) {
		was += before[id].Events
		events += u.Events
	}
	for _, b := range d.Baselines {
		u, err := ReadUsage(t.Context(), s.Base, account, b.PrincipalID)
		if err != nil {
			t.Fatal(err)
		}
		events += u.Events
	}
	open := int64(0)
	for i, is := range truth {
		switch {
		case is.Right == trail.ByElevation, is.Right == trail.Standing:
			marked++
		}
		var r trail.Reader
		_ = r.ReadText("", string(texts[i]), func(r *trail.Record) error {
			if v := s.rights.fixed.Attribute(r); v.Right == trail.Unresolved && (is.Right == trail.ByElevation || is.Right == trail.Standing) {
				open++ // after the end nothing allows it
			}
			return nil
		})
	}
	if events != marked-open || was == 0 {
		t.Errorf("%d calls are counted, want %d and %d that nothing allowed", events, marked-open, open)
	}
}

// Events are lost, late, doubled and reordered, both routes bring them, and the store fails: each finding is there once, with each event once.
func TestNoFindingIsLostOrDoubled(t *testing.T) {
	d, texts, _ := oneDay(t, 300)
	set, err := detection.Compile([]detection.Detection{
		{Name: "denied", About: "denied", Severity: finding.Low, Why: "w", Do: "d", Pattern: []byte(`{"source":[{"prefix":"aws."}]}`), When: "context.denied"},
		{Name: "burst", About: "burst", Severity: finding.Low, Why: "w", Do: "d", Pattern: []byte(`{"source":[{"prefix":"aws."}]}`), When: `context.class == "marked"`,
			Burst: &detection.Burst{Events: 3, Within: 24 * time.Hour, By: detection.ByPrincipal}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var want string
	for run := range 10 {
		s, f := newService(t, trail.NewRights(d.Grants, d.Baselines))
		s.watcher.set = set
		random := rand.New(rand.NewPCG(uint64(run), 5))
		var brought [][]byte
		for _, text := range texts {
			if random.IntN(4) > 0 {
				brought = append(brought, text)
			}
		}
		f.random, f.often = random, 0.1
		deliverAll(t, s, brought, random)
		all := files(append(slices.Clone(texts), texts[:50]...), random)
		for pass := 0; ; pass++ {
			if r, err := s.Backfill(t.Context(), all); err == nil && r.Left == 0 {
				break
			} else if pass > 200 {
				t.Fatal(err)
			}
		}
		got := ""
		for _, row := range f.Store.(*inprocess.Store).All(record.AccessTable) {
			if found, err := record.Decode[finding.Finding](row); err == nil && finding.Is(row.Key) {
				events := found.EventCount
				if strings.HasPrefix(found.Subject, "burst") {
					events = 0 // which events complete a burst depends on their order
				}
				got += fmt.Sprintln(found.Kind, found.Subject, events)
			}
		}
		if want == "" {
			want = got
		}
		if got != want || !strings.Contains(got, "denied AROA") || !strings.Contains(got, "burst AROA") {
			t.Fatalf("run %d:\n%s\nwant\n%s", run, got, want)
		}
	}
}

// Files that somebody emptied do not erase what the bus brought, and usage says that they lack it.
func TestFilesThatLackRecordsDoNotEraseWhatTheBusBrought(t *testing.T) {
	d, texts, truth := oneDay(t, 200)
	s, _ := newService(t, trail.NewRights(d.Grants, d.Baselines))
	deliverAll(t, s, texts, rand.New(rand.NewPCG(1, 2)))
	if _, err := s.Backfill(t.Context(), files(texts[:20], rand.New(rand.NewPCG(1, 2)))); err != nil {
		t.Fatal(err)
	}
	all := usages(t, s, d)
	wantTruth(t, all, truth)
	if !slices.ContainsFunc(slices.Collect(maps.Values(all)), func(u Used) bool { return u.Incomplete }) {
		t.Error("no usage says that files lack records")
	}
}

// A log file that was cut is counted as far as it goes, is a finding, and proves no hour.
func TestACutFileProvesNothing(t *testing.T) {
	d, texts, _ := oneDay(t, 100)
	s, f := newService(t, trail.NewRights(d.Grants, d.Baselines))
	name := account + "/" + after.Format(time.DateOnly) + "/cut"
	if _, err := s.Backfill(t.Context(), folder{name: []byte(`{"Records":[` + string(texts[0]) + `,{"eventVersion":`)}); err != nil {
		t.Fatal(err)
	}
	was, err := record.Get[applied](t.Context(), f, appliedKey(account))
	if err != nil || len(was.Value.Unproven) != 1 || was.Value.settles(hourText(after.Unix()/3600)+"#0") {
		t.Errorf("%+v, %v", was.Value, err)
	}
	found, err := record.Get[finding.Finding](t.Context(), f, finding.Key(Unread, string(ByFiles)+" "+account))
	if err != nil || !found.Exists() {
		t.Errorf("no finding: %v", err)
	}
}

// A caller chooses the names of resources that do not exist. A row has room for the longest of them, however JSON writes them.
func TestLongNamesDoNotFillARow(t *testing.T) {
	tly := tally{}.with(trail.Key{})
	for i := range counted {
		v := trail.Verdict{Right: trail.ByElevation, Elevation: "e", Calls: []trail.Call{{Action: "iam:DeletePolicy", Resource: strings.Repeat("<", 2000) + fmt.Sprint(i)}}}
		r := &trail.Record{ID: fmt.Sprint(i), Time: after, Address: fmt.Sprint("2001:db8::", i), Source: "iam.amazonaws.com", Name: "DeletePolicy"}
		r.Identity = trail.Identity{Type: "AssumedRole", PrincipalID: "AROAEXAMPLE:" + strings.Repeat("=", 50) + fmt.Sprint(i)}
		tly.add(ByBus, r, &v)
		tly.addElsewhere(&trail.Record{ID: fmt.Sprint("e", i), Time: after})
	}
	row, err := record.Encode(place{"e", 1, 0, ByBus}.key(), 1, tly)
	if err == nil {
		err = row.Check()
	}
	if err != nil || len(row.Body) > 350_000 {
		t.Errorf("%d bytes, %v", len(row.Body), err)
	}
}

func TestRolesOfOthersAreNotCurfews(t *testing.T) {
	in := Installation{Name: "curfew", Home: "444455556666", Accounts: []string{account, "444455556666"}}
	for arn, want := range map[string]string{
		"arn:aws:iam::444455556666:role/curfew-grant": "grant", "arn:aws:iam::111122223333:role/curfew-member-grant": "grant",
		"arn:aws:iam::111122223333:role/curfew-grant": "", "arn:aws:iam::111122223333:role/curfew-member-notify": "", "arn:aws:iam::111122223333:role/x/curfew-member-grant": "",
		"arn:aws:iam::999988887777:role/curfew-member-grant": "", "arn:aws:iam::444455556666:role/curfew-other": "",
	} {
		if got := in.function(arn); got != want {
			t.Errorf("function(%s) = %q, want %q", arn, got, want)
		}
	}
}

// IAM names a role without its path: trail knows no ARN of it, and the name alone says that it is Curfew's.
func TestCallThatNamesARoleOfCurfewTouchesIt(t *testing.T) {
	in := Installation{Name: "curfew", Home: "444455556666", Accounts: []string{account, "444455556666"}}
	for name, want := range map[string]bool{"curfew-member-grant": true, "curfew-01jd2q7v3x0000000000000abc": false, "curfew-dashboards": false, "app": false} {
		r := &trail.Record{Source: "iam.amazonaws.com", Name: "TagRole", Account: account, Parameters: `{"roleName":"` + name + `"}`}
		if got := in.touches(r, nil); got != want {
			t.Errorf("touches(TagRole of %s) = %v, want %v", name, got, want)
		}
	}
}

func TestElevationThatCannotShowItsUseIsNotUnused(t *testing.T) {
	policy := func(action string) []string {
		return []string{`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"*"}]}`}
	}
	for name, c := range map[string]struct {
		e      access.Elevation
		action string
		want   bool
	}{
		"active":           {access.Elevation{ReadyAt: after}, "s3:*", true},
		"never active":     {access.Elevation{}, "s3:*", false},
		"data events only": {access.Elevation{ReadyAt: after}, "s3:GetObject", false},
		"a canary":         {access.Elevation{ReadyAt: after, Entitlement: access.CanaryEntitlement, Requester: access.CanaryCaller().ID}, "s3:*", false},
	} {
		if got := usable(access.Life{Elevation: c.e, Terms: access.Terms{Policies: policy(c.action)}}); got != c.want {
			t.Errorf("%s: usable = %v", name, got)
		}
	}
}
