package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"curfew/shared/access"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/trail"
)

// way is one way by which CloudTrail's records come, and how late.
type way struct {
	least, most time.Duration // on AWS
	lost        float64       // share of the records that do not come by it
	envelope    string        // around the record
	source      string
}

// ways are all of them. Each record comes by both, so that most come twice, late and out of order.
var ways = []way{
	// "Best effort delivery means that … in some rare cases an event might not be delivered"; AWS gives no time. Assumed: seconds to minutes.
	{2 * time.Second, 2 * time.Minute, 0.1, `{"version":"0","detail-type":"AWS API Call via CloudTrail","source":"aws.%[2]s","detail":%[1]s}`,
		"https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-delivery-level.html"},
	// "typically delivers logs within an average of about 5 minutes of an API call. This time is not guaranteed"; earlier editions say 15.
	{time.Minute, 15 * time.Minute, 0, `{"Records":[%[1]s]}`,
		"https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html"},
}

// trailHurry is how many times faster records come than on AWS.
const trailHurry = 400

// delay is how late one record comes here; false: it is lost.
func (w way) delay() (time.Duration, bool) {
	return (w.least + rand.N(w.most-w.least)) / trailHurry, rand.Float64() >= w.lost
}

// cloudTrail stands in for CloudTrail, and for the function that attributes what it delivers.
type cloudTrail struct {
	sys *inprocess.System
	iam *inprocess.IAM
	log *slog.Logger
	own []trail.Baseline

	alive    context.Context
	end      context.CancelFunc
	delivers sync.WaitGroup

	mu      sync.Mutex // guards the fields below
	reader  trail.Reader
	ledger  *trail.Ledger
	opened  map[string]time.Time // sessions by "principal id:name"
	pending map[string]int       // deliveries to come, by principal id
}

// newCloudTrail takes what principals may do before the first grant for what they may do by themselves.
func newCloudTrail(sys *inprocess.System, iam *inprocess.IAM, log *slog.Logger) *cloudTrail {
	t := &cloudTrail{sys: sys, iam: iam, log: log, opened: map[string]time.Time{}, pending: map[string]int{}}
	t.alive, t.end = context.WithCancel(context.Background())
	for _, arn := range iam.Principals() {
		if p, ok := iam.Policies(arn); ok {
			t.own = append(t.own, trail.Baseline{PrincipalID: iam.UniqueID(arn), Policies: p})
		}
	}
	t.ledger = trail.NewLedger(trail.NewRights(nil, t.own), trail.Key{}) // the rehearsal has no attackers
	return t
}

// Close drops what has not come yet.
func (t *cloudTrail) Close() {
	t.end()
	t.delivers.Wait()
}

// made records a call, and delivers the record later by each way. A data event is not recorded: no trail of AWS does by default.
func (t *cloudTrail) made(c call, got called, at time.Time) {
	if trail.DataEvent(c.Action) || t.alive.Err() != nil {
		return
	}
	id := t.iam.UniqueID(c.Principal)
	m := madeCall{call: c, id: strings.ToLower(ulid.Make().String()), principalID: id, account: strings.Split(c.Principal, ":")[4], at: at, outcome: got.Outcome}
	t.mu.Lock()
	defer t.mu.Unlock()
	session := id + ":" + c.Session
	if t.opened[session].IsZero() {
		t.opened[session] = at
	}
	m.opened = t.opened[session]
	text, err := m.record()
	if err != nil {
		t.log.Error("a call cannot be recorded", "action", c.Action, "error", err)
		return
	}
	service, _, _ := strings.Cut(c.Action, ":")
	for _, w := range ways {
		after, comes := w.delay()
		if !comes {
			continue
		}
		t.pending[id]++
		t.delivers.Go(func() { t.deliver(after, id, fmt.Sprintf(w.envelope, text, service)) })
	}
}

// deliver attributes a record after a delay.
func (t *cloudTrail) deliver(after time.Duration, principalID, text string) {
	select {
	case <-t.alive.Done():
		return
	case <-time.After(after):
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	defer func() { t.pending[principalID]-- }()
	grants, err := t.grants()
	if err != nil {
		t.log.Error("elevations cannot be read for attribution", "error", err)
		return
	}
	t.ledger.Rights = trail.NewRights(grants, t.own)
	_ = t.reader.ReadText("rehearsal", text, func(r *trail.Record) error { t.ledger.Add(r); return nil }) // only that function could fail
}

// grants are those of all elevations.
func (t *cloudTrail) grants() (all []trail.Grant, err error) {
	es, terms, err := access.Lives(t.sys.Store.All(record.AccessTable))
	if err != nil {
		return nil, err
	}
	of := map[string]access.Terms{}
	for _, x := range terms {
		of[x.ID] = x
	}
	for _, e := range es {
		x := of[e.ID]
		if e.GrantedAt.IsZero() {
			continue
		}
		g := trail.Grant{Elevation: e.ID, PrincipalID: x.Principal.ID, Account: x.Principal.Account, Task: x.Task.String(), From: e.GrantedAt, Deadline: e.Deadline, GoneAt: e.GoneAt, Documents: x.Policies}
		if x.Session.Bind == access.BindUserID && x.Session.Value != "" {
			g.UserID = g.PrincipalID + ":" + x.Session.Value
		}
		all = append(all, g)
	}
	return all, nil
}

// arrived waits until all records of a principal's calls have come.
func (t *cloudTrail) arrived(ctx context.Context, principalID string) error {
	for {
		t.mu.Lock()
		left := t.pending[principalID]
		t.mu.Unlock()
		if left == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d records of %s have not come: %w", left, principalID, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}
