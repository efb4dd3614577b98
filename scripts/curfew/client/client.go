package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"curfew/shared/api"
)

// Signer authenticates a request in place. The body is what will be sent; it is empty for a GET.
type Signer interface {
	Sign(r *http.Request, body []byte) error
}

// Config is what a client needs. One of Token and Signer says who calls; without either the API answers 401.
type Config struct {
	// Endpoint is the address of the API up to /v1, with the stage of an API Gateway if there is one. It is https, or
	// http to 127.0.0.1 or localhost: whatever authenticates a call is never sent in the clear.
	Endpoint string
	// Token is a person's bearer token.
	Token string
	// Signer signs a machine's calls.
	Signer Signer
	// HTTPClient sends; nil: one that gives a call 30 seconds. Redirects are not followed, whatever it says.
	HTTPClient *http.Client
}

// Client calls one API as one caller. It may be used by many goroutines at once.
type Client struct {
	base  *url.URL
	token string
	sign  Signer
	http  http.Client
}

// callWithin bounds one call over the network.
const callWithin = 30 * time.Second

// New makes a client. An endpoint over which credentials must not go is an error here, before anything is sent.
func New(c Config) (*Client, error) {
	base, err := ParseEndpoint(c.Endpoint)
	if err != nil {
		return nil, err
	}
	if c.Token != "" && c.Signer != nil {
		return nil, errors.New("a token and a signer: one caller makes a call")
	}
	if c.HTTPClient == nil {
		c.HTTPClient = &http.Client{Timeout: callWithin}
	}
	own := *c.HTTPClient
	// A redirect would carry the token or the signature to an unknown address.
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{base: base, token: c.Token, sign: c.Signer, http: own}, nil
}

// ParseEndpoint takes the address of an API: https, or http to this machine; no user, query or fragment.
func ParseEndpoint(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, errors.New("endpoint: not a URL") // its text may hold a password
	case u.User != nil:
		return nil, errors.New("endpoint: a user or password in an address is refused")
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return nil, fmt.Errorf("endpoint %q: want https://host or http://127.0.0.1:port", s)
	case u.Scheme == "http" && u.Hostname() != "127.0.0.1" && u.Hostname() != "localhost":
		return nil, fmt.Errorf("endpoint %q: plain http to another machine would show the credentials to anybody on the way; use https", s)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("endpoint: no query and no fragment")
	}
	return u, nil
}

// Me says who the API takes the caller for.
func (c *Client) Me(ctx context.Context) (Me, error) { return get[Me](ctx, c, nil, "me") }

// Entitlements gives what the caller may ask for, in order of name.
func (c *Client) Entitlements(ctx context.Context) ([]Entitlement, error) {
	list, err := get[api.EntitlementList](ctx, c, nil, "entitlements")
	return list.Entitlements, err
}

// Entitlement gives one that the caller may ask for, with its policy.
func (c *Client) Entitlement(ctx context.Context, name string) (EntitlementShown, error) {
	return get[EntitlementShown](ctx, c, nil, "entitlements", name)
}

// Try says whether a request would be taken. It stores nothing, and a refusal is no error. The idempotency key is not sent.
func (c *Client) Try(ctx context.Context, r Request) (Trial, error) {
	r.StartAt, r.LatestEnd, r.IdempotencyKey = instant(r.StartAt), instant(r.LatestEnd), ""
	return post[Trial](ctx, c, r, "", "trials")
}

// Request asks for an elevation. With an idempotency key it is tried again if no answer came, and is still one request.
// A refusal is a [*Problem] that names the elevation in which the refusal is kept.
func (c *Client) Request(ctx context.Context, r Request) (Elevation, error) {
	key := r.IdempotencyKey // a header
	r.StartAt, r.LatestEnd, r.IdempotencyKey = instant(r.StartAt), instant(r.LatestEnd), ""
	return post[Elevation](ctx, c, r, key, "elevations")
}

// List gives one page of what the caller may see, newest first.
func (c *Client) List(ctx context.Context, f Filter) (Page, error) {
	f.RequestedAfter, f.RequestedBefore = instant(f.RequestedAfter), instant(f.RequestedBefore)
	f.EndedAfter, f.EndedBefore = instant(f.EndedAfter), instant(f.EndedBefore)
	q, err := queryOf(f)
	if err != nil {
		return Page{}, err
	}
	return get[Page](ctx, c, q, "elevations")
}

// Show gives all that the caller may see of one elevation.
func (c *Client) Show(ctx context.Context, id string) (Detail, error) {
	return get[Detail](ctx, c, nil, "elevations", id)
}

// Usage gives what the sessions of an elevation did.
func (c *Client) Usage(ctx context.Context, id string) (Usage, error) {
	return get[Usage](ctx, c, nil, "elevations", id, "usage")
}

// Evidence gives one page of records that match all filters.
func (c *Client) Evidence(ctx context.Context, f AuditFilter) (AuditPage, error) {
	f.From, f.To = instant(f.From), instant(f.To)
	q, err := queryOf(f)
	if err != nil {
		return AuditPage{}, err
	}
	return get[AuditPage](ctx, c, q, "audit")
}

// Could gives one page of elevations that allowed a call at an instant, newest first.
func (c *Client) Could(ctx context.Context, p PowerQuery) (PowerPage, error) {
	p.At = instant(p.At)
	q, err := queryOf(p)
	if err != nil {
		return PowerPage{}, err
	}
	return get[PowerPage](ctx, c, q, "audit", "could")
}

// Decide approves or denies, on the digest of the terms that were seen. The same decision again is success.
func (c *Client) Decide(ctx context.Context, id string, d Decide) (Elevation, error) {
	return post[Elevation](ctx, c, d, "", "elevations", id, "decisions")
}

// Withdraw takes a request back before anything is granted. One that was withdrawn is success.
func (c *Client) Withdraw(ctx context.Context, id string) (Elevation, error) {
	return c.act(ctx, id, "withdraw")
}

// End ends an elevation before its deadline. One that is ending or ended is success. The answer shows the order: the
// state is ended when IAM was read without the grant.
func (c *Client) End(ctx context.Context, id string) (Elevation, error) { return c.act(ctx, id, "end") }

// Heartbeat says that the holder lives.
func (c *Client) Heartbeat(ctx context.Context, id string) (Elevation, error) {
	return c.act(ctx, id, "heartbeat")
}

// Acknowledge takes on a stuck elevation: paging stops, and the removal of its grant goes on.
func (c *Client) Acknowledge(ctx context.Context, id string) (Elevation, error) {
	return c.act(ctx, id, "acknowledge")
}

// Reviews gives one page of reviews that are due, the oldest first.
func (c *Client) Reviews(ctx context.Context, f ReviewFilter) (ReviewPage, error) {
	q, err := queryOf(f)
	if err != nil {
		return ReviewPage{}, err
	}
	return get[ReviewPage](ctx, c, q, "reviews")
}

// Review gives what the reviewer of an elevation signs.
func (c *Client) Review(ctx context.Context, id string) (ReviewShown, error) {
	return get[ReviewShown](ctx, c, nil, "elevations", id, "review")
}

// SignReview signs the review of an elevation that is over.
func (c *Client) SignReview(ctx context.Context, id, note string) (Review, error) {
	return post[Review](ctx, c, map[string]string{"note": note}, "", "elevations", id, "review")
}

// CampaignItems gives one page, the first due first.
func (c *Client) CampaignItems(ctx context.Context, f CampaignFilter) (CampaignPage, error) {
	q, err := queryOf(f)
	if err != nil {
		return CampaignPage{}, err
	}
	return get[CampaignPage](ctx, c, q, "campaigns")
}

// CampaignItem gives one item.
func (c *Client) CampaignItem(ctx context.Context, id string) (CampaignItem, error) {
	return get[CampaignItem](ctx, c, nil, "campaigns", id)
}

// AnswerCampaignItem says of an item that it is signed, or removed. digest is of the item that was read.
func (c *Client) AnswerCampaignItem(ctx context.Context, id, says, digest, reason string) (CampaignItem, error) {
	return post[CampaignItem](ctx, c, map[string]string{"answer": says, "digest": digest, "reason": reason}, "", "campaigns", id, "answer")
}

// Delegate names the delegate of the caller.
func (c *Client) Delegate(ctx context.Context, d NewDelegation) (Delegation, error) {
	d.From, d.Until = instant(d.From), instant(d.Until)
	return post[Delegation](ctx, c, d, "", "delegations")
}

// Delegations are those that are not over, the newest first.
func (c *Client) Delegations(ctx context.Context) ([]Delegation, error) {
	list, err := get[api.DelegationList](ctx, c, nil, "delegations")
	return list.Delegations, err
}

// EndDelegation ends a delegation at once. One that was ended is success.
func (c *Client) EndDelegation(ctx context.Context, e DelegationEnd) (Delegation, error) {
	return post[Delegation](ctx, c, e, "", "delegations", "end")
}

// Findings gives one page, those that are not closed first.
func (c *Client) Findings(ctx context.Context, f FindingFilter) (FindingPage, error) {
	f.Since = instant(f.Since)
	q, err := queryOf(f)
	if err != nil {
		return FindingPage{}, err
	}
	return get[FindingPage](ctx, c, q, "findings")
}

// Finding gives one finding.
func (c *Client) Finding(ctx context.Context, id string) (Finding, error) {
	return get[Finding](ctx, c, nil, "findings", id)
}

// AcknowledgeFinding takes a finding on. One that is acknowledged is success.
func (c *Client) AcknowledgeFinding(ctx context.Context, id, reason string) (Finding, error) {
	return post[Finding](ctx, c, reasonOf(reason), "", "findings", id, "acknowledge")
}

// CloseFinding closes a finding until it occurs again. One that the caller closed is success.
func (c *Client) CloseFinding(ctx context.Context, id, reason string) (Finding, error) {
	return post[Finding](ctx, c, reasonOf(reason), "", "findings", id, "close")
}

// reasonOf leaves out an empty reason, which the API refuses.
func reasonOf(reason string) map[string]string {
	if reason == "" {
		return map[string]string{}
	}
	return map[string]string{"reason": reason}
}

// EndAll ends, or counts, one page of a scope. It is sent once: callers that read all pages repeat it. A
// page that was sent twice did no harm.
func (c *Client) EndAll(ctx context.Context, e EndAll) (Reach, error) {
	return post[Reach](ctx, c, e, "", "ends")
}

// Suspend suspends a scope. What is suspended already stays as it is: success; except that a second operator confirms by it
// one that would lapse.
func (c *Client) Suspend(ctx context.Context, s Suspend) (Suspension, error) {
	return post[Suspension](ctx, c, s, "", "suspensions")
}

// Lift takes a suspension back. One that does not hold is success.
func (c *Client) Lift(ctx context.Context, l Lift) (Suspension, error) {
	return post[Suspension](ctx, c, l, "", "suspensions", "lift")
}

// Suspensions are those that hold, in order of scope.
func (c *Client) Suspensions(ctx context.Context) ([]Suspension, error) {
	list, err := get[api.SuspensionList](ctx, c, nil, "suspensions")
	return list.Suspensions, err
}

// Catalog says which catalog is in force, and which waits.
func (c *Client) Catalog(ctx context.Context) (CatalogState, error) {
	return get[CatalogState](ctx, c, nil, "catalog")
}

// SignCatalog accepts the catalog that waits.
func (c *Client) SignCatalog(ctx context.Context, s CatalogSignature) (CatalogState, error) {
	return post[CatalogState](ctx, c, s, "", "catalog", "signature")
}

// Accounts are those in the registry, by id.
func (c *Client) Accounts(ctx context.Context) ([]Account, error) {
	list, err := get[api.AccountList](ctx, c, nil, "accounts")
	return list.Accounts, err
}

// AddAccount makes an account a member. A member stays as it is: success.
func (c *Client) AddAccount(ctx context.Context, a AccountChange) (Account, error) {
	return post[Account](ctx, c, a, "", "accounts")
}

// RemoveAccount lets an account leave, and removes it once its elevations have ended.
func (c *Client) RemoveAccount(ctx context.Context, a AccountChange) (Account, error) {
	return post[Account](ctx, c, a, "", "accounts", "remove")
}

// RecordReport records the digests of a report. It is sent once: each call makes a record.
func (c *Client) RecordReport(ctx context.Context, r NewReport) (RecordedReport, error) {
	return post[RecordedReport](ctx, c, r, "", "reports")
}

// act does what needs no more than an id. They have no idempotency key: callers repeat them.
func (c *Client) act(ctx context.Context, id, verb string) (Elevation, error) {
	return post[Elevation](ctx, c, nil, "", "elevations", id, verb)
}
