package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/identity"
)

// trial is the answer to a request that was only tried.
type trial struct {
	Allowed  bool              `json:"allowed"`
	Why      string            `json:"why,omitempty"`
	Reasons  []string          `json:"reasons"` // the policies that allow it, or the rules that refuse it
	Approval approval          `json:"approval"`
	DecideBy time.Time         `json:"decide_by,omitzero"`
	Session  *access.Session   `json:"session,omitempty"`
	Form     access.Form       `json:"form,omitempty"`
	Policies []json.RawMessage `json:"policies"`
	Size     int               `json:"size"`
	Room     *room             `json:"room,omitempty"`
	Says     []string          `json:"says"`
}

// room is what is free on a principal.
type room struct {
	Inline   int `json:"inline"`   // characters
	Attached int `json:"attached"` // managed policies
}

// entitlementShown is an entitlement with the policy of the catalog.
type entitlementShown struct {
	entitlement
	Policy json.RawMessage `json:"policy"`
}

// trying are the verbs before a request.
type trying struct{ door }

func (d trying) try(ctx context.Context, c identity.Caller, r *http.Request) (reply, error) {
	body, err := decode[newElevation](r)
	if err != nil {
		return reply{}, err
	}
	ask, err := body.request()
	if err != nil {
		return reply{}, err
	}
	found, err := access.Submission{Service: d.svc}.Try(ctx, c, ask)
	if err != nil {
		return reply{}, err
	}
	v := trial{
		Allowed: found.Refusal == nil, Reasons: list(found.By), Policies: []json.RawMessage{}, Size: found.Size, Says: []string{},
		Approval: approval{found.Terms.Approval.Need, list(found.Terms.Approval.Of)}, Form: found.Terms.Form,
	}
	if found.Refusal != nil {
		v.Why, v.Reasons = found.Refusal.Error(), list(fault.Reasons(found.Refusal))
	}
	if v.Approval.Need > 0 {
		v.DecideBy = found.Terms.DecideBy
	}
	if found.Terms.Session.Bind != "" {
		v.Session = &found.Terms.Session
	}
	if found.Room != nil {
		v.Room = &room{found.Room.Inline, found.Room.Attached}
	}
	for _, p := range found.Terms.Policies {
		v.Policies = append(v.Policies, json.RawMessage(p))
	}
	if len(v.Policies) > 0 { // else task and principal may not have been looked at
		v.Says = list(says(found.Terms))
	}
	return reply{body: v}, nil
}

func (d trying) entitlement(ctx context.Context, c identity.Caller, r *http.Request) (reply, error) {
	ent, err := access.Submission{Service: d.svc}.Entitlement(ctx, c, r.PathValue("name"))
	if fault.KindOf(err) == fault.NotFound {
		return reply{}, refuse(notFound, "there is no such entitlement, or it is not for you to ask for")
	}
	if err != nil {
		return reply{}, err
	}
	return reply{body: entitlementShown{viewEntitlement(ent), ent.Policy}}, nil
}
