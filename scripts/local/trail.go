package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"curfew/shared/baseline"
	"curfew/shared/catalog"
	"curfew/shared/correlate"
	"curfew/shared/detection"
	"curfew/shared/inprocess"
	"curfew/shared/trail"
)

// way is one way by which CloudTrail's records come, and how late.
type way struct {
	least, most time.Duration // on AWS
	lost        float64       // share of the records that do not come by it
	envelope    string        // around the record
	file        bool          // a log file; else an event
	source      string
}

// ways are all of them. Each record comes by both, so that most come twice, late and out of order.
var ways = []way{
	// "Best effort delivery means that … in some rare cases an event might not be delivered"; AWS gives no time. Assumed: seconds to minutes.
	{2 * time.Second, 2 * time.Minute, 0.1, `{"version":"0","detail-type":"AWS API Call via CloudTrail","source":"aws.%[2]s","account":"%[3]s","detail":%[1]s}`, false,
		"https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-delivery-level.html"},
	// "typically delivers logs within an average of about 5 minutes of an API call. This time is not guaranteed"; earlier editions say 15.
	{time.Minute, 15 * time.Minute, 0, `{"Records":[%[1]s]}`, true,
		"https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html"},
}

// trailHurry is how many times faster records come than on AWS.
const trailHurry = 400

// delay is how late one record comes here; false: it is lost.
func (w way) delay() (time.Duration, bool) {
	return (w.least + rand.N(w.most-w.least)) / trailHurry, rand.Float64() >= w.lost
}

// cloudTrail stands in for CloudTrail and its ways. Package correlate counts what it delivers, as on AWS.
type cloudTrail struct {
	sys     *inprocess.System
	iam     *inprocess.IAM
	log     *slog.Logger
	counted *correlate.Service

	alive    context.Context
	end      context.CancelFunc
	delivers sync.WaitGroup

	mu      sync.Mutex           // guards the fields below
	files   map[string]string    // log files by name
	opened  map[string]time.Time // sessions by "principal id:name"
	pending map[string]int       // deliveries to come, by principal id
	failed  error
}

func newCloudTrail(sys *inprocess.System, iam *inprocess.IAM, cat *catalog.Catalog, log *slog.Logger) (*cloudTrail, error) {
	t := &cloudTrail{sys: sys, iam: iam, log: log, files: map[string]string{}, opened: map[string]time.Time{}, pending: map[string]int{}}
	t.alive, t.end = context.WithCancel(context.Background())
	detections, err := detection.Compile(cat.Detections())
	if err != nil {
		return nil, err
	}
	t.counted = correlate.New(sys.Service, accounts(iam), t.own, correlate.Installation{Name: "curfew", IaC: cat.IaC()}, detections)
	return t, nil
}

// own is what the sweep's surveys saw of a principal. The next survey, which would confirm it, is not waited for.
func (t *cloudTrail) own(ctx context.Context, principalID string, _, _ time.Time) ([]trail.Baseline, error) {
	now := time.Now()
	all, err := baseline.Load(ctx, t.sys.Store, principalID, now, now)
	for i := range all {
		all[i].From, all[i].Until = time.Time{}, time.Time{}
	}
	return all, err
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
		content := fmt.Sprintf(w.envelope, text, service, m.account)
		bring := t.byBus(content)
		if w.file {
			bring = t.byFile(m.account+"/"+at.UTC().Format(time.DateOnly)+"/"+m.id, content)
		}
		t.delivers.Go(func() { t.deliver(after, id, bring) })
	}
}

// deliver brings a record after a delay.
func (t *cloudTrail) deliver(after time.Duration, principalID string, bring func(ctx context.Context) error) {
	select {
	case <-t.alive.Done():
		return
	case <-time.After(after):
	}
	err := bring(t.alive)
	if err != nil && t.alive.Err() == nil {
		t.log.Error("a record of CloudTrail was not counted", "error", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pending[principalID]--
	t.failed = errors.Join(t.failed, err)
}

// byBus is an event of EventBridge.
func (t *cloudTrail) byBus(event string) func(context.Context) error {
	return func(ctx context.Context) error {
		return errors.Join(t.counted.Deliver(ctx, []string{event})...)
	}
}

// byFile is a log file with one record.
func (t *cloudTrail) byFile(name, content string) func(context.Context) error {
	return func(ctx context.Context) error {
		t.mu.Lock()
		t.files[name] = content
		t.mu.Unlock()
		_, err := t.counted.Backfill(ctx, t)
		return err
	}
}

// List is [correlate.LogFiles.List].
func (t *cloudTrail) List(_ context.Context, account string, day time.Time) (names []string, _ error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name := range t.files {
		if strings.HasPrefix(name, account+"/"+day.Format(time.DateOnly)+"/") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Open is [correlate.LogFiles.Open].
func (t *cloudTrail) Open(_ context.Context, name string) (io.ReadCloser, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return io.NopCloser(strings.NewReader(t.files[name])), nil
}

// arrived waits until all records of a principal's calls have come.
func (t *cloudTrail) arrived(ctx context.Context, principalID string) error {
	for {
		t.mu.Lock()
		left, err := t.pending[principalID], t.failed
		t.mu.Unlock()
		if left == 0 || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d records of %s have not come: %w", left, principalID, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}
