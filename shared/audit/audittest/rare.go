package audittest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/finding"
	"curfew/shared/identity"
	"curfew/shared/suspension"
)

func (g *generator) begin() {
	g.catalog(Start(), "")
	for _, account := range g.accounts {
		g.account(Start(), "account.added", account, "it is ours")
	}
}

// rare has what happens apart from elevations on a day.
func (g *generator) rare(n int, today time.Time) {
	for range g.Daily/20 + 1 {
		g.refuse(pick(g, g.people), today.Add(g.timeOfDay()), pick(g, []Refusal{
			{Verb: "decide", Kind: "Denied", Why: "you asked for it", Rules: []string{"curfew.self"}},
			{Verb: "decide", Kind: "Denied", Why: "you may not approve it", Rules: []string{"curfew.approvers", "change-freeze"}},
			{Verb: "end", Kind: "Denied", Why: "you may not end it", Rules: []string{"curfew.operator"}},
			{Verb: "show", Kind: "NotFound", Why: "there is no such elevation"},
			{Verb: "withdraw", Kind: "Conflict", Why: "it was decided"},
		}))
	}
	for range g.Daily/100 + 1 {
		g.found(today.Add(g.timeOfDay()))
	}
	switch n % 30 {
	case 3, 18:
		g.report(today.Add(8 * time.Hour))
	case 6, 13:
		g.catalog(today.Add(10*time.Hour), g.hash)
	case 20:
		g.suspend(today.Add(11 * time.Hour))
	case 25:
		account := pick(g, g.accounts)
		g.account(today.Add(9*time.Hour), "account.leaving", account, "it moves")
		g.account(today.Add(12*time.Hour), "account.added", account, "it stays")
	}
}

func (g *generator) refuse(by identity.Caller, at time.Time, r Refusal) {
	r.By, r.At = callerOf(by), at
	d := map[string]any{"verb": r.Verb, "kind": r.Kind, "why": r.Why}
	if r.Elevation != "" {
		d["elevation"] = r.Elevation
	}
	if r.Subject != "" {
		d["subject"] = r.Subject
	}
	if r.Rules != nil {
		d["by"] = r.Rules
	}
	// A chain apart: those of a day would have to be made in the order of time.
	chain := evidence.CallerChain(by.ID, at) + "#" + g.newID(at)
	var head evidence.Head
	rec := g.append(chain, &head, evidence.Entry{At: at, Kind: "call.refused", Actor: by.ID, Detail: d})
	g.enterRecord(rec, func(index int64) {
		r.Index = index
		g.facts.Refusals = append(g.facts.Refusals, r)
	})
}

type foundKind struct {
	name string
	of   finding.Severity
	what string
}

func (g *generator) found(at time.Time) {
	k := pick(g, []foundKind{
		{"foreign", finding.High, "a policy was put outside Curfew"}, {"edited", finding.Critical, "the grant was changed"},
		{"unmarked", finding.High, "a tag was removed"}, {"missing", finding.Medium, "the grant was removed"},
		{"detection", finding.High, "a grant was used by another session"}, {"detection", finding.Medium, "a burst of denied calls"},
		{"orphan", finding.High, "a Curfew policy had no record"}, {"trail.unread", finding.Medium, "an event could not be read"},
		{"baseline-moved", finding.Informational, "its own policies changed"},
	})
	p := pick(g, g.roles)
	f := Found{Record: "finding.raised", Kind: k.name, Severity: string(k.of), Subject: fmt.Sprintf("%s %d", p.ARN, g.ids), What: k.what, Principal: p.ARN, Account: p.Account, Events: 1, At: at, Actor: "curfew"}
	if l := len(g.facts.Elevations); l > 0 && k.name != "foreign" && k.name != "trail.unread" && k.name != "baseline-moved" {
		e := g.facts.Elevations[l-1-g.r.IntN(min(l, 100))]
		f.Elevation, f.Principal, f.Account, f.Subject = e.ID, e.Principal, e.Account, e.ID+fmt.Sprint(" ", g.ids)
	}
	g.ids++
	sum := sha256.Sum256([]byte(k.name + f.Subject))
	f.ID = k.name + "-" + hex.EncodeToString(sum[:8])
	d := map[string]any{"what": f.What, "subject": f.Subject, "kind": f.Kind, "severity": f.Severity, "principal": f.Principal, "account": f.Account, "events": []string{fmt.Sprint("event-", g.ids)}, "event_count": 1}
	if f.Elevation != "" {
		d["elevation"] = f.Elevation
	}
	if f.Settled = k.name == "baseline-moved"; f.Settled {
		d["settled"] = true
	}
	g.finding("finding#"+f.ID, f, d)
	if f.Settled || g.chance(150) {
		return
	}
	by := pick(g, g.operators)
	act := func(record, why string, after time.Duration) {
		g.finding("closing#"+f.ID, Found{Record: record, ID: f.ID, Why: why, Actor: by.ID, At: at.Add(after)}, map[string]any{"why": why, "count": 1})
	}
	first := g.seconds(60, 3*3600)
	act("finding.acknowledged", "", first)
	last := first + g.seconds(60, 40*3600)
	if !g.chance(200) {
		act("finding.closed", "it was removed", last)
	}
	if g.chance(200) {
		g.again(f, at.Add(last+time.Hour))
	}
}

// again says only what changed.
func (g *generator) again(f Found, at time.Time) {
	f.At = at
	d := map[string]any{"what": f.What, "subject": f.Subject}
	if f.Severity == string(finding.Medium) {
		f.Severity = string(finding.Critical)
		d["severity"] = f.Severity
	}
	if g.chance(300) {
		f.Record = "finding.mended"
	}
	g.finding("finding#"+f.ID, f, d)
}

func (g *generator) report(at time.Time) {
	by, sum := g.operators[0], sha256.Sum256(fmt.Append(nil, "report ", at))
	r := Report{Chain: evidence.CallerChain(by.ID, at) + "#" + g.newID(at), Actor: by.ID, Name: "report.html", Digest: hex.EncodeToString(sum[:]), At: at}
	var head evidence.Head
	g.enterRecord(g.append(r.Chain, &head, evidence.Entry{At: at, Kind: "report.made", Actor: r.Actor, Detail: map[string]any{
		"from": Start(), "to": at, "files": []map[string]any{{"name": r.Name, "digest": r.Digest, "size": 9}}}}), func(index int64) {
		r.Index = index
		g.facts.Reports = append(g.facts.Reports, r)
	})
}

func (g *generator) finding(chain string, f Found, detail map[string]any) {
	g.record(chain, evidence.Entry{At: f.At, Kind: f.Record, Actor: f.Actor, Detail: detail}, func(index int64) {
		f.Index = index
		g.facts.Findings = append(g.facts.Findings, f)
	})
}

// catalog deploys a new catalog; one in two is wider and needs a signature.
func (g *generator) catalog(at time.Time, from string) {
	sum := sha256.Sum256(fmt.Appendf(nil, "catalog %s", from))
	to, wider := hex.EncodeToString(sum[:]), from != "" && g.r.IntN(2) == 0
	inForce := to
	if wider {
		inForce = from
	}
	changes := []string{"+ entitlement " + to[:6]}
	by := pick(g, g.people)
	note := func(c Catalog) func(int64) {
		return func(index int64) {
			c.Index = index
			g.facts.Catalogs = append(g.facts.Catalogs, c)
		}
	}
	d := map[string]any{"to": to, "in_force": inForce, "wider": wider, "changes": changes}
	if from != "" {
		d["from"] = from
	}
	g.record("catalog", evidence.Entry{At: at, Kind: "catalog.changed", Actor: "reconcile", Detail: d},
		note(Catalog{Record: "catalog.changed", Hash: to, From: from, Actor: "reconcile", Wider: wider, Changes: changes, At: at}))
	g.record("catalog", evidence.Entry{At: at.Add(time.Minute), Kind: "catalog.deployed", Actor: "reconcile", Detail: map[string]any{"catalog": to, "seen_at": at, "deployed_by": by.Name}},
		note(Catalog{Record: "catalog.deployed", Hash: to, Actor: "reconcile", DeployedBy: by.Name, At: at.Add(time.Minute)}))
	if wider {
		g.signCatalog(at.Add(30*time.Minute), to, from, by.Name, note)
	}
	g.hash = to
}

func (g *generator) signCatalog(at time.Time, to, inForce, deployedBy string, note func(Catalog) func(int64)) {
	signer := pick(g, g.operators)
	chain := evidence.CatalogSignatureChain(to)
	var head evidence.Head
	r := g.append(chain, &head, evidence.Entry{At: at, Kind: "catalog.signed", Actor: signer.ID, Detail: map[string]any{
		"catalog": to, "in_force": inForce, "deployed_by": deployedBy, "note": "read", "changes": []string{"+"}, "more_changes": 0}})
	g.enterRecord(r, note(Catalog{Record: "catalog.signed", Hash: to, Actor: signer.ID, DeployedBy: deployedBy, Note: "read", At: at}))
	g.row(at, chain, "signature", g.json(map[string]any{"catalog": to, "by": signer.ID, "name": signer.Name, "in_force": inForce, "note": "read", "at": at, "evidence": head}), nil)
	accepted := at.Add(time.Minute)
	g.record("catalog", evidence.Entry{At: accepted, Kind: "catalog.accepted", Actor: "reconcile", Detail: map[string]string{"catalog": to, "was": inForce}},
		note(Catalog{Record: "catalog.accepted", Hash: to, From: inForce, Actor: "reconcile", At: accepted}))
}

func (g *generator) suspend(at time.Time) {
	sc := suspension.Scope{Principal: pick(g, g.roles).ARN}
	chain, by := "suspension#"+sc.String(), pick(g, g.operators)
	for i, kind := range []string{"suspension.made", "suspension.lifted"} {
		at := at.Add(time.Duration(i) * 2 * time.Hour)
		g.record(chain, evidence.Entry{At: at, Kind: kind, Actor: by.ID, Detail: map[string]any{"scope": sc, "reason": "looking into it"}}, func(index int64) {
			g.facts.Suspensions = append(g.facts.Suspensions, Suspension{kind, chain, by.ID, "looking into it", at, index})
		})
	}
}

func (g *generator) account(at time.Time, kind, id, reason string) {
	by := g.operators[0]
	g.record("account#"+id, evidence.Entry{At: at, Kind: kind, Actor: by.ID, Detail: map[string]any{"account": id, "reason": reason}}, func(index int64) {
		g.facts.Accounts = append(g.facts.Accounts, Account{kind, id, by.ID, reason, at, index})
	})
}
