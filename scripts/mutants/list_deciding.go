package main

// deciding are the mutants of who decides, on what, and until when.
func deciding() []mutant {
	return []mutant{{
		name:  "deciding: only people",
		takes: "a machine does not decide",
		file:  "shared/access/decide.go",
		old:   `case c.Kind != Person:`,
		new:   `case false:`,
	}, {
		name:  "deciding: not oneself, by id",
		takes: "the requester does not decide",
		file:  "shared/access/decide.go",
		old:   `case c.ID == t.Requester.ID:`,
		new:   `case false:`,
	}, {
		name:  "deciding: not oneself, by name",
		takes: "who bears the requester's name does not decide",
		file:  "shared/access/decide.go",
		old:   `case sameName(c.Name, t.Requester.Name), sameName(c.Name, t.Session.Value):`,
		new:   `case sameName(c.Name, t.Session.Value):`,
	}, {
		name:  "deciding: not oneself, by session",
		takes: "who bears the session's name does not decide",
		file:  "shared/access/decide.go",
		old:   `case sameName(c.Name, t.Requester.Name), sameName(c.Name, t.Session.Value):`,
		new:   `case sameName(c.Name, t.Requester.Name):`,
	}, {
		name:  "deciding: names whatever their case",
		takes: "Ana is ana",
		file:  "shared/access/caller.go",
		old:   `strings.EqualFold(a, b)`,
		new:   `strings.TrimSpace(a) == b`,
	}, {
		name:  "deciding: a name there must be",
		takes: "who cannot be told from the requester does not decide",
		file:  "shared/access/decide.go",
		old:   `case c.Name == "":`,
		new:   `case false:`,
	}, {
		name:  "deciding: the approvers",
		takes: "only approvers decide",
		file:  "shared/access/decide.go",
		old:   `case !c.In(approvers):`,
		new:   `case false:`,
	}, {
		name:  "deciding: groups are exact",
		takes: "a group is not another whose name begins like it",
		file:  "shared/access/caller.go",
		old:   `return slices.Contains(c.Groups, group)`,
		new:   `return slices.ContainsFunc(c.Groups, func(g string) bool { return strings.HasPrefix(g, group) })`,
	}, {
		name:  "deciding: the quorum",
		takes: "as many approve as are needed",
		file:  "shared/access/decide.go",
		old:   `return len(ids) >= rule.Need && others`,
		new:   `return len(ids) > 0 && others`,
	}, {
		name:  "deciding: distinct people",
		takes: "one human under two accounts counts once",
		file:  "shared/access/decide.go",
		old:   `if slices.Contains(ids, d.By.ID) || slices.ContainsFunc(names, func(n string) bool { return sameName(n, d.By.Name) }) {`,
		new:   `if slices.Contains(ids, d.By.ID) || slices.Contains(names, "") {`,
	}, {
		name:  "deciding: not the owners alone",
		takes: "a machine's request is decided by somebody who does not own it too",
		file:  "shared/access/decide.go",
		old:   `others = others || !d.By.In(t.Owners)`,
		new:   `others = true`,
	}, {
		name:  "deciding: approvals of these terms",
		takes: "an approval counts for the digest that was approved",
		file:  "shared/access/decide.go",
		old:   `if !d.Approve || d.Digest != digest || `,
		new:   `if !d.Approve || d.Digest == "" && digest != "" || `,
	}, {
		name:  "deciding: approvals only",
		takes: "a denial does not count as an approval",
		file:  "shared/access/decide.go",
		old:   `if !d.Approve || d.Digest != digest || `,
		new:   `if d.Digest != digest || `,
	}, {
		name:  "deciding: the digest that he saw",
		takes: "a decision on other terms is refused",
		file:  "shared/access/decide.go",
		old:   `if d.Digest != l.terms.Digest() {`,
		new:   `if d.Digest == "" {`,
	}, {
		name:  "deciding: the time to decide",
		takes: "an approval after its time does not count",
		file:  "shared/access/decide.go",
		old:   `if e.State == Requested && !now.Before(e.DecideBy) {`,
		new:   `if false {`,
	}, {
		name:  "deciding: policy is asked",
		takes: "policy is asked at each decision",
		file:  "shared/access/decide.go",
		old:   `return s.decide(ctx, ent, l.terms, d.By, ActApprove)`,
		new:   `return ent.Policy.UnmarshalJSON(ent.Policy)`,
	}, {
		name:  "deciding: one denial is enough",
		takes: "no approval takes a denial back",
		file:  "shared/access/elevation.go",
		old:   `Stuck:    {Ended},`,
		new:   `Stuck:    {Ended}, DeniedState: {Approved},`,
	}, {
		name:  "deciding: who decided once",
		takes: "nobody decides twice, and otherwise",
		file:  "shared/access/decide.go",
		old:   `if was.By.ID != d.By.ID {`,
		new:   `if was.By.ID != d.By.ID || was.Approve != d.Approve {`,
	}, {
		name:  "deciding: the decision's row is new",
		takes: "a decision does not overwrite another of the same caller",
		file:  "shared/access/decide.go",
		old:   `a.extra = append(a.extra, Change{If: Absent, Row: row})`,
		new:   `a.extra = append(a.extra, Change{If: Always, Row: row})`,
		explained: "every decision swaps the elevation by its version in the same transaction, after it has read all decisions: " +
			"two of one caller cannot both succeed",
	}, {
		name:  "deciding: the review of break-glass",
		takes: "nobody signs the review of an elevation under his own name",
		file:  "shared/access/review.go",
		old:   `case c.ID == r.Requester.ID || sameName(c.Name, r.Requester.Name):`,
		new:   `case c.ID == r.Requester.ID:`,
	}, {
		name:  "deciding: the token of an approval is kept first",
		takes: "a decision that came before the token was stored is found by whoever stores it",
		file:  "shared/access/ask.go",
		old:   `	// Only its own: that another task cannot be answered is no failure of this one.`,
		new: `	if t.For == "ask" {
		return nil
	}`,
	}, {
		name:  "deciding: approval and time-out meet",
		takes: "a time-out that finds the elevation approved goes on",
		file:  "shared/access/lapse.go",
		old:   `if l.elevation.State == Approved {`,
		new:   `if false {`,
	}, {
		name:  "deciding: lapsing asks the record",
		takes: "only what is still requested lapses when its time is over",
		file:  "shared/access/lapse.go",
		old:   `if l.elevation.State != Requested {`,
		new:   `if l.elevation.State != Requested && l.elevation.State != Approved {`,
	}, {
		name:  "deciding: a withdrawal answers who waits",
		takes: "the task that waits for approvers ends with a withdrawal",
		file:  "shared/access/withdraw.go",
		old: `	s.tryAnswer(ctx, l)
	return l.elevation, nil`,
		new: `	return l.elevation, nil`,
	}, {
		name:  "deciding: a token that came meanwhile",
		takes: "a task that stored its token while the decision was stored is answered",
		file:  "shared/access/withdraw.go",
		old:   `if len(l.tokens) == 0 {`,
		new:   `if len(l.tokens) < 0 {`,
	}, {
		name:  "deciding: who withdraws",
		takes: "a request is taken back by its requester, an owner or an operator",
		file:  "shared/access/withdraw.go",
		old:   `if c.ID != l.terms.Requester.ID && !s.mayEnd(l.terms, c) {`,
		new:   `if false {`,
	}}
}
