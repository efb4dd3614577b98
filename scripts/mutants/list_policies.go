package main

// policies are the mutants of what a policy document may say.
func policies() []mutant {
	const fence, substitute = "shared/iampolicy/fence.go", "shared/iampolicy/substitute.go"
	return []mutant{{
		name:  "policy: a fence key that is used already",
		takes: "a statement with a condition on a key of the fence is refused",
		file:  fence,
		old:   `if f.uses(c.Key) {`,
		new:   `if f.uses(c.Key + "!") {`,
	}, {
		name:  "policy: a fence key in any case",
		takes: "AWS:currenttime is aws:CurrentTime",
		file:  fence,
		old:   `is := func(k string) bool { return strings.EqualFold(k, key) }`,
		new:   `is := func(k string) bool { return k == key }`,
	}, {
		name:  "policy: the other clock",
		takes: "a statement with a condition on aws:EpochTime is refused",
		file:  fence,
		old:   `is(keyEpochTime) || `,
		new:   ``,
	}, {
		name:  "policy: Deny is fenced too",
		takes: "a Deny of a grant is over when the grant is",
		file:  fence,
		old:   `		s := &out.Statements[i]`,
		new: `		s := &out.Statements[i]
		if s.Effect == Deny {
			continue
		}`,
	}, {
		name:  "policy: the fence names the session",
		takes: "a grant is for one session where it is bound to one",
		file:  fence,
		old:   `Values: []string{f.PrincipalID + ":" + f.SessionName}}`,
		new:   `Values: []string{f.PrincipalID + ":*"}}`,
	}, {
		name:  "policy: the fence names the source identity",
		takes: "a grant is for one source identity where it is bound to one",
		file:  fence,
		old:   `if f.SourceIdentity != "" {`,
		new:   `if f.SourceIdentity == "any" {`,
	}, {
		name:  "policy: the fence asks for MFA",
		takes: "a grant that needs MFA is of no use without",
		file:  fence,
		old: `	if f.MFA {
		all`,
		new: `	if false {
		all`,
	}, {
		name:  "policy: the window is half open",
		takes: "at the deadline a grant is dead",
		file:  fence,
		old:   `{Operator: "DateLessThan", Key: keyCurrentTime`,
		new:   `{Operator: "DateLessThanEquals", Key: keyCurrentTime`,
	}, {
		name:  "policy: marks of one's own",
		takes: "a mark of the fence stands nowhere else",
		file:  fence,
		old:   `if marks(s) > 0 {`,
		new:   `if false {`,
	}, {
		name:  "policy: every statement's fence is read",
		takes: "a policy is unfenced if one statement is",
		file:  "shared/iampolicy/fill.go",
		old:   `if w != first {`,
		new:   `if w != first && i == 0 {`,
	}, {
		name:  "policy: one value of a fence key",
		takes: "a second value does not widen a fence unseen",
		file:  "shared/iampolicy/fill.go",
		old:   `if len(c.Values) != 1 {`,
		new:   `if len(c.Values) == 0 {`,
	}, {
		name:  "policy: closing widens nothing",
		takes: "a fence that is closed late ends when it did",
		file:  "shared/iampolicy/fill.go",
		old:   `if at = at.UTC().Truncate(time.Second); at.Before(notAfter) {`,
		new:   `if at = at.UTC().Truncate(time.Second); !at.IsZero() {`,
	}, {
		name:  "policy: values are of their type",
		takes: "a value is held against the grammar of its type",
		file:  substitute,
		old:   `if err := t.Check(value); err != nil {`,
		new:   `if err := t.Check(value); err != nil && value == "" {`,
	}, {
		name:  "policy: no wildcard in a value",
		takes: "no type admits a star",
		file:  "shared/iampolicy/parameter.go",
		old:   `iamName  = letters + digits + "_+=,.@-"`,
		new:   `iamName  = letters + digits + "_+=,.@-*"`,
	}, {
		name:  "policy: no way up in a path",
		takes: "a path has no parts that mean another one",
		file:  "shared/iampolicy/parameter.go",
		old: `case Path:
		return grammar{"names of letters, digits and _ . + = , @ - joined by single slashes, at most 512 characters", isPath}, true`,
		new: `case Path:
		return grammar{"names of letters, digits and _ . + = , @ - joined by single slashes, at most 512 characters", func(s string) bool { return of(s, iamName+"/", 1, 512) }}, true`,
	}, {
		name:  "policy: no value inside a variable",
		takes: "a placeholder does not stand inside a policy variable",
		file:  substitute,
		old:   `if insideVariable(before) {`,
		new:   `if insideVariable("") {`,
	}, {
		name:  "policy: no value in an action",
		takes: "what is granted is for the catalog to say",
		file:  substitute,
		old:   `return name == "Resource" || `,
		new:   `return name == "Action" || name == "Resource" || `,
	}, {
		name:  "policy: members have names",
		takes: "a member without a name is not taken for an item of a list",
		file:  "shared/iampolicy/jsontree.go",
		old:   `if name == "" {`,
		new:   `if name == "-" {`,
	}, {
		name:  "policy: statements that are joined mean the same",
		takes: "statements of NotAction are not joined",
		file:  "shared/iampolicy/join.go",
		old:   `case !sameSet(s.NotActions, o.NotActions) || !sameSet(s.NotResources, o.NotResources):`,
		new:   `case !sameSet(s.NotResources, o.NotResources):`,
	}, {
		name:  "policy: Denies are attached first",
		takes: "no Allow is ever there without the Denies",
		file:  "shared/iampolicy/split.go",
		old:   `cmp.Or(denyFirst(s.pieces[a], s.pieces[b]), `,
		new:   `cmp.Or(`,
	}, {
		name:  "catalog: what outlives a revoke",
		takes: "an action whose effects outlive a revoke is named or refused",
		file:  "shared/catalog/grantpolicy.go",
		old:   `case reached && !named:`,
		new:   `case reached && !named && action == "":`,
	}, {
		name:  "catalog: NotAction under Allow",
		takes: "nobody is asked to approve all that a list leaves out",
		file:  "shared/catalog/grantpolicy.go",
		old:   `if s.Effect == iampolicy.Allow && len(s.NotActions) > 0 {`,
		new:   `if s.Effect == "" && len(s.NotActions) > 0 {`,
	}, {
		name:  "catalog: own policies only forbid",
		takes: "a catalog's own policy cannot permit",
		file:  "shared/catalog/cedar.go",
		old:   `case own && p.Effect() != cedar.Forbid:`,
		new:   `case false:`,
	}, {
		name:  "catalog: a policy that fails",
		takes: "a policy that cannot be evaluated is an error, and not passed over",
		file:  "shared/catalog/decide.go",
		old:   `if len(diagnostic.Errors) > 0 {`,
		new:   `if false {`,
	}, {
		name:  "catalog: whose entitlement",
		takes: "newer policy counts for what was asked under an older catalog",
		file:  "shared/catalog/decide.go",
		old:   `"fits": cedar.Boolean(t.Principal.ARN == "" || e.MayHold(t.Principal.ARN)),`,
		new:   `"fits": cedar.Boolean(t.Principal.ARN == "" || q.Entitlement.MayHold(t.Principal.ARN)),`,
	}}
}
