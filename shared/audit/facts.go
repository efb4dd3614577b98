package audit

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"curfew/shared/evidence"
)

// counted is the detail of a record of usage.
type counted struct {
	Account      string           `json:"account"`
	Day          string           `json:"day"`
	Until        time.Time        `json:"until"`
	Elevation    string           `json:"elevation"`
	Principal    string           `json:"principal"`
	Events       int64            `json:"events"`
	Denied       int64            `json:"denied"`
	Late         int64            `json:"late"`
	AlsoStanding int64            `json:"also_standing"`
	AtLeast      bool             `json:"at_least"`
	Incomplete   bool             `json:"incomplete"`
	First        time.Time        `json:"first"`
	Last         time.Time        `json:"last"`
	Actions      []named          `json:"actions"`
	Denials      []named          `json:"denials"`
	Resources    []named          `json:"resources"`
	Sources      []named          `json:"sources"`
	Sessions     []named          `json:"sessions"`
	More         map[string]int64 `json:"more"`
	Unproven     []struct{ From, To time.Time }
}

type named struct {
	Name   string `json:"name"`
	Events int64  `json:"events"`
	Who    struct {
		Kind string `json:"kind"`
		Name string `json:"name"`
	} `json:"who"` // as trail.Who
}

func usesOf(of *Evidence, r *evidence.Record) (all []Use) {
	if !strings.HasPrefix(r.Chain, "usage#") {
		return nil
	}
	var c counted
	_ = json.Unmarshal(r.Detail, &c)
	base := Use{
		LogIndex: of.LogIndex, Entry: of.Entry, Kind: r.Kind, RecordedAt: instant(r.At), Chain: r.Chain, Seq: r.Seq,
		Account: c.Account, UsedOn: c.Day, SettledUntil: instant(c.Until), Elevation: c.Elevation, Principal: c.Principal,
	}
	if c.Day == "" {
		all = []Use{base}
		for _, span := range c.Unproven {
			u := base
			u.Item, u.FirstAt, u.LastAt = "unproven", instant(span.From), instant(span.To)
			all = append(all, u)
		}
		return all
	}
	total := base
	total.Item, total.AtLeast, total.Incomplete = "total", flag(c.AtLeast), flag(c.Incomplete)
	total.Events, total.Denied, total.AfterEnd, total.AlsoStanding = number(c.Events), number(c.Denied), number(c.Late), number(c.AlsoStanding)
	total.FirstAt, total.LastAt = instant(c.First), instant(c.Last)
	var more int64
	for _, n := range c.More {
		more += n
	}
	total.Unlisted, total.UnlistedActions, total.UnlistedResources = number(more), number(c.More["actions"]), number(c.More["resources"])
	all = append(all, total)
	for _, l := range []struct {
		item string
		of   []named
	}{{"action", c.Actions}, {"denial", c.Denials}, {"resource", c.Resources}, {"source", c.Sources}, {"session", c.Sessions}} {
		for _, n := range l.of {
			u := base
			u.Item, u.Name, u.Events = l.item, n.Name, number(n.Events)
			u.Who = strings.TrimSuffix(n.Who.Kind+":"+n.Who.Name, ":")
			all = append(all, u)
		}
	}
	return all
}

func foundOf(of *Evidence, r *evidence.Record) []Found {
	id, raised := strings.CutPrefix(r.Chain, "finding#")
	if !raised {
		var closing bool
		if id, closing = strings.CutPrefix(r.Chain, "closing#"); !closing {
			return nil
		}
	}
	var s struct {
		Kind, Severity, Subject, What, Elevation, Principal, Account, Why string
		Events                                                            *int64 `json:"event_count"`
		Settled                                                           *bool
	}
	_ = json.Unmarshal(r.Detail, &s)
	var settled *int64
	if s.Settled != nil {
		settled = number(flag(*s.Settled))
	}
	if at := strings.LastIndexByte(id, '-'); at > 0 { // see finding.ID: only some records say the kind
		s.Kind = cmp.Or(s.Kind, id[:at])
	}
	return []Found{{
		LogIndex: of.LogIndex, Entry: of.Entry, Kind: r.Kind, RecordedAt: instant(r.At), Actor: r.Actor, Finding: id,
		FindingKind: s.Kind, Severity: s.Severity, Subject: s.Subject, What: s.What, Elevation: s.Elevation, Principal: s.Principal,
		Account: s.Account, Events: s.Events, Settled: settled, Why: s.Why, Detail: string(r.Detail),
	}}
}
