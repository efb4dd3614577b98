package httpapi

import (
	"context"
	"net/http"
	"regexp"
	"time"

	"curfew/shared/access"
	"curfew/shared/identity"
	"curfew/shared/task"
)

// maxSeconds bounds a duration before it is one: what is longer than a year was not meant. An entitlement's own maximum
// is the domain's to refuse.
const maxSeconds = 365 * 24 * 60 * 60

var digest = regexp.MustCompile(`^[0-9a-f]{64}$`)

type newElevation struct {
	Entitlement string `json:"entitlement"`
	Principal   string `json:"principal"`
	Session     string `json:"session"`
	Task        struct {
		Kind string `json:"kind"`
		ID   string `json:"id"`
	} `json:"task"`
	Reason     string            `json:"reason"`
	Seconds    int64             `json:"duration_seconds"`
	StartAt    *string           `json:"start_at"`
	LatestEnd  *string           `json:"latest_end"`
	Parameters map[string]string `json:"parameters"`
}

func (n newElevation) request() (access.Request, error) {
	start, err := instant("start_at", n.StartAt)
	if err != nil {
		return access.Request{}, err
	}
	end, err := instant("latest_end", n.LatestEnd)
	if err != nil {
		return access.Request{}, err
	}
	if n.Seconds < 1 || n.Seconds > maxSeconds {
		return access.Request{}, refuse(invalid, "duration_seconds: want 1 to %d", maxSeconds)
	}
	return access.Request{
		Entitlement: n.Entitlement, Principal: n.Principal, Session: n.Session,
		Task: task.Task{Kind: n.Task.Kind, ID: n.Task.ID}, Reason: n.Reason,
		Duration: time.Duration(n.Seconds) * time.Second, StartAt: start, LatestEnd: end, Parameters: n.Parameters,
	}, nil
}

func (d door) submit(ctx context.Context, c identity.Caller, r *http.Request) (reply, error) {
	body, err := decode[newElevation](r)
	if err != nil {
		return reply{}, err
	}
	ask, err := body.request()
	if err != nil {
		return reply{}, err
	}
	if ask.IdempotencyKey, err = idempotencyKey(r.Header); err != nil {
		return reply{}, err
	}
	t, e, err := d.svc.Submit(ctx, c, ask)
	if err != nil && e.ID != "" {
		return reply{}, &keptError{err, e.ID}
	}
	if err != nil {
		return reply{}, err
	}
	return reply{http.StatusCreated, "/v1/elevations/" + e.ID, viewElevation(t, e)}, nil
}

// idempotencyKey is the header, if there is one. An empty one is a mistake of somebody who counts on it.
func idempotencyKey(h http.Header) (string, error) {
	keys := h.Values("Idempotency-Key")
	if len(keys) == 0 {
		return "", nil
	}
	if len(keys) > 1 || keys[0] == "" {
		return "", refuse(invalid, "Idempotency-Key: want one, and not empty")
	}
	return keys[0], nil
}

func (d door) list(ctx context.Context, c identity.Caller, r *http.Request) (reply, error) {
	f, bound, err := readFilter(c, r.URL.RawQuery)
	if err != nil {
		return reply{}, err
	}
	found, err := d.svc.List(ctx, c, f)
	if err != nil {
		return reply{}, err
	}
	p := page{Elevations: []elevation{}}
	for i, e := range found.Elevations {
		p.Elevations = append(p.Elevations, viewElevation(found.Terms[i], e))
	}
	if found.Next != "" {
		p.Next = cursor{Filter: bound, After: found.Next}.String()
	}
	return reply{body: p}, nil
}

func (d door) show(ctx context.Context, c identity.Caller, r *http.Request) (reply, error) {
	v, err := d.svc.Show(ctx, c, r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	body, err := viewShown(v)
	return reply{body: body}, err
}

// act is a verb on one elevation that takes nothing but its id.
type act func(context.Context, identity.Caller, string) (access.Elevation, error)

func (d door) plain(do act) verb {
	return func(ctx context.Context, c identity.Caller, r *http.Request) (reply, error) {
		if err := nothing(r); err != nil {
			return reply{}, err
		}
		e, err := do(ctx, c, r.PathValue("id"))
		if err != nil {
			return reply{}, err
		}
		return d.after(ctx, c, e)
	}
}

func (d door) decide(ctx context.Context, c identity.Caller, r *http.Request) (reply, error) {
	body, err := decode[struct {
		Decision string `json:"decision"`
		Digest   string `json:"digest"`
		Reason   string `json:"reason"`
	}](r)
	if err != nil {
		return reply{}, err
	}
	if body.Decision != "approve" && body.Decision != "deny" {
		return reply{}, refuse(invalid, "decision: want approve or deny")
	}
	if !digest.MatchString(body.Digest) {
		return reply{}, refuse(invalid, "digest: want the 64 hexadecimal digits of the terms that were seen")
	}
	e, err := d.svc.Decide(ctx, c, r.PathValue("id"), body.Digest, body.Decision == "approve", body.Reason)
	if err != nil {
		return reply{}, err
	}
	return d.after(ctx, c, e)
}

// after shows an elevation that a verb has changed: the verbs give its changing part alone.
func (d door) after(ctx context.Context, c identity.Caller, e access.Elevation) (reply, error) {
	v, err := d.svc.Show(ctx, c, e.ID)
	if err != nil {
		return reply{}, err
	}
	return reply{body: viewElevation(v.Terms, v.Elevation)}, nil
}

func (d door) signReview(ctx context.Context, c identity.Caller, r *http.Request) (reply, error) {
	body, err := decode[struct {
		Note string `json:"note"`
	}](r)
	if err != nil {
		return reply{}, err
	}
	signed, err := d.svc.SignReview(ctx, c, r.PathValue("id"), body.Note)
	return reply{body: viewReview(signed)}, err
}

func (d door) entitlements(ctx context.Context, c identity.Caller, _ *http.Request) (reply, error) {
	all, err := d.svc.Entitlements(ctx, c)
	if err != nil {
		return reply{}, err
	}
	l := entitlementList{Entitlements: []entitlement{}}
	for _, e := range all {
		l.Entitlements = append(l.Entitlements, viewEntitlement(e))
	}
	return reply{body: l}, nil
}

func (d door) me(_ context.Context, c identity.Caller, _ *http.Request) (reply, error) {
	return reply{body: me{caller: viewCaller(c), Groups: list(c.Groups), MFA: c.MFA}}, nil
}
