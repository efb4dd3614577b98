package correlate

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/detection"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/iampolicy"
	"curfew/shared/record"
	"curfew/shared/trail"
)

// Silences judges the detections of the kind silence. The sweep asks: it alone lists what ended.
type Silences struct {
	*access.Service
	Set *detection.Set
}

// judgedSilence is a row of one account. Only the sweep writes it.
type judgedSilence struct {
	Until string               `json:"until"` // place in [access.EndedIn] up to which elevations were judged
	Since map[string]time.Time `json:"since"` // when the sweep saw each detection first
}

func silenceKey(account string) record.Key { return record.AccessKey("sweep#silence", account) }

// leastWait is how long after an end a call with the grant may still be made, and the index of ends may lag.
const leastWait = 5 * time.Minute

// Judge raises the findings of silence as far as the calls of each account are known. Each elevation is judged once.
func (s Silences) Judge(ctx context.Context, x Expected) error {
	last, err := readBeats(ctx, s.Base)
	if err != nil {
		return err
	}
	var failed error
	for i := range x.Accounts { // another is first each time: the time may not be enough for all
		account := x.Accounts[(i+int(s.Now().Unix()/60))%len(x.Accounts)]
		known, err := s.knownUntil(ctx, x, last, account)
		if err == nil && !known.IsZero() {
			err = s.judge(ctx, x.route(), account, known)
		}
		failed = errors.Join(failed, fault.Wrap(err, "judging the silence of account %s", account))
	}
	return failed
}

// route is the one that shows all calls.
func (x Expected) route() Route {
	if x.Files {
		return ByFiles
	}
	return ByBus
}

// knownUntil is until when the calls of an account are known: the oldest last heartbeat of its Regions, and the last settled hour of its
// files; zero: they are not.
func (s Silences) knownUntil(ctx context.Context, x Expected, last map[string]time.Time, account string) (until time.Time, err error) {
	for i, region := range x.Regions {
		at := last[beatSort(x.route(), account, region)]
		if i == 0 || at.Before(until) {
			until = at
		}
	}
	if !x.Files || until.IsZero() {
		return until, nil
	}
	at, err := record.Get[applied](ctx, s.Store, appliedKey(account))
	if at.Value.Settled.Before(until) {
		until = at.Value.Settled
	}
	return until, err
}

func (s Silences) judge(ctx context.Context, route Route, account string, known time.Time) error {
	was, err := record.Get[judgedSilence](ctx, s.Store, silenceKey(account))
	if err != nil {
		return err
	}
	now := judgedSilence{Until: was.Value.Until, Since: map[string]time.Time{}}
	of := func(by detection.By) []detection.Detection {
		all := s.Set.Silences(by)
		for _, d := range all {
			now.Since[d.Name] = cmp.Or(was.Value.Since[d.Name], record.Instant(known))
		}
		return all
	}
	var failed error
	for _, d := range of(detection.ByAccount) {
		hits, err := detection.Silent(ctx, history{s.Base}, &d, []detection.Expected{{Subject: account, Since: now.Since[d.Name]}}, known)
		failed = errors.Join(failed, err, raise(ctx, s.Base, hits, nil))
	}
	if err := s.judgeEnded(ctx, route, account, of(detection.ByElevation), &now, known); err != nil {
		failed = errors.Join(failed, err)
	}
	if was.Value.Until == now.Until && maps.Equal(was.Value.Since, now.Since) {
		return failed
	}
	put, err := was.Put(now, time.Time{})
	if err == nil {
		err = s.Store.Write(ctx, put) // Conflict: another sweep raised the same findings
	}
	return errors.Join(failed, err)
}

// judgeEnded judges the elevations that ended, in pages, and moves now.Until.
func (s Silences) judgeEnded(ctx context.Context, route Route, account string, all []detection.Detection, now *judgedSilence, known time.Time) error {
	wait := leastWait
	for _, d := range all {
		wait = max(wait, d.Silence.For)
	}
	until := known.Add(-wait).UTC().Format(time.RFC3339) + "#~"
	if now.Until == "" || len(all) == 0 {
		now.Until = until
	}
	if now.Until >= until {
		return nil
	}
	gaps, err := s.gapsOf(ctx, route, account)
	if err != nil {
		return err
	}
	q := record.Query{Index: record.ByDue, Partition: access.EndedIn(account), After: now.Until, UpTo: until, Limit: access.LivesPerRead}
	var failed error
	for {
		page, err := s.Store.List(ctx, q)
		if err != nil {
			return errors.Join(failed, err)
		}
		lives, unread, err := s.LoadAll(ctx, page.Keys)
		if err != nil {
			return errors.Join(failed, err)
		}
		lives = slices.DeleteFunc(lives, func(l access.Life) bool { return l.Terms.ID == "" || gaps.doubt(l) || !usable(l) })
		for _, d := range all {
			if err := s.judgeLives(ctx, account, &d, now.Since[d.Name], lives, known); err != nil {
				return errors.Join(failed, err)
			}
		}
		failed = errors.Join(append(unread, failed)...) // one that cannot be read keeps no other from being judged
		if q.After, now.Until = page.Next, cmp.Or(page.Next, until); page.Next == "" {
			return failed
		}
	}
}

// judgeLives raises what a detection finds of elevations. One that was granted before the detection was there is left out.
func (s Silences) judgeLives(ctx context.Context, account string, d *detection.Detection, since time.Time, lives []access.Life, known time.Time) error {
	var expected []detection.Expected
	of := map[string]access.Life{}
	for _, l := range lives {
		if !l.Elevation.GrantedAt.Before(since) {
			expected = append(expected, detection.Expected{Subject: l.Terms.ID, Since: l.Elevation.EndedAt})
			of[l.Terms.ID] = l
		}
	}
	hits, err := detection.Silent(ctx, history{s.Base}, d, expected, known)
	if err != nil {
		return err
	}
	for _, h := range hits {
		u, err := ReadUsage(ctx, s.Base, account, h.Elevation)
		if err != nil {
			return err
		}
		if u.AtLeast || u.Incomplete || u.Events > 0 && d.EveryUse() {
			continue
		}
		h.Account = account
		if hidden := Unobservable(of[h.Elevation].Terms.Policies, false); len(hidden) > 0 {
			h.What += "; data events are not counted: " + strings.Join(hidden[:min(len(hidden), 3)], ", ")
		}
		if err := raise(ctx, s.Base, []detection.Hit{h}, nil); err != nil {
			return err
		}
	}
	return nil
}

// gaps are spans in which calls of an account may not have been seen.
type gaps struct {
	until time.Time // the route brought nothing before, as far as a finding says
	applied
}

func (s Silences) gapsOf(ctx context.Context, route Route, account string) (g gaps, err error) {
	silent, err := record.Get[finding.Finding](ctx, s.Store, finding.Key(Silent, string(route)+" "+account))
	if err != nil {
		return g, err
	}
	if silent.Exists() {
		g.until = silent.Value.LastAt.Add(Silent.PageInterval)
	}
	if route == ByFiles {
		at, err := record.Get[applied](ctx, s.Store, appliedKey(account))
		g.applied = at.Value
		return g, err
	}
	return g, nil
}

// doubt reports whether calls of an elevation may not have been seen.
func (g gaps) doubt(l access.Life) bool {
	e := l.Elevation
	return e.GrantedAt.Before(g.until) || slices.ContainsFunc(g.Unproven, func(u unproven) bool { return e.GrantedAt.Before(u.To) && !e.EndedAt.Before(u.From) })
}

// reaches reports whether one of some policies reaches an action.
func reaches(policies []string) func(action string) bool {
	var documents []*iampolicy.Document
	for _, p := range policies {
		if d, err := iampolicy.Parse([]byte(p)); err == nil { // it was granted
			documents = append(documents, d)
		}
	}
	return func(action string) bool { return iampolicy.Reaches(action, documents...) }
}

// Unobservable returns the actions of policies that CloudTrail does not show, sorted: those of data events, unless they are on.
func Unobservable(policies []string, dataEventsOn bool) []string {
	return trail.Unobservable(reaches(policies), dataEventsOn)
}

// usable reports whether an elevation could be used so that CloudTrail shows it. The sweep's own canaries are never used.
func usable(l access.Life) bool {
	return !l.Elevation.ReadyAt.IsZero() && !l.Elevation.IsCanary() && trail.Observable(reaches(l.Terms.Policies))
}
