package command_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"curfew/scripts/curfew/client"
	"curfew/shared/access"
	"curfew/shared/api"
	"curfew/shared/evidence"
	"curfew/shared/identity"
	"curfew/shared/task"
)

// fakeAPI keeps elevations in memory and is strict: an unknown member, query or path fails the call. It answers with
// the client's types, which the client's tests compare with the API's document.
type fakeAPI struct {
	difference string // hash of what grants add now
	t          *testing.T
	people     map[string]client.Caller // by token

	mu         sync.Mutex // guards what follows
	elevations []*client.Detail
	usage      func(*client.Detail) client.Usage // nil: usageOf
	template   string                            // of entitlements; empty: policy
	finding    *client.Finding
	item       *client.CampaignItem
	delegation *client.Delegation
	keys       map[string]string       // elevation by idempotency key
	down       int                     // so many calls get no answer
	changes    func(*client.Elevation) // each request; may be nil
	seen       []string                // method and path of every call
}

const role = "arn:aws:iam::111122223333:role/engineer-deploy"

func newFakeAPI(t *testing.T) *fakeAPI {
	return &fakeAPI{t: t, keys: map[string]string{}, people: map[string]client.Caller{
		"token-of-ana": {ID: "person:https://id.example.com|0001", Kind: "person", Name: "ana"},
		"token-of-ben": {ID: "person:https://id.example.com|0002", Kind: "person", Name: "ben"},
		"token-of-dee": {ID: "person:https://id.example.com|0004", Kind: "person", Name: "dee"},
	}}
}

var groups = map[string][]string{"ana": {"engineers", "a,b c"}, "ben": {"leads"}, "dee": {"security"}}

// RoundTrip answers in process, so that time may be virtual.
func (f *fakeAPI) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = append(f.seen, r.Method+" "+r.URL.RequestURI())
	if f.down > 0 {
		f.down--
		return nil, errors.New("connection refused")
	}
	w := httptest.NewRecorder()
	f.serve(w, r)
	return w.Result(), nil
}

// ServeHTTP answers over a socket.
func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.serve(w, r)
}

func (f *fakeAPI) serve(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	caller, ok := f.people[token]
	switch {
	case token == "token-of-manygroups":
		refuse(w, 401, "unauthenticated", "claim hasgroups: the issuer left out the groups", "curfew.token")
		return
	case !ok:
		refuse(w, 401, "unauthenticated", "the call does not say, or does not prove, who is calling")
		return
	}
	f.advance()
	if f.item == nil {
		f.item = newItem()
	}
	if f.finding == nil {
		f.finding = newFinding() // now there is a clock
	}
	parts := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/v1/"), "/")
	switch route := fmt.Sprintf("%s %s %d", r.Method, parts[0], len(parts)); route {
	case "GET me 1":
		f.give(w, r, client.Me{ID: caller.ID, Kind: caller.Kind, Name: caller.Name, Groups: groups[caller.Name], MFA: true})
	case "GET entitlements 1":
		f.give(w, r, map[string]any{"entitlements": entitlements()})
	case "GET entitlements 2":
		for _, e := range entitlements() {
			if e.Name == parts[1] {
				f.give(w, r, client.EntitlementShown{Entitlement: e, Policy: json.RawMessage(cmp.Or(f.template, policy))})
				return
			}
		}
		refuse(w, 404, "not-found", "there is no such elevation, entitlement or finding, or you may not see it")
	case "POST trials 1":
		f.try(w, r, caller)
	case "GET suspensions 1":
		if caller.Name != "dee" {
			refuse(w, 403, "denied", "only operators see suspensions", "curfew.operator")
			return
		}
		f.give(w, r, map[string]any{"suspensions": []client.Suspension{{Scope: client.Scope{Entitlement: "admin-30m"}, Holds: true, Reason: "its owners look into it", By: "person:https://id.example.com|0002", ByName: "ben", At: instant()}}})
	case "GET audit 1":
		f.evidence(w, r)
	case "GET audit 2":
		f.could(w, r)
	case "GET campaigns 1":
		f.listItems(w, r, caller)
	case "GET campaigns 2", "POST campaigns 3":
		f.actOnItem(w, r, caller, parts[1:])
	case "GET delegations 1", "POST delegations 1", "POST delegations 2":
		f.delegations(w, r, caller)
	case "GET findings 1":
		f.listFindings(w, r, caller)
	case "GET findings 2", "POST findings 3":
		f.actOnFinding(w, r, caller, parts[1:])
	case "GET elevations 1":
		f.list(w, r, caller)
	case "POST elevations 1":
		f.submit(w, r, caller)
	case "GET elevations 2":
		if d := f.find(w, parts[1]); d != nil {
			f.give(w, r, d)
		}
	case "GET elevations 3":
		switch d := f.find(w, parts[1]); {
		case d == nil:
		case parts[2] == "usage" && f.usage != nil:
			f.give(w, r, f.usage(d))
		case parts[2] == "usage":
			f.give(w, r, usageOf(d))
		case d.Review == nil:
			refuse(w, 404, "not-found", "there is no review of elevation "+d.ID)
		default:
			f.give(w, r, reviewOf(d))
		}
	case "GET reviews 1":
		page := client.ReviewPage{Reviews: []client.OpenReview{}}
		for _, d := range f.elevations {
			if d.Review != nil && d.Terminal() && d.Review.SignedAt.IsZero() && (r.URL.Query().Get("mine") == "" || caller.ID != d.Requester.ID) {
				page.Reviews = append(page.Reviews, client.OpenReview{Elevation: d.Elevation, Review: *d.Review, DueBy: d.EndedAt.Add(7 * 24 * time.Hour)})
			}
		}
		f.give(w, r, page, "mine", "state", "limit")
	case "POST elevations 3":
		if d := f.find(w, parts[1]); d != nil {
			f.act(w, r, caller, d, parts[2])
		}
	default:
		refuse(w, 404, "not-found", "there is no such path: "+route)
	}
}

// usageOf is that of somebody who used the grant for a minute.
func usageOf(d *client.Detail) client.Usage {
	from, none := d.GrantedAt.Add(time.Minute), client.UsedNames{Names: []client.UsedName{}}
	names := func(all ...string) (n client.UsedNames) {
		for i, name := range all {
			n.Names = append(n.Names, client.UsedName{Name: name, Events: int64(9 - i), First: from, Last: from.Add(time.Minute)})
		}
		return n
	}
	return client.Usage{
		Elevation: d.ID, Events: 17, Denied: 1, AlsoStanding: 2, First: from, Last: from.Add(time.Minute),
		Actions: names("logs:StartQuery", "logs:GetQueryResults"), Denials: names("s3:DeleteBucket"), Resources: names("arn:aws:logs:eu-west-1:111122223333:log-group:web"),
		Sources: names("203.0.113.7"), Outlive: none, Unobservable: []string{"s3:GetObject", "s3:PutObject"},
		Sessions: []client.UsedSession{{Session: "AROAEXAMPLE0000000001:ana", Opened: from, Events: 17, First: from, Last: from.Add(time.Minute), Kind: "user", Who: "arn:aws:iam::111122223333:user/ana"}},
	}
}

// reviewOf has one pattern of each kind, and one finding.
func reviewOf(d *client.Detail) client.ReviewShown {
	found := newFinding()
	found.Elevation = d.ID
	return client.ReviewShown{
		Elevation: d.Elevation, Policies: d.Terms.Policies, Decisions: d.Decisions, Usage: usageOf(d), Complete: true, Findings: []client.Finding{*found}, Review: *d.Review,
		Allowed: []client.AllowedAction{{Action: "logs:Start*", Use: "used", Calls: 9}, {Action: "logs:GetQueryResults", Use: "used", Calls: 8}, {Action: "s3:GetObject", Use: "not shown", Hidden: 1},
			{Action: "s3:*", Use: "unused", Hidden: 20}, {Action: "ec2:StopInstances", Use: "unused"}},
		Due: d.Terminal() && d.Review.SignedAt.IsZero(), DueBy: d.EndedAt.Add(7 * 24 * time.Hour),
	}
}

func entitlements() []client.Entitlement {
	return []client.Entitlement{{
		Name: "admin-30m", About: "Admin for a broken deployment", Principals: []string{"arn:aws:iam::*:role/engineer-*"}, Max: 1800,
		Tasks: []client.TaskRule{{Kind: "change", Known: true}}, Session: "userid", Parameters: map[string]string{"account": "account-id"},
		Approval: &client.ApprovalRule{Need: 1, Of: []string{"group:leads"}, Within: 3600}, Heartbeat: 300, Overlap: true,
	}, {
		Name: "incident-logs", About: "Logs of an incident", Principals: []string{"arn:aws:iam::*:role/engineer-*"}, Max: 5400,
		Tasks: []client.TaskRule{{Kind: "incident"}}, Session: "none", BreakGlass: true, Parameters: map[string]string{},
	}}
}

const policy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

func budgetsLeft() []client.Budget {
	left := int64(40)
	return []client.Budget{{Per: "requester", Minutes: 120, In: 86400, Left: &left}}
}

// try answers what a request would meet, and keeps nothing.
func (f *fakeAPI) try(w http.ResponseWriter, r *http.Request, caller client.Caller) {
	var q client.Request
	if r.Header.Get("Idempotency-Key") != "" || !understood(w, r, &q) {
		return
	}
	t := client.Trial{Allowed: true, Reasons: []string{"base.request"}, Approval: client.Approval{Need: 1, Of: []string{"group:leads"}}, DecideBy: instant().Add(time.Hour),
		Session: &client.Session{Bind: "userid", Value: caller.Name}, Form: "inline", Policies: []json.RawMessage{json.RawMessage(policy)}, Size: len(policy),
		Room: &client.Room{Inline: 10240, Attached: 9}, Says: []string{"It allows every action on every resource."}, Budgets: budgetsLeft(),
		Difference: &client.Difference{Actions: 14, Line: "adds 14 actions, risk 7: code", Lines: []string{"lambda: 14 write on *"}, Risky: []api.Risky{{Kind: "code", Count: 1, Text: "code: lambda:UpdateFunctionCode"}},
			Risk: 7, Reasons: []string{"code: it makes code run"}, SeenAt: instant().Add(-9 * time.Minute), Hash: strings.Repeat("ab", 32)}}
	if q.Duration > 1800 {
		t = client.Trial{Why: "admin-30m is for at most 30m0s", Reasons: []string{"curfew.duration"}, Policies: []json.RawMessage{}, Says: []string{}}
	}
	f.give(w, r, t)
}

// give answers, if each member of the query is known.
func (f *fakeAPI) give(w http.ResponseWriter, r *http.Request, v any, queries ...string) {
	for name, values := range r.URL.Query() {
		if !slices.Contains(queries, name) || len(values) != 1 {
			refuse(w, 400, "invalid", "query "+name+": not known")
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		f.t.Error(err)
	}
}

func refuse(w http.ResponseWriter, status int, kind, detail string, reasons ...string) {
	problem(w, client.Problem{Kind: api.Kind(kind), Title: kind, Status: status, Detail: detail, Reasons: reasons})
}

func problem(w http.ResponseWriter, p client.Problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

// understood decodes a body strictly.
func understood(w http.ResponseWriter, r *http.Request, v any) bool {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil || r.Header.Get("Content-Type") != "application/json" {
		refuse(w, 400, "invalid", fmt.Sprintf("the body cannot be parsed: %v", err))
		return false
	}
	return true
}

func (f *fakeAPI) find(w http.ResponseWriter, id string) *client.Detail {
	for _, d := range f.elevations {
		if d.ID == id {
			return d
		}
	}
	refuse(w, 404, "not-found", "there is no such elevation, entitlement or finding, or you may not see it")
	return nil
}

func (f *fakeAPI) list(w http.ResponseWriter, r *http.Request, caller client.Caller) {
	q := r.URL.Query()
	page := client.Page{Elevations: []client.Elevation{}}
	for _, d := range slices.Backward(f.elevations) {
		if mine := q.Get("state")+q.Get("principal")+q.Get("requester")+q.Get("mine") == ""; mine && d.Requester.ID != caller.ID {
			continue
		}
		is := func(name, got string) bool {
			return q.Get(name) == "" || slices.Contains(strings.Split(q.Get(name), ","), got)
		}
		decides := d.State == "requested" && d.Requester.ID != caller.ID && slices.Contains(groups[caller.Name], "leads")
		if is("state", d.State) && is("principal", d.Principal) && is("requester", d.Requester.ID) && is("entitlement", d.Entitlement) && (q.Get("mine") == "" || decides) {
			page.Elevations = append(page.Elevations, d.Elevation)
		}
	}
	var from int
	_, _ = fmt.Sscanf(q.Get("cursor"), "from-%d", &from)
	limit := 50
	_, _ = fmt.Sscan(q.Get("limit"), &limit)
	page.Elevations = page.Elevations[from:]
	if len(page.Elevations) > limit {
		page.Elevations, page.NextCursor = page.Elevations[:limit], fmt.Sprintf("from-%d", from+limit)
	}
	f.give(w, r, page, "state", "principal", "requester", "entitlement", "mine", "limit", "cursor")
}

func (f *fakeAPI) submit(w http.ResponseWriter, r *http.Request, caller client.Caller) {
	var q client.Request
	if !understood(w, r, &q) {
		return
	}
	key := r.Header.Get("Idempotency-Key")
	if id := f.keys[key]; id != "" {
		f.give(w, r, f.find(w, id).Elevation)
		return
	}
	now := instant()
	d := &client.Detail{
		Elevation: client.Elevation{
			ID: fmt.Sprintf("01k6y3m1x8q2v4t6w8y0a2c4e%d", len(f.elevations)), State: "requested", Entitlement: q.Entitlement,
			Principal: q.Principal, PrincipalID: "AROAEXAMPLE0000000001", Account: "111122223333", Requester: caller,
			Task: client.Task{Kind: q.Task.Kind, ID: q.Task.ID, Known: true}, Reason: q.Reason, Renews: q.Renews,
			Session: &client.Session{Bind: "userid", Value: caller.Name}, Duration: q.Duration, RequestedAt: now, StartAt: now,
			LatestEnd: now.Add(2 * time.Hour), DecideBy: now.Add(time.Hour), Approval: client.Approval{Need: 1, Of: []string{"group:leads"}},
			Tasks: []string{q.Task.Kind + "/" + q.Task.ID}, BreakGlass: q.Entitlement == "incident-logs",
		},
		Terms: client.Terms{Catalog: strings.Repeat("c0ffee00", 8), Owners: []string{"group:platform"}, Parameters: q.Parameters, Form: "inline",
			Policies: []json.RawMessage{json.RawMessage(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)},
			Says:     []string{"It allows every action on every resource."}},
		Evidence: client.Evidence{Verdict: evidence.Verdict{State: evidence.Verified}}, Budgets: budgetsLeft(),
	}
	if d.BreakGlass {
		d.Approval.Need = 0
		for _, earlier := range f.elevations {
			if earlier.Review != nil && earlier.Requester == caller && earlier.Terminal() && earlier.Review.SignedAt.IsZero() {
				problem(w, client.Problem{Kind: "denied", Status: 403, Elevation: earlier.ID, Reasons: []string{"curfew.review"},
					Detail: "the review of your elevation " + earlier.ID + " is not signed: no break-glass until another person of group:leads signs it with curfew review " + earlier.ID})
				return
			}
		}
	}
	if f.changes != nil {
		f.changes(&d.Elevation)
	}
	d.Digest, d.Terms.Document = hashed(d)
	f.elevations = append(f.elevations, d)
	f.keys[key] = d.ID
	f.record(d, "requested", caller.ID, map[string]string{"reason": q.Reason, "digest": d.Digest})
	if q.Duration > 1800 {
		d.Why = "admin-30m is for at most 30m0s"
		f.record(d, "denied", caller.ID, map[string]any{"by": []string{"curfew.duration"}})
		problem(w, client.Problem{Kind: "denied", Status: 403, Detail: d.Why, Reasons: []string{"curfew.duration"}, Elevation: d.ID})
		return
	}
	if d.BreakGlass {
		d.Review = &client.Review{Elevation: d.ID, Requester: caller, Reviewers: []string{"group:leads"}, OpenedAt: now}
		f.record(d, "approved", "policy", nil)
	}
	f.give(w, r, d.Elevation)
}

// hashed are the digest of the terms of d, and what was hashed.
func hashed(d *client.Detail) (digest, document string) {
	e := d.Elevation
	t := access.Terms{
		ID: e.ID, Principal: access.Principal{ARN: e.Principal, ID: e.PrincipalID, Account: e.Account}, Entitlement: e.Entitlement,
		Catalog: d.Terms.Catalog, Parameters: d.Terms.Parameters, Owners: d.Terms.Owners, Reason: e.Reason, Renews: e.Renews, Duration: e.Duration,
		Requester: identity.Caller{ID: e.Requester.ID, Kind: identity.CallerKind(e.Requester.Kind), Name: e.Requester.Name},
		Task:      task.Task{Kind: e.Task.Kind, ID: e.Task.ID, Known: e.Task.Known},
		Session:   access.Session{Bind: access.Bind(e.Session.Bind), Value: e.Session.Value, MFA: e.Session.MFA, MFASignIn: e.Session.MFASignIn},
		StartAt:   e.StartAt, LatestEnd: e.LatestEnd, DecideBy: e.DecideBy, RequestedAt: e.RequestedAt,
		Approval: access.Approval{Need: e.Approval.Need, Of: e.Approval.Of}, BreakGlass: e.BreakGlass,
		Form: access.Form(d.Terms.Form), Contain: d.Terms.Contain,
	}
	for _, p := range d.Terms.Policies {
		t.Policies = append(t.Policies, string(p))
	}
	return t.Digest(), string(t.Document())
}

func (f *fakeAPI) act(w http.ResponseWriter, r *http.Request, caller client.Caller, d *client.Detail, verb string) {
	switch verb {
	case "decisions":
		f.decide(w, r, caller, d)
		return
	case "review":
		f.review(w, r, caller, d)
		return
	}
	if r.ContentLength > 0 {
		refuse(w, 400, "invalid", "no body is expected")
		return
	}
	switch {
	case verb == "withdraw" && (d.State == "requested" || d.State == "approved"):
		f.record(d, "withdrawn", caller.ID, nil)
	case verb == "end" && d.State == "active":
		d.Cause, d.EndDue = "released", instant()
		f.record(d, "revoking", caller.ID, map[string]string{"cause": d.Cause})
	case verb == "heartbeat" && d.State == "active", verb == "acknowledge" && d.State == "stuck":
	default:
		refuse(w, 409, "conflict", fmt.Sprintf("elevation %s is %s", d.ID, d.State))
		return
	}
	f.give(w, r, d.Elevation)
}

func (f *fakeAPI) decide(w http.ResponseWriter, r *http.Request, caller client.Caller, d *client.Detail) {
	var q client.Decide
	switch {
	case !understood(w, r, &q):
	case q.Digest != d.Digest:
		refuse(w, 403, "denied", "the digest does not match the terms of "+d.ID+": read them again", "curfew.digest")
	case caller.ID == d.Requester.ID:
		refuse(w, 403, "denied", "you cannot decide on your own elevation", "curfew.self")
	case d.State != "requested":
		refuse(w, 409, "conflict", fmt.Sprintf("elevation %s is %s", d.ID, d.State))
	case q.Seen != "" && q.Seen != f.difference:
		refuse(w, 409, "conflict", "what this grant adds has changed since it was shown: look again")
	default:
		d.Decisions = append(d.Decisions, client.Decision{Decision: q.Decision, By: caller, Digest: q.Digest, Reason: q.Reason, At: instant(), Difference: q.Seen, Seen: q.Seen != ""})
		d.Why = q.Reason
		f.record(d, map[string]string{"approve": "approved", "deny": "denied"}[q.Decision], caller.ID, map[string]string{"reason": q.Reason})
		f.give(w, r, d.Elevation)
	}
}

func (f *fakeAPI) review(w http.ResponseWriter, r *http.Request, caller client.Caller, d *client.Detail) {
	var q struct{ Note string }
	if !understood(w, r, &q) {
		return
	}
	d.Review.SignedBy, d.Review.SignedAt, d.Review.Note = caller.ID, instant(), q.Note
	f.give(w, r, d.Review)
}

// advance is what time does: two seconds to a grant, ten more until it is usable, and the end.
func (f *fakeAPI) advance() {
	now := instant()
	for _, d := range f.elevations {
		if len(d.Timeline) == 0 { // a test took it away
			continue
		}
		last := d.Timeline[len(d.Timeline)-1].At
		switch {
		case d.State == "approved" && !now.Before(last.Add(2*time.Second)):
			d.GrantedAt, d.Deadline, d.ReadyAt = now, now.Add(time.Duration(d.Duration)*time.Second), now.Add(10*time.Second)
			f.record(d, "granting", "grant", map[string]any{"deadline": d.Deadline})
			f.record(d, "active", "grant", nil)
		case d.State == "active" && !now.Before(d.Deadline):
			d.Cause, d.EndDue = "deadline", d.Deadline
			f.record(d, "revoking", "revoke", map[string]string{"cause": d.Cause})
			f.end(d)
		case d.State == "revoking" && !now.Before(last.Add(2*time.Second)):
			f.end(d)
		}
	}
}

func (f *fakeAPI) end(d *client.Detail) {
	now, overstay := instant(), int64(instant().Sub(d.EndDue)/time.Second)
	d.EndedAt, d.Overstay = now, &overstay
	d.Receipt = &client.Receipt{Elevation: d.ID, Grant: "curfew-" + d.ID, Principal: client.Principal{ARN: d.Principal, ID: d.PrincipalID, Account: d.Account}, By: "revoke",
		Cause: d.Cause, Due: d.EndDue, Calls: []client.Call{{Action: "iam:DeleteRolePolicy", At: now, Outcome: "done"}},
		ReadAt: now, Seen: "not there", GoneAt: now, Overstay: overstay, Digest: d.Digest}
	d.Budgets = nil
	f.record(d, "ended", "revoke", d.Receipt)
}

// record moves an elevation and leaves real evidence of it.
func (f *fakeAPI) record(d *client.Detail, state, actor string, detail any) {
	var head evidence.Head
	if n := len(d.Timeline); n > 0 {
		head = evidence.Head{Seq: d.Timeline[n-1].Seq, Hash: d.Timeline[n-1].Hash}
	}
	r, head, err := evidence.Append(evidence.ElevationChain(d.ID), head, evidence.Entry{At: instant(), Kind: "elevation." + state, Actor: actor, Detail: detail})
	if err != nil {
		f.t.Error(err)
	}
	d.State, d.Timeline, d.Evidence.Head = state, append(d.Timeline, r), head
}

func instant() time.Time { return time.Now().UTC().Truncate(time.Second) }
