package main

// asking are the mutants of what may be asked for.
func asking() []mutant {
	return []mutant{{
		name:  "asking: the tag",
		takes: "a principal that is not marked is refused",
		file:  "shared/access/fit.go",
		old:   `case !sight.Managed:`,
		new:   `case false:`,
	}, {
		name:  "asking: the boundary",
		takes: "a principal under a boundary of somebody's own is refused",
		file:  "shared/access/fit.go",
		old:   `case !slices.Contains(s.Settings.Boundaries, sight.Boundary):`,
		new:   `case sight.Boundary == "" || !slices.Contains([]string{sight.Boundary}, sight.Boundary):`,
	}, {
		name:  "asking: weak binding is said",
		takes: "a role whose trust policy pins nothing is refused, unless the entitlement says weak",
		file:  "shared/access/fit.go",
		old:   `if t.Session.Weak && !ent.Weak {`,
		new:   `if false {`,
	}, {
		name:  "asking: every way into the role",
		takes: "one statement of the trust policy that pins no name is one too many",
		file:  "shared/access/pins.go",
		old:   `!slices.ContainsFunc(all, func(p Pin) bool { return p.Open != "" })`,
		new:   `slices.ContainsFunc(all, func(p Pin) bool { return p.Open == "" })`,
	}, {
		name:  "asking: services that take a name",
		takes: "a service is trusted to name its sessions only if it is known to",
		file:  "shared/access/pins.go",
		old:   `case !slices.Contains(namingServices(), p.Value):`,
		new:   `case p.Value == "":`,
	}, {
		name:  "asking: a pin is one value",
		takes: "a list of names to choose from pins nothing",
		file:  "shared/access/pins.go",
		old:   ` || len(c.Values) != 1 || !fixed(c.Values[0])`,
		new:   ` || len(c.Values) == 0 || !fixed(c.Values[0])`,
	}, {
		name:  "asking: a pin has no wildcard",
		takes: "a pattern pins nothing",
		file:  "shared/access/pins.go",
		old:   `if strings.ContainsAny(before, "*?") {`,
		new:   `if before == "*" {`,
	}, {
		name:  "asking: a pin is not the caller's word",
		takes: "a variable that the caller fills in pins nothing",
		file:  "shared/access/pins.go",
		old:   `if !closed || strings.Contains(name, ",") || lower != "aws:username" && lower != "saml:sub" && !strings.HasPrefix(lower, "aws:principaltag/") {`,
		new:   `if !closed || lower == "" {`,
	}, {
		name:  "asking: a default is a choice",
		takes: "a variable with a default value pins nothing",
		file:  "shared/access/pins.go",
		old:   `if !closed || strings.Contains(name, ",") || lower`,
		new:   `if !closed || lower`,
	}, {
		name:  "asking: the mark in any case",
		takes: "the key of the mark is compared without case, as IAM does",
		file:  "shared/access/mark.go",
		old:   `return strings.EqualFold(key, MarkKey(name))`,
		new:   `return key == MarkKey(name)`,
	}, {
		name:  "asking: room for a containment",
		takes: "a grant leaves room for the policy that contains it",
		file:  "shared/access/fit.go",
		old:   `if size+containmentRoom <= room.Inline {`,
		new:   `if size <= room.Inline {`,
	}, {
		name:  "asking: one's own session",
		takes: "a person asks for a session of his own name only",
		file:  "shared/access/submit.go",
		old:   `own := c.Kind == Person || c.UniqueID() == t.Principal.ID`,
		new:   `own := c.UniqueID() == t.Principal.ID`,
	}, {
		name:  "asking: a known task",
		takes: "an unverified task is refused where a known one is required",
		file:  "shared/access/submit.go",
		old:   `rule.Known && !t.Task.Known {`,
		new:   `rule.Known && t.Task.ID == "" {`,
	}, {
		name:  "asking: MFA",
		takes: "a sign-in without MFA is refused where it is needed",
		file:  "shared/access/submit.go",
		old:   `if ent.MFA && c.Kind == Person && !c.MFA {`,
		new:   `if false {`,
	}, {
		name:  "asking: the longest duration",
		takes: "nobody gets more time than the entitlement gives",
		file:  "shared/access/submit.go",
		old:   `if r.Duration > ent.Max {`,
		new:   `if false {`,
	}, {
		name:  "asking: an error is a denial",
		takes: "policy that cannot be asked is told from policy that says no",
		file:  "shared/access/submit.go",
		old: `if err != nil {
			return &Error{Kind: Denied, Text: "policy could not be asked: denied", By: []string{reasonError}, Err: err}
		}
		if !v.Allow {`,
		new: `if err != nil || !v.Allow {`,
	}, {
		name:  "asking: the suspended",
		takes: "who is suspended is denied",
		file:  "shared/access/submit.go",
		old:   `if suspended != "" {`,
		new:   `if false {`,
	}, {
		name:  "asking: break-glass is a right of its own",
		takes: "policy is asked for breakGlass too",
		file:  "shared/access/submit.go",
		old:   `if act == ActRequest && ent.BreakGlass {`,
		new:   `if false {`,
	}, {
		name:  "asking: a pattern stays in its path",
		takes: "a star in a principal's pattern does not reach over a slash",
		file:  "shared/access/entitlement.go",
		old:   `if ok, err := path.Match(p[i], a[i]); err != nil || !ok {`,
		new:   `if ok, err := path.Match(strings.ReplaceAll(p[i], "/", "-"), strings.ReplaceAll(a[i], "/", "-")); err != nil || !ok {`,
	}, {
		name:  "asking: the cap on refusals",
		takes: "a flood of refused calls is counted and not stored",
		file:  "shared/access/refusal.go",
		old:   `if d.Stored >= refusalsPerHour {`,
		new:   `if false {`,
	}, {
		name:  "asking: noise hides nothing",
		takes: "a refusal that does not get into its caller's chain is stored beside it",
		file:  "shared/access/refusal.go",
		old:   `return s.besideChain(ctx, c, r, extra)`,
		new:   `return false, nil`,
	}, {
		name:  "asking: evidence of a refusal",
		takes: "a call that was understood and refused leaves evidence",
		file:  "shared/access/refusal.go",
		old:   `case Denied, NotFound, Conflict:`,
		new:   `case NotFound, Conflict:`,
	}, {
		name:  "asking: the same pending twice",
		takes: "the same session asks for the same once at a time",
		file:  "shared/access/pending.go",
		old:   `row, err := encode(pendingKey(t), 1, pending{t.ID})`,
		new:   `row, err := encode(accessKey("pending#"+t.ID, t.ID), 1, pending{t.ID})`,
	}, {
		name:  "asking: an idempotency key is for one request",
		takes: "a key that was used for another request is refused",
		file:  "shared/access/pending.go",
		old:   `if was.Request != r.sum() {`,
		new:   `if false {`,
	}, {
		name:  "asking: who may not know",
		takes: "what is not the caller's to see is answered as what is not there",
		file:  "shared/access/show.go",
		old: `	if err := s.mayRead(ctx, l, c); err != nil {
		return err
	}
	return deny("curfew."+verb`,
		new: `	return deny("curfew."+verb`,
	}}
}
