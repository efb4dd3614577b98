package audittest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/evidence"
	"curfew/shared/evidence/log"
	"curfew/shared/identity"
	"curfew/shared/review"
	"curfew/shared/task"
)

// life is an elevation being made.
type life struct {
	*generator
	*Elevation
	terms access.Terms
	right right
	head  evidence.Head
	at    time.Time
	from  time.Time // when it is granted
	ends  time.Time // when IAM no longer has the grant; zero: it was not granted
}

// life makes an elevation that is requested at this time.
func (g *generator) life(at time.Time) *life {
	l := &life{generator: g, at: at}
	l.live()
	return l
}

func (l *life) live() {
	g := l.generator
	switch p := g.r.IntN(100); {
	case p < 40:
		l.ofPerson(pick(g, g.people), g.rights[g.r.IntN(breakGlass)])
	case p < 44:
		l.ofPerson(pick(g, g.oncall), g.rights[breakGlass])
		l.terms.BreakGlass, l.terms.Reviewers = true, []string{"group:leads"}
	case p < 70:
		l.ofWork(g.r.IntN(len(g.machines)), g.rights[breakGlass+1+g.r.IntN(3)])
	default:
		n := g.r.IntN(len(g.triggers))
		l.ofWork(len(g.machines)+n, g.rights[breakGlass+1+n%3])
	}
	l.ask()
	switch {
	case l.terms.Approval.Need == 0 && g.chance(40):
		l.denyAtOnce(pick(g, []string{"curfew.entitlement", "curfew.suspended", "curfew.full"}))
		return
	case l.terms.Requester.Kind == identity.Person && g.chance(50):
		l.denyAtOnce("curfew.task", "change-freeze")
		return
	case l.terms.Approval.Need > 0:
		l.requested("elevation.requested")
		if !l.decided() {
			return
		}
	default:
		l.requested("elevation.approved")
	}
	if g.chance(3) {
		l.refusedAtGrant()
		return
	}
	l.granted()
	l.ended()
}

func (l *life) ofPerson(c identity.Caller, of right) {
	l.terms.Requester, l.terms.Principal, l.right = c, pick(l.generator, l.roles), of
	l.terms.Session = access.Session{Bind: access.BindUserID, Value: c.Name}
	l.terms.Task.ID, l.terms.Task.Known = fmt.Sprintf("CHG-%04d", l.r.IntN(4000)), l.chance(700)
	if of.task == "incident" {
		l.terms.Task.ID = fmt.Sprintf("arn:aws:cloudwatch:us-east-1:%s:alarm:alarm-%d", l.terms.Principal.Account, l.r.IntN(40))
	}
	l.terms.Reason = pick(l.generator, []string{"the deployment is broken", "errors in production", "orders are stuck", "the customer asked"})
}

func (l *life) ofWork(n int, of right) {
	l.terms.Principal, l.right = l.work[n], of
	l.terms.Session = access.Session{Bind: access.BindNone}
	if n < len(l.machines) {
		l.terms.Requester = l.machines[n]
		l.terms.Session = access.Session{Bind: access.BindUserID, Value: l.terms.Requester.Name, Weak: n%2 == 0}
	} else {
		l.terms.Requester = l.triggers[n-len(l.machines)]
	}
	l.terms.Task.ID, l.terms.Task.Known = fmt.Sprintf("run-%06d", l.r.IntN(200_000)), true
	l.terms.Reason = "the job runs"
}

func (l *life) ask() {
	t := &l.terms
	t.ID, t.RequestedAt, t.StartAt = l.newID(l.at), l.at, l.at
	t.Entitlement, t.Catalog, t.Task.Kind, t.Review = l.right.name, l.hash, l.right.task, access.ReviewRule(l.right.review)
	t.Duration = int64(60 * (5 + l.r.IntN(85)))
	t.LatestEnd, t.DecideBy = l.at.Add(4*time.Hour), l.at.Add(time.Hour)
	t.Form, t.Owners = access.Inline, []string{"group:platform"}
	if t.Approval.Need = l.right.need; t.Approval.Need > 0 {
		t.Approval.Of = []string{"group:leads"}
	}
	t.Policies = []string{`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"` + l.right.actions[0] + `","Resource":"*"}]}`}
	canonical, err := evidence.Canonical(*t)
	if err != nil {
		l.err = err
	}
	sum := sha256.Sum256(canonical)
	l.Elevation = &Elevation{
		ID: t.ID, Digest: hex.EncodeToString(sum[:]), Principal: t.Principal.ARN, PrincipalID: t.Principal.ID, Account: t.Principal.Account,
		Entitlement: t.Entitlement, Catalog: t.Catalog, Requester: callerOf(t.Requester), TaskKind: t.Task.Kind, TaskID: t.Task.ID, TaskKnown: t.Task.Known,
		Reason: t.Reason, Bind: string(t.Session.Bind), Session: t.Session.Value, Weak: t.Session.Weak, Duration: t.Duration, Needed: int64(t.Approval.Need),
		BreakGlass: t.BreakGlass, ReviewRule: string(t.Review), RequestedAt: l.at, First: -1,
	}
}

func (l *life) add(kind, actor string, detail any, note func(index int64)) {
	r := l.append(evidence.ElevationChain(l.ID), &l.head, evidence.Entry{At: l.at, Kind: kind, Actor: actor, Detail: detail})
	l.enterRecord(r, l.seen(note))
}

// seen counts an entry as one of the elevation's.
func (l *life) seen(note func(int64)) func(int64) {
	return func(index int64) {
		if l.First < 0 {
			l.First = index
		}
		l.Last = index
		if note != nil {
			note(index)
		}
	}
}

type summary struct {
	Digest      string    `json:"digest"`
	Entitlement string    `json:"entitlement"`
	Task        task.Task `json:"task"`
	Reason      string    `json:"reason"`
	By          []string  `json:"by,omitempty"`
}

func (l *life) summary(by ...string) summary {
	return summary{l.Digest, l.Entitlement, l.terms.Task, l.Reason, by}
}

func (l *life) ofTerms() {
	l.row(l.at, "elevation#"+l.ID, "terms", l.json(l.terms), l.seen(nil))
}

func (l *life) requested(kind string) {
	l.add(kind, l.Requester.ID, l.summary(), func(int64) {
		l.State = strings.TrimPrefix(kind, "elevation.")
		l.facts.Elevations = append(l.facts.Elevations, l.Elevation)
	})
	l.ofTerms()
	l.row(l.at, "request#"+l.ID, "request", l.json(map[string]string{"digest": l.Digest, "requester": l.Requester.ID, "input": "{}"}), nil)
}

func (l *life) denyAtOnce(rules ...string) {
	l.add("elevation.denied", l.Requester.ID, l.summary(rules...), func(int64) {
		l.State, l.Rules = "denied", rules
		l.facts.Elevations = append(l.facts.Elevations, l.Elevation)
	})
	l.ofTerms()
	l.refuse(l.terms.Requester, l.at, Refusal{Verb: "submit", Elevation: l.ID, Subject: l.Entitlement, Kind: "Denied", Why: "you may not ask for " + l.Entitlement, Rules: rules})
}

// order adds a record by which the elevation is to end, or not to begin.
func (l *life) order(kind, actor string, detail any, why string, note func()) {
	o := Order{Record: kind, Actor: actor, Why: why, At: l.at}
	l.add(kind, actor, detail, func(index int64) {
		o.Index = index
		l.Orders = append(l.Orders, o)
		note()
	})
}

func (l *life) decided() bool {
	switch p := l.r.IntN(100); {
	case p < 4:
		l.at = l.at.Add(l.seconds(30, 3000))
		l.order("elevation.withdrawn", l.Requester.ID, nil, "", func() { l.State = "withdrawn" })
		return false
	case p < 8:
		l.at = l.at.Add(time.Hour)
		l.add("elevation.lapsed", "workflow", map[string]string{"why": "not decided in time"}, func(int64) { l.State = "lapsed" })
		return false
	}
	deny, first := l.chance(60), l.r.IntN(len(l.leads))
	for n := range l.terms.Approval.Need {
		by := l.leads[(first+n)%len(l.leads)]
		if by.ID == l.Requester.ID {
			by = l.operators[n]
		}
		l.at = l.at.Add(l.seconds(20, 1200))
		kind, reason := "elevation.approval", ""
		switch {
		case deny:
			kind, reason = "elevation.denied", "not now"
		case n == l.terms.Approval.Need-1:
			kind = "elevation.approved"
		}
		l.decide(kind, by, !deny, reason)
		if deny {
			return false
		}
	}
	return true
}

func (l *life) decide(kind string, by identity.Caller, approve bool, reason string) {
	d := access.Decision{Elevation: l.ID, By: by, Approve: approve, Digest: l.Digest, Reason: reason, At: l.at}
	l.add(kind, by.ID, d, func(index int64) {
		l.Decisions = append(l.Decisions, Decision{callerOf(by), approve, reason, d.At, index})
		if kind != "elevation.approval" {
			l.State = strings.TrimPrefix(kind, "elevation.")
		}
	})
	l.row(l.at, "decision#"+l.ID, by.ID, l.json(d), nil)
}

// refusedAtGrant ends an elevation whose grant policy refused.
func (l *life) refusedAtGrant() {
	rules := []string{"curfew.room"}
	l.at = l.at.Add(2 * time.Second)
	l.add("elevation.refused", "grant", map[string]any{"verb": "grant", "elevation": l.ID, "kind": "Denied", "why": "there is no room", "by": rules}, func(index int64) { l.State, l.Refused = "refused", index })
	l.at = l.at.Add(time.Second)
	l.end("refused", "not there", "revoke", l.at, 0)
}

func (l *life) granted() {
	l.at = l.at.Add(l.seconds(1, 4))
	l.from = l.at
	at, deadline := l.at, l.at.Add(time.Duration(l.Duration)*time.Second)
	l.add("elevation.granting", "grant", map[string]any{
		"attach_by": at.Add(30 * time.Second), "deadline": deadline, "digest": l.Digest, "form": "inline", "grant": "curfew-" + l.ID,
		"execution": "arn:aws:states:us-east-1:111122223333:execution:elevation:" + l.ID,
	}, func(int64) { l.State, l.GrantedAt, l.Deadline = "granted", at, deadline })
	l.at = l.at.Add(2 * time.Second)
	l.add("elevation.active", "grant", map[string]time.Time{"ready_at": l.at}, nil)
	if l.chance(20) {
		joined := task.Task{Kind: "change", ID: "CHG-0000"}.String()
		l.add("elevation.joined", identity.TriggerID("deploy"), map[string]string{"task": joined}, func(int64) { l.Joined = append(l.Joined, joined) })
	}
}

// StuckWhy is why grants stay.
const StuckWhy = "AWS refuses to remove the policy"

func (l *life) ended() {
	causes := []string{"deadline", "completed", "released", "completed", "deadline", "revoked", "heartbeat", "policy", "drift"}
	cause, seen := causes[min(l.r.IntN(5)+l.r.IntN(200)/195*4, len(causes)-1)], "not there"
	if cause == "drift" {
		seen = "principal gone"
	}
	due := l.at.Add(time.Duration(l.Duration-2) * time.Second)
	if cause != "deadline" {
		due = l.at.Add(l.seconds(1, int(l.Duration)-2))
		l.at = due
		by := map[string]string{"released": l.Requester.ID, "completed": "aws.backup", "revoked": pick(l.generator, l.operators).ID}[cause]
		const why = "it is over"
		l.order("elevation.revoking", by, map[string]any{"cause": cause, "due": due, "why": why}, why, func() { l.EndOrderedAt = due })
	}
	overstay := time.Duration(0)
	switch p := l.r.IntN(1000); {
	case p < 3:
		overstay = l.seconds(60, 4000)
		l.at = due.Add(20 * time.Second)
		stuck := l.at
		l.add("elevation.stuck", "revoke", map[string]string{"why": StuckWhy}, func(int64) { l.StuckAt = stuck })
	case p < 50:
		overstay = l.seconds(1, 60)
	}
	l.at, l.ends = due.Add(overstay+2*time.Second), due.Add(overstay)
	by := "revoke"
	if l.chance(30) {
		by = "sweep"
	}
	l.end(cause, seen, by, due, overstay)
	if l.BreakGlass || l.ReviewRule == "always" {
		l.review()
	}
}

func (l *life) end(cause, seen, by string, due time.Time, overstay time.Duration) {
	r := access.Recorded{Receipt: access.Receipt{Cause: access.Cause(cause), Due: due, GoneAt: due.Add(overstay), ReadAt: l.at, Seen: seen, Overstay: int64(overstay / time.Second)},
		Calls: []access.CallRun{{Call: access.Call{Action: "iam:DeleteRolePolicy", At: l.at, Outcome: "done"}}}}
	gone, at := r.GoneAt, l.at
	note := l.seen(func(int64) {
		l.State, l.Cause, l.Due, l.GoneAt, l.EndedAt, l.Seen, l.EndedBy, l.Overstay = "ended", cause, due, gone, at, seen, by, int64(overstay/time.Second)
		if l.GrantedAt.IsZero() {
			l.State = "refused"
		}
	})
	if r.GoneAt.Equal(r.ReadAt) {
		r.GoneAt = time.Time{}
	}
	record := l.append(evidence.ElevationChain(l.ID), &l.head, evidence.Entry{At: at, Kind: "elevation.ended", Actor: by, Detail: r})
	if l.chance(1) { // the stream lost it
		l.late(record, at.Add(l.seconds(20*3600, 60*3600)), note)
		return
	}
	l.enterRecord(record, note)
	if !l.from.IsZero() && l.chance(5) {
		l.removed(gone, due)
	}
}

// removed adds a removal that was recorded late: from before the proof of the end, or from after it.
func (l *life) removed(gone, due time.Time) {
	r := Removal{By: "execution", At: gone.Add(time.Second), ProvedGoneAt: gone}
	ended := l.at
	if l.chance(500) {
		r.At = ended.Add(30 * time.Second)
	}
	record := l.append(evidence.ElevationChain(l.ID), &l.head, evidence.Entry{At: r.At, Kind: "grant.removed", Actor: r.By, Late: true, Detail: access.Late{
		Elevation: l.ID, Grant: "curfew-" + l.ID, Principal: l.terms.Principal, By: r.By, ReadAt: r.At, Seen: "not there",
		Calls: []access.Call{{Action: "iam:DeleteRolePolicy", At: r.At, Outcome: "done"}},
	}})
	l.entry(ended.Add(time.Minute), log.Entry{Record: &record}, l.seen(func(index int64) {
		r.Index = index
		l.Removed, l.GoneAt = &r, r.At
		if r.At.After(ended) {
			l.GoneAt = ended
		}
		l.Overstay = max(0, int64(l.GoneAt.Sub(due)/time.Second))
	}))
}

func (l *life) review() {
	if l.chance(200) {
		return
	}
	by, at := pick(l.generator, l.leads), l.at.Add(l.seconds(600, 5*24*3600))
	const note = "looked at what was done"
	var head evidence.Head
	r := l.append("signature#"+l.ID, &head, evidence.Entry{At: at, Kind: "review.signed", Actor: by.ID, Detail: map[string]string{"digest": l.Digest, "note": note}})
	l.enterRecord(r, func(index int64) {
		l.Signature = &Decision{callerOf(by), true, note, at, index}
	})
	l.row(at, "signature#"+l.ID, "signature", l.json(review.Signature{Elevation: l.ID, By: by, Digest: l.Digest, Note: note, At: at, Evidence: head}), nil)
}
