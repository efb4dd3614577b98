package main

// singing are the mutants of the canaries, which tell whether each net still holds.
func singing() []mutant {
	const canary = "shared/access/canary.go"
	return []mutant{{
		name:  "canary: it is left alone",
		takes: "the other nets leave a canary to the one whose turn it is",
		file:  canary,
		old:   `return n != "" && n != asks && `,
		new:   `return n == "none" && n != asks && `,
	}, {
		name:  "canary: not for ever",
		takes: "a canary whose net is silent is ended by any",
		file:  canary,
		old:   `s.Now().Before(l.elevation.Deadline.Add(n.patience()))`,
		new:   `!s.Now().Before(l.elevation.GrantedAt)`,
	}, {
		name:  "canary: a silent net",
		takes: "somebody hears of a net that did not end what was left to it",
		file:  canary,
		old:   `if last.EndedBy != string(last.Net) {`,
		new:   `if last.EndedBy == "nobody" {`,
	}, {
		name:  "canary: each in its turn",
		takes: "every net is tried",
		file:  canary,
		old:   `next.Net = turns[(i+1)%len(turns)]`,
		new:   `next.Net = turns[i]`,
	}, {
		name:  "canary: nobody else's",
		takes: "no net leaves alone what somebody asked for who is no canary",
		file:  canary,
		old:   `if t.Entitlement != CanaryEntitlement || t.Requester.ID != canaryCaller().ID {`,
		new:   `if t.Entitlement != CanaryEntitlement {`,
	}, {
		name:  "canary: its own principal",
		takes: "no net leaves alone what is on another principal than that of canaries",
		file:  canary,
		old:   `n != asks && l.terms.Principal.ARN == s.Settings.Canary.Principal &&`,
		new:   `n != asks && s.Settings.Canary.Principal != "" &&`,
	}}
}
