package correlate

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/record"
)

// The sweep calls GetCallerIdentity in each governed Region of each account. The call must come back by each route: an
// account whose trail was stopped would look idle.

// quiet is how long a heartbeat may not come by a route.
// CloudTrail delivers log files "within an average of about 5 minutes", without a guarantee.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
func (r Route) quiet() time.Duration {
	if r == ByFiles {
		return time.Hour
	}
	return 15 * time.Minute
}

// Silent is raised for an account from which a route brings nothing.
var Silent = finding.Kind{
	Name: "trail-silent", PageInterval: time.Hour, Severity: finding.High,
	Why: "Calls of the account are not seen: its trail was stopped, or a rule, a bus or a queue was changed.",
	Do:  "Look at the trail of the account (aws cloudtrail get-trail-status), then at the rules of the stacks per Region. curfew doctor checks both.",
}

// beat is a row: the last heartbeat by a route.
type beat struct {
	At time.Time `json:"at"`
}

const beats = "history#heartbeat"

func beatSort(route Route, account, region string) string {
	return string(route) + "#" + account + "#" + region
}

// noteEvery bounds the writes of heartbeats.
const noteEvery = 2 * time.Minute

// beatNoter is safe for concurrent use.
type beatNoter struct {
	record.Base
	in Installation

	mu   sync.Mutex // guards the field below
	last map[string]time.Time
}

func (s *beatNoter) note(ctx context.Context, route Route, all []judged) error {
	for _, j := range all {
		if j.Source != "sts.amazonaws.com" || j.Name != "GetCallerIdentity" || s.in.function(j.Identity.Issuer.ARN) != "reconcile" || j.Time.IsZero() {
			continue
		}
		if err := s.noteOne(ctx, beatSort(route, j.Account, j.Region), j.Time); err != nil {
			return err
		}
	}
	return nil
}

func (s *beatNoter) noteOne(ctx context.Context, key string, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at.Before(s.last[key].Add(noteEvery)) {
		return nil
	}
	err := record.UpdateRow(ctx, s.Store, "heartbeat", record.AccessKey(beats, key), func(was record.Stored[beat]) ([]record.Change, error) {
		if at.Before(was.Value.At.Add(noteEvery)) {
			return nil, nil
		}
		put, err := was.Put(beat{at}, at.Add(sessionKept))
		return []record.Change{put}, err
	})
	if err == nil {
		s.last[key] = at
	}
	return err
}

// Expected says which heartbeats must come.
type Expected struct {
	Accounts, Regions []string
	Files             bool      // log files are read
	Since             time.Time // the first heartbeat was sent
}

// readBeats returns the last heartbeats by [beatSort].
func readBeats(ctx context.Context, b record.Base) (map[string]time.Time, error) {
	rows, err := b.Store.Partition(ctx, record.AccessTable, beats, "")
	if err != nil {
		return nil, fault.Wrap(err, "reading heartbeats")
	}
	last := map[string]time.Time{}
	for _, row := range rows {
		at, err := record.Decode[beat](row)
		if err != nil {
			return nil, err
		}
		last[row.Key.Sort] = at.At
	}
	return last, nil
}

// ReportSilence raises a finding for each account and route without heartbeat.
func ReportSilence(ctx context.Context, b record.Base, x Expected) error {
	last, err := readBeats(ctx, b)
	if err != nil {
		return err
	}
	routes := []Route{ByBus}
	if x.Files {
		routes = append(routes, ByFiles)
	}
	for _, route := range routes {
		for _, account := range x.Accounts {
			silent := slices.DeleteFunc(slices.Clone(x.Regions), func(region string) bool {
				at, came := last[beatSort(route, account, region)]
				if !came {
					at = x.Since
				}
				return b.Now().Before(at.Add(route.quiet()))
			})
			if len(silent) == 0 {
				continue
			}
			o := finding.Occurrence{Subject: string(route) + " " + account, Account: account, What: "no heartbeat comes by the " + string(route) + " from account " + account + " in " + strings.Join(silent, ", ")}
			if err := finding.Report(ctx, b, Silent, o); err != nil {
				return err
			}
		}
	}
	return nil
}
