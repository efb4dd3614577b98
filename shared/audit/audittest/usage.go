package audittest

import (
	"fmt"
	"slices"
	"time"

	"curfew/shared/evidence"
)

// use is an elevation whose calls are counted after each of its days.
type use struct {
	*life
	to time.Time // of the last call
}

// counter counts calls.
type counter struct {
	*generator
	recent []*use // whose calls are to be counted
}

func (g *counter) used(l *life) {
	if g.chance(150) {
		return
	}
	u := &use{l, l.ends}
	if g.chance(8) { // IAM enforced the end later
		u.to = u.to.Add(3 * time.Second)
	}
	g.recent = append(g.recent, u)
}

// calls counts what was called on a day, in the night after it.
func (g *counter) calls(today time.Time) {
	night := today.Add(day + 2*time.Hour)
	g.recent = slices.DeleteFunc(g.recent, func(u *use) bool {
		from, to := later(u.from, today), u.to
		if !to.Before(today.Add(day)) {
			to = today.Add(day - time.Second)
		}
		if from.Before(to) {
			g.count(g.ofElevation(u, today, from, to), night, g.chance(10))
		}
		return u.to.Before(today.Add(day))
	})
	for i, p := range slices.Concat(g.roles, g.work) {
		if i%4 == 3 || g.chance(300) { // some never call, none calls every day
			continue
		}
		u := Usage{Chain: "usage#standing-" + p.ID, Account: p.Account, Day: today.Format(time.DateOnly), Principal: p.ARN, First: today.Add(time.Hour), Last: today.Add(20 * time.Hour)}
		u.Actions = []Named{{Name: "ec2:DescribeInstances", Events: int64(1 + g.r.IntN(500))}}
		if r := pick(g.generator, g.rights); i%3 == 0 { // a grant would have covered it
			u.Actions = append(u.Actions, Named{Name: r.actions[0], Events: int64(1 + g.r.IntN(9))})
		}
		if g.chance(100) {
			u.Denied = int64(1 + g.r.IntN(3))
			u.Denials = []Named{{Name: "iam:CreateUser", Events: u.Denied}}
		}
		u.Sessions = []Named{{Name: p.ARN + "/instance", Events: total(u.Actions)}}
		g.count(u, night, false)
	}
	for i, account := range g.accounts {
		if i == len(g.accounts)-1 && today.After(Start().Add(time.Duration(g.Days-3)*day)) {
			continue // its log files are late
		}
		at, until := night.Add(time.Minute), today.Add(day)
		s := Settled{Account: account, Until: until, At: at}
		d := map[string]any{"account": account, "until": until}
		if g.chance(50) {
			s.UnprovenFrom = today.Add(12 * time.Hour)
			d["unproven"] = []map[string]time.Time{{"from": s.UnprovenFrom, "to": s.UnprovenFrom.Add(time.Hour)}}
		}
		g.record("usage#account-"+account, evidence.Entry{At: at, Kind: "usage.settled", Actor: "backfill", Detail: d}, func(index int64) {
			s.Index = index
			g.facts.Settled = append(g.facts.Settled, s)
		})
	}
}

func (g *counter) ofElevation(u *use, today, from, to time.Time) Usage {
	c := Usage{Chain: "usage#" + u.ID, Account: u.Account, Day: today.Format(time.DateOnly), Elevation: u.ID, Principal: u.Principal, First: from, Last: to}
	for _, name := range u.right.actions[:1+g.r.IntN(len(u.right.actions))] {
		c.Actions = append(c.Actions, Named{Name: name, Events: int64(1 + g.r.IntN(40))})
	}
	n := total(c.Actions)
	c.Resources = []Named{{Name: fmt.Sprintf(u.right.resources[0], u.Account), Events: n}}
	c.Sources = []Named{{Name: fmt.Sprintf("192.0.2.%d", g.r.IntN(250)), Events: n}}
	c.Sessions = []Named{{Name: u.Session, Events: n, Who: &Who{"user", u.Requester.ID}}}
	if u.Session == "" {
		c.Sessions = nil
	}
	if to.After(u.ends) {
		c.Late = 1 + int64(g.r.IntN(3))
	}
	if g.chance(60) {
		c.Denied = 1
		c.Denials = []Named{{Name: "sts:AssumeRole", Events: 1}}
	}
	if g.chance(100) {
		c.AlsoStanding = int64(g.r.IntN(int(n) + 1))
	}
	if g.chance(20) {
		c.AtLeast, c.Unlisted = true, int64(1+g.r.IntN(5))
	}
	c.Incomplete = g.chance(5)
	return c
}

func total(all []Named) (n int64) {
	for _, a := range all {
		n += a.Events
	}
	return n
}

// count records the usage, and once more a day later if again.
func (g *counter) count(u Usage, at time.Time, again bool) {
	u.Events = total(u.Actions) + u.Denied + u.Unlisted
	d := map[string]any{"account": u.Account, "day": u.Day, "principal": u.Principal, "events": u.Events, "first": u.First, "last": u.Last, "actions": u.Actions}
	for name, n := range map[string]int64{"denied": u.Denied, "late": u.Late, "also_standing": u.AlsoStanding} {
		if n > 0 {
			d[name] = n
		}
	}
	for name, all := range map[string][]Named{"denials": u.Denials, "resources": u.Resources, "sources": u.Sources, "sessions": u.Sessions} {
		if len(all) > 0 {
			d[name] = all
		}
	}
	if u.Elevation != "" {
		d["elevation"] = u.Elevation
	}
	if u.AtLeast {
		d["at_least"] = true
	}
	if u.Incomplete {
		d["incomplete"] = true
	}
	if u.Unlisted > 0 {
		d["more"] = map[string]int64{"actions": u.Unlisted}
	}
	u.At = at
	u.Seq = g.heads[u.Chain].Seq + 1
	counted := u
	g.record(u.Chain, evidence.Entry{At: at, Kind: "usage.counted", Actor: "backfill", Detail: d}, func(index int64) {
		counted.Index = index
		g.facts.Usage = append(g.facts.Usage, counted)
	})
	if again {
		u.Actions = append(slices.Clone(u.Actions), Named{Name: "sts:GetCallerIdentity", Events: 1})
		g.count(u, at.Add(day), false)
	}
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
