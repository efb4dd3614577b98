package access

import (
	"context"
	"slices"

	"curfew/shared/fault"
	"curfew/shared/iampolicy"
)

// containmentRoom is what a grant leaves free of the inline budget, in characters, for one policy that contains it.
const containmentRoom = 512

// fit looks at the principal and settles what depends on it: its unique id, whose session, whether the session's name is
// pinned, the form of the grant by the room there is, and the rendered policy.
func (s Submission) fit(ctx context.Context, t *Terms, ent Entitlement, arn string) error {
	sight, err := s.Cloud.Look(ctx, arn)
	switch fault.KindOf(err) {
	case "":
	case fault.NotFound, fault.Denied:
		return &fault.Error{Kind: fault.Denied, Text: "principal " + arn + " is not there, or nobody may change it", By: []string{"curfew.principal"}, Err: err}
	default:
		return fault.Wrap(err, "looking at %s", arn)
	}
	t.Principal = sight.Principal
	if err := (Policy{s.Service}).Accepted(sight); err != nil {
		return err
	}
	if err := t.bind(ent, t.Requester); err != nil {
		return err
	}
	t.Session.Weak = !pinned(t.Session.Bind, sight.Trust)
	if t.Session.Weak && !ent.Weak {
		return deny("curfew.binding", "the trust policy of %s does not pin the session's %s, and %s does not say binding: weak",
			arn, t.Session.Bind, ent.Name)
	}
	return t.form(ent, sight.Room)
}

// Accepted reports whether the principal is marked for this installation and under a boundary that it accepts.
func (s Policy) Accepted(sight Sight) error {
	switch {
	case !sight.Managed:
		return deny("curfew.managed", "%s does not bear the tag %s:managed", sight.Principal.ARN, s.Settings.Name)
	case !slices.Contains(s.Settings.Boundaries, sight.Boundary):
		return deny("curfew.boundary", "%s has no accepted permissions boundary", sight.Principal.ARN)
	}
	return nil
}

// form chooses inline if it fits and leaves room for one containment, else managed.
func (t *Terms) form(ent Entitlement, room Room) error {
	t.Form = Inline
	docs, err := ent.Render(*t)
	if err != nil {
		return err
	}
	size := iampolicy.Size([]byte(docs[0]))
	if size+containmentRoom <= room.Inline {
		t.Policies = docs
		return nil
	}
	t.Form = Managed
	if docs, err = ent.Render(*t); err != nil {
		return refuseSize(*t, size, room)
	}
	if len(docs) > room.Attached {
		return refuseSize(*t, size, room)
	}
	t.Policies = docs
	return nil
}

func refuseSize(t Terms, size int, room Room) error {
	return deny("curfew.room", "%s has %d characters and does not fit on %s: %d inline are free (%d are kept for containment), and %d managed policies of %d parts of %d",
		t.Entitlement, size, t.Principal.ARN, room.Inline, containmentRoom, room.Attached, managedParts, managedSize)
}
