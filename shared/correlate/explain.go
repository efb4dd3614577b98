package correlate

import (
	"cmp"
	"context"
	"slices"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/iampolicy"
	"curfew/shared/trail"
)

// late is how long after a stored limit a call of Curfew may be recorded: CloudTrail cuts to seconds, and clocks
// differ.
const late = 5 * time.Second

type explainer struct {
	*access.Service
	in Installation
}

// explained reports whether a record explains a write to IAM by a role of Curfew. A call that ends access needs none.
func (s explainer) explained(ctx context.Context, function string, r *trail.Record) (bool, error) {
	id, ours := s.in.attachedBy(r)
	if !ours {
		return false, nil
	}
	switch function {
	case "revoke":
		return slices.Contains(removes, r.Name), nil
	case "grant", "contain":
		if !slices.Contains(adds, r.Name) {
			return function == "contain" && r.Name == "DeletePolicyVersion", nil
		}
	default:
		return false, nil
	}
	if q, err := access.ReadQuarantine(ctx, s.Store, id); function == "contain" && (err != nil || q.ID != "") {
		return err == nil && explainsQuarantine(q, r), err
	}
	l, err := s.Load(ctx, id)
	if fault.KindOf(err) == fault.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return explains(l, function, r), nil
}

// The calls by which a grant is attached or closed, and removed.
var (
	adds    = []string{"PutRolePolicy", "PutUserPolicy", "CreatePolicy", "CreatePolicyVersion", "AttachRolePolicy", "AttachUserPolicy"}
	removes = []string{
		"DeleteRolePolicy", "DeleteUserPolicy", "DetachRolePolicy", "DetachUserPolicy", "DeletePolicy", "DeletePolicyVersion",
		"DetachGroupPolicy",
	}
)

func explains(l access.Life, function string, r *trail.Record) bool {
	e, p := l.Elevation, l.Terms.Principal
	if name := cmp.Or(r.Parameter("roleName"), r.Parameter("userName")); name != "" && name != p.Name() {
		return false
	}
	if r.Account != p.Account || e.GrantedAt.IsZero() || r.Time.Before(e.GrantedAt.Add(-late)) {
		return false
	}
	if function == "contain" {
		return !e.ContainTriedAt.IsZero() && !r.Time.Before(e.ContainTriedAt.Add(-late)) && closes(l, r.Parameter("policyDocument"))
	}
	return !r.Time.After(e.AttachBy.Add(late)) && sameGrant(l, r)
}

func explainsQuarantine(q access.Quarantine, r *trail.Record) bool {
	p := q.Principal
	return cmp.Or(r.Parameter("roleName"), r.Parameter("userName")) == p.Name() && r.Account == p.Account &&
		!r.Time.Before(q.From.Add(-late)) && r.Time.Before(q.Until) && q.Matches(p, r.Parameter("policyDocument"))
}

// closes reports whether a document is the grant with an earlier end, or only denies. A call without a document names
// only a policy.
func closes(l access.Life, document string) bool {
	if document == "" {
		return true
	}
	parsed, err := iampolicy.Parse([]byte(document))
	if err != nil {
		return false
	}
	if !slices.ContainsFunc(parsed.Statements, func(s iampolicy.Statement) bool { return s.Effect != iampolicy.Deny }) {
		return true
	}
	from, until, err := iampolicy.Fenced([]byte(document))
	if err != nil || until.After(l.Elevation.Deadline) {
		return false
	}
	return slices.ContainsFunc(l.Terms.Policies, func(text string) bool {
		filled, err := iampolicy.Fill([]byte(text), from, until)
		return err == nil && string(filled) == document
	})
}

// sameGrant compares a call's document, if it has one, with the terms.
func sameGrant(l access.Life, r *trail.Record) bool {
	document := r.Parameter("policyDocument")
	if document == "" {
		return true
	}
	for _, text := range l.Terms.Policies {
		if filled, err := iampolicy.Fill([]byte(text), l.Elevation.GrantedAt, l.Elevation.Deadline); err == nil && string(filled) == document {
			return true
		}
	}
	return false
}
