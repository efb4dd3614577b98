package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"curfew/shared/access"
	"curfew/shared/catalog"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/identity"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/release"
	"curfew/shared/task"
	"curfew/shared/trail"
)

const (
	engineer  = "arn:aws:iam::111122223333:role/engineer-deploy"
	backup    = "arn:aws:iam::111122223333:role/backup-runner"
	responder = "arn:aws:iam::111122223333:role/responder"

	askAdmin = `{"entitlement": "admin-30m", "principal": "` + engineer + `", "task": {"kind": "change", "id": "CHG-1042"},
		"reason": "deployment of orders is stuck", "duration_seconds": 1800, "parameters": {"account": "111122223333"}}`
	askBackup = `{"entitlement": "backup-run", "principal": "` + backup + `", "task": {"kind": "backup", "id": "job-7f3a"},
		"reason": "nightly copy", "duration_seconds": 7200}`
	askIncident = `{"entitlement": "incident-logs", "principal": "` + responder + `", "task": {"kind": "incident", "id": "INC-7"},
		"reason": "orders are failing", "duration_seconds": 3600}`
)

// world is the whole domain over the ports in memory, behind the door. Its clock and ids are fixed; the workflow does
// nothing by itself: tests call grant and revoke.
type world struct {
	t       testing.TB
	svc     *access.Service
	iam     *inprocess.IAM
	store   *inprocess.Store
	flow    *workflow
	decider *decider
	log     *bytes.Buffer
	handler http.Handler
	now     time.Time
	ids     int
}

var example = sync.OnceValues(func() (*catalog.Catalog, error) { return catalog.Load(catalog.Example()) })

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, flow: &workflow{}, log: &bytes.Buffer{}, now: time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return w.now }
	iam, err := inprocess.LoadWorld(bytes.NewReader(inprocess.ExampleWorld()), "example-world.json")
	if err != nil {
		t.Fatal(err)
	}
	c, err := example()
	if err != nil {
		t.Fatal(err)
	}
	settings := access.DefaultSettings()
	settings.Boundaries, settings.Operators = []string{"arn:aws:iam::111122223333:policy/curfew-boundary"}, c.Operators()
	set := catalog.NewSet(c)
	w.iam, w.decider = iam, &decider{Decider: set}
	w.iam.Set(inprocess.IAMSettings{Now: clock})
	w.store = inprocess.NewStore(inprocess.StoreSettings{Now: clock, Manual: true})
	t.Cleanup(w.store.Close)
	if err := inprocess.Register(w.store, w.now, inprocess.AccountsOf(iam)...); err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(w.log, nil))
	w.svc = &access.Service{
		Base: record.Base{
			Store: w.store, Log: slog.New(slog.DiscardHandler), Now: clock,
			NewID: func() string { return w.newID() },
		},
		Workflow: w.flow, Decider: w.decider, Notifier: &inprocess.Notifier{}, Settings: settings,
		Cloud: &inprocess.Cloud{IAM: iam, Name: settings.Name, Boundaries: settings.Boundaries},
	}
	w.svc.Catalogs = release.New(w.svc, set, true)
	w.handler = New(w.svc, authenticate, logger)
	for _, work := range []task.Task{{Kind: "change", ID: "CHG-1042"}, {Kind: "backup", ID: "job-7f3a"}, {Kind: "incident", ID: "INC-7"}} {
		if err := w.svc.Tasks().Start(t.Context(), work, task.EventSource{Source: "test"}, w.now.Add(-time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// newID gives ids that have the time of the clock, and are the same in every run.
func (w *world) newID() string {
	var id ulid.ULID
	if err := id.SetTime(ulid.Timestamp(w.now)); err != nil {
		w.t.Fatal(err)
	}
	w.ids++
	return strings.ToLower(id.String())[:10] + fmt.Sprintf("%016d", w.ids)
}

// authenticate knows people and machines by a bearer token that is their name.
func authenticate(r *http.Request) (identity.Caller, error) {
	person := func(name, subject string, groups ...string) identity.Caller {
		return identity.Caller{ID: identity.PersonID("https://id.example.com", subject), Kind: identity.Person, Name: name, Groups: groups, MFA: true}
	}
	switch name := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "); name {
	case "ana":
		return person("ana", "0001", "engineers"), nil
	case "ben":
		return person("ben", "0002", "leads", "platform"), nil
	case "cem":
		return person("cem", "0003", "engineers", "oncall"), nil
	case "dee":
		return person("dee", "0004", "security", "operators"), nil
	case "eve": // signed in, and in no group
		return person("eve", "0005"), nil
	case "manygroups":
		return identity.Caller{}, fault.Deny("curfew.token", "claim hasgroups: the issuer left out the groups")
	case "nobody":
		return identity.Caller{}, nil
	case "robot": // in every group
		return identity.Caller{ID: identity.MachineID("AROAEXAMPLE0000000009"), Kind: identity.Machine, Name: "job", ARN: "arn:aws:iam::111122223333:role/robot",
			Groups: []string{"leads", "platform", "security", "operators", "oncall"}}, nil
	case "backup-runner":
		return identity.Caller{ID: identity.MachineID("AROAEXAMPLE0000000002"), Kind: identity.Machine, Name: "job", ARN: backup, Groups: []string{"backup"}}, nil
	}
	return identity.Caller{}, errors.New("no such token")
}

// found raises a finding and returns its id.
func (w *world) found(subject string) string {
	w.t.Helper()
	kind := finding.Kind{Name: "edited", PageInterval: finding.Daily, Severity: finding.Critical, Why: "the grant is not what was approved", Do: "find out who changed it"}
	o := finding.Occurrence{Subject: subject, What: "the policy differs", Principal: "arn:aws:iam::111122223333:role/engineer-deploy", Events: []string{"11111111-2222-3333-4444-555555555555"}}
	if err := finding.Report(w.t.Context(), w.svc.Base, kind, o); err != nil {
		w.t.Fatal(err)
	}
	return finding.IDOf(finding.Key(kind, subject))
}

func (w *world) foundAbout(elevation string) {
	w.t.Helper()
	kind := finding.Kind{Name: "missing", PageInterval: finding.Daily, Severity: finding.Medium, Why: "the holder has less access than promised", Do: "find out who removed it"}
	if err := finding.Report(w.t.Context(), w.svc.Base, kind, finding.Occurrence{Subject: elevation, Elevation: elevation, What: "the grant was removed by hand"}); err != nil {
		w.t.Fatal(err)
	}
}

// used stores calls as EventBridge brings them.
func (w *world) used(elevation string, actions ...string) {
	w.t.Helper()
	u := trail.NewUsage(trail.Key{})
	for _, action := range actions {
		u.Add(&trail.Record{Time: w.now, Address: "198.51.100.7"}, &trail.Verdict{Calls: []trail.Call{{Action: action, Resource: "*"}}})
	}
	key := record.AccessKey("usage#"+elevation, w.now.Format("2006-01-02T15")+"#bus#0")
	row, err := record.Encode(key, 1, map[string]any{"usage": u, "ids": "AAAAAAAAAAE="})
	if err == nil {
		err = w.svc.Store.Write(w.t.Context(), record.Change{Row: row})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	body []byte
}

// call makes one call as a caller ("" has no token) and checks the answer. Headers are "Name: value".
func (w *world) call(who, method, target, body string, headers ...string) answer {
	w.t.Helper()
	return w.callOn(w.handler, who, method, target, body, headers...)
}

func (w *world) callOn(h http.Handler, who, method, target, body string, headers ...string) answer {
	w.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+who)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, each := range headers {
		name, value, _ := strings.Cut(each, ": ")
		if name == "Content-Type" {
			r.Header.Del(name)
		}
		r.Header.Add(name, value)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	a := answer{rec.Result(), rec.Body.Bytes()}
	w.checkAnswer(r, a)
	return a
}

// checkAnswer holds one answer against what every answer carries, and has it held against the document.
func (w *world) checkAnswer(r *http.Request, a answer) {
	w.t.Helper()
	if got := a.Header.Get("Cache-Control") + " " + a.Header.Get("X-Content-Type-Options"); got != "no-store nosniff" {
		w.t.Errorf("%s %s: security headers %q", r.Method, r.URL, got)
	}
	for name := range a.Header {
		if strings.HasPrefix(name, "Access-Control-") {
			w.t.Errorf("%s %s: header %s", r.Method, r.URL, name)
		}
	}
	if !strings.Contains(r.Pattern, " ") { // no route: a problem that no operation describes
		return
	}
	if err := a.record(r); err != nil {
		w.t.Error(err)
	}
}

// record appends an answer to the file CURFEW_RECORD_ANSWERS, if there is one: scripts/oracles holds them against the document.
func (a answer) record(r *http.Request) error {
	path := os.Getenv("CURFEW_RECORD_ANSWERS")
	if path == "" {
		return nil
	}
	line, err := json.Marshal(map[string]any{"Method": r.Method, "Target": r.URL.String(), "Status": a.StatusCode, "Header": a.Header, "Body": a.body})
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(append(line, '\n'))
	return errors.Join(err, file.Close())
}

// want fails the test unless the status is as wanted, and gives the answer on.
func (a answer) want(t testing.TB, status int) answer {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("status = %d, want %d\n%s", a.StatusCode, status, a.body)
	}
	return a
}

// member is one member of the answer.
func (a answer) member(t testing.TB, name string) string {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(a.body, &all); err != nil {
		t.Fatal(err)
	}
	s, _ := all[name].(string)
	return s
}

// asked is a new elevation.
func (w *world) asked(who, body string) (id, digest string) {
	w.t.Helper()
	a := w.call(who, "POST", "/v1/elevations", body).want(w.t, http.StatusCreated)
	return a.member(w.t, "id"), a.member(w.t, "digest")
}

func (w *world) granted(id string) {
	w.t.Helper()
	if _, err := w.svc.Grant(w.t.Context(), access.GrantIn{ID: id, Execution: "execution-" + id}); err != nil {
		w.t.Fatal(err)
	}
}

// active is ana's elevation, approved by ben and granted.
func (w *world) active() string {
	w.t.Helper()
	id, digest := w.asked("ana", askAdmin)
	w.call("ben", "POST", "/v1/elevations/"+id+"/decisions", decides("approve", digest)).want(w.t, http.StatusOK)
	w.granted(id)
	return id
}

// revoked carries out the last order that the workflow was given.
func (w *world) revoked() error {
	w.t.Helper()
	_, err := w.svc.Revoke(w.t.Context(), w.flow.orders[len(w.flow.orders)-1])
	return err
}

func decides(decision, digest string) string {
	return fmt.Sprintf(`{"decision": %q, "digest": %q}`, decision, digest)
}

// workflow starts nothing, and keeps the orders that it was given.
type workflow struct{ orders []access.Order }

func (f *workflow) Start(context.Context, string, string) error  { return nil }
func (f *workflow) Answer(context.Context, string, string) error { return nil }
func (f *workflow) Beat(context.Context, string) error           { return nil }
func (f *workflow) Postpone(context.Context, access.Late) error  { return nil }
func (f *workflow) Contain(context.Context, access.Order) error  { return nil }

func (f *workflow) Revoke(_ context.Context, o access.Order) error {
	f.orders = append(f.orders, o)
	return nil
}

// decider is the example's catalog, until it breaks.
type decider struct {
	access.Decider
	broken  func() error
	denies  access.PolicyAction
	need    int // approvals; 0: as the catalog says
	overlap bool
}

func (d *decider) Decide(ctx context.Context, q access.Question) (access.Verdict, error) {
	if q.Action == d.denies {
		return access.Verdict{}, nil
	}
	return d.Decider.Decide(ctx, q)
}

func (d *decider) Entitlement(ctx context.Context, hash, name string) (access.Entitlement, error) {
	if d.broken != nil {
		return access.Entitlement{}, d.broken()
	}
	e, err := d.Decider.Entitlement(ctx, hash, name)
	if e.Approval != nil && d.need > 0 {
		rule := *e.Approval
		rule.Need, e.Approval = d.need, &rule
	}
	e.Overlap = e.Overlap || d.overlap
	return e, err
}

func (w *world) failIAM(action string) {
	w.iam.Set(inprocess.IAMSettings{Now: func() time.Time { return w.now }, Fault: func(a string) string {
		if a == action {
			return "ServiceFailure"
		}
		return ""
	}})
}
