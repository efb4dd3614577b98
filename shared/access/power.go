package access

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"curfew/shared/iampolicy"
	"curfew/shared/identity"
)

// PowerQuery asks which elevations allowed a call at an instant, on one principal or in one account.
type PowerQuery struct {
	Action, Resource   string
	At                 time.Time
	Principal, Account string // the ARN, or the account; one

	Limit int    // 1 to [MostListed]; 0: 50
	After string // [PowerPage.Next]
}

// Power is an elevation that allowed the call, or may have. The call is one of its session, with MFA if it asks for it.
type Power struct {
	Life
	From, Until time.Time // of the grant: until its proven end, or by its fence until the deadline
	Answer      iampolicy.Answer
	Why         []string // an answer of Maybe
	Approvers   []identity.Caller
	// Standing is what the principal's own policies answer.
	Standing    iampolicy.Answer
	StandingWhy string // an answer of Maybe, or how old it is
}

// ownRights are the principal's own policies, and when a survey last saw them.
type ownRights struct {
	policies iampolicy.Policies
	until    time.Time
}

// weigh answers by the grant, and by Deny statements and boundary of the principal, which also bind it; nil: not known.
func (p *Power) weigh(q PowerQuery, own *ownRights) {
	bound, why := iampolicy.Weights{Bound: iampolicy.Maybe}, []string{"what its own policies denied and its boundary allowed is not known"}
	p.Standing, p.StandingWhy = iampolicy.Maybe, "no survey saw the policies that it had then"
	if own != nil {
		context := p.Terms.context(q)
		if !p.Terms.Principal.User() && p.Terms.Session.Bind != BindUserID {
			delete(context, "aws:userid") // any session
		}
		bound, why = weigh(own.policies, q, context)
		p.Standing, p.StandingWhy = bound.Answer(), ""
		if own.until.Before(q.At) {
			p.StandingWhy = "as last seen at " + own.until.Format(time.RFC3339)
		}
		if p.Standing == iampolicy.Maybe {
			p.StandingWhy = strings.TrimSuffix(strings.Join(append(why, p.StandingWhy), "; "), "; ")
		}
		bound.Allow = iampolicy.No
	}
	documents, err := p.documents()
	if err != nil {
		p.Answer, p.Why = iampolicy.Maybe, []string{"its policies cannot be read: " + err.Error()}
		return
	}
	granted, grantWhy := weigh(documents, q, p.Terms.context(q))
	p.Answer = granted.With(bound).Answer()
	if p.Answer == iampolicy.No {
		return
	}
	if granted.Answer() == iampolicy.Maybe {
		p.Why = grantWhy
	}
	if bound.Deny == iampolicy.Maybe || bound.Bound == iampolicy.Maybe {
		p.Why = append(p.Why, why...)
	}
	p.doubt(q.At)
}

// weigh also says which unknown condition keys count.
func weigh(p iampolicy.Policies, q PowerQuery, c iampolicy.Context) (w iampolicy.Weights, why []string) {
	asked := map[string]bool{}
	w = iampolicy.Weigh(p, iampolicy.Call{Action: q.Action, Resource: q.Resource, Context: c}, func(key string) bool {
		asked[key] = true
		return true
	})
	if len(asked) > 0 {
		why = append(why, "it depends on "+strings.Join(slices.Sorted(maps.Keys(asked)), ", ")+" of the call")
	}
	return w, why
}

// doubt lowers the answer where the record does not prove that IAM enforced the grant.
func (p *Power) doubt(at time.Time) {
	e := p.Elevation
	since := func(t time.Time) bool { return !t.IsZero() && !at.Before(t) }
	for _, d := range []struct {
		doubtful bool
		why      string
	}{
		{!since(e.ReadyAt), "IAM may not have applied the grant yet"},
		{since(e.EndDue), "its end was ordered, and its absence was not proven yet"},
		{since(e.ContainedAt), "it was contained"},
	} {
		if d.doubtful {
			p.Answer, p.Why = iampolicy.Maybe, append(p.Why, d.why)
		}
	}
}

func (p *Power) documents() (all iampolicy.Policies, err error) {
	for _, text := range p.Terms.Policies {
		filled, err := iampolicy.Fill([]byte(text), p.Elevation.GrantedAt, p.Elevation.Deadline)
		if err != nil {
			return all, err
		}
		document, err := iampolicy.Parse(filled)
		if err != nil {
			return all, err
		}
		all.Identity = append(all.Identity, iampolicy.Named{Name: p.Terms.ID, Document: document})
	}
	return all, nil
}

// context has the known condition keys of a call.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func (t Terms) context(q PowerQuery) iampolicy.Context {
	c := iampolicy.Context{
		"aws:CurrentTime":      {q.At.UTC().Format(time.RFC3339)},
		"aws:EpochTime":        {strconv.FormatInt(q.At.Unix(), 10)},
		"aws:PrincipalArn":     {t.Principal.ARN},
		"aws:PrincipalAccount": {t.Principal.Account},
		"aws:userid":           {t.Principal.ID + ":session"}, // only the fence may use this key
	}
	switch {
	case t.Principal.User():
		c["aws:userid"], c["aws:username"] = []string{t.Principal.ID}, []string{t.Principal.Name()}
	case t.Session.Bind == BindUserID:
		c["aws:userid"] = []string{t.Principal.ID + ":" + t.Session.Value}
	}
	switch t.Session.Bind {
	case BindSourceIdentity:
		c["aws:SourceIdentity"] = []string{t.Session.Value}
	case BindVPCEndpoint:
		c["aws:SourceVpce"] = []string{t.Session.Value}
	}
	if t.Session.MFA {
		c["aws:MultiFactorAuthPresent"] = []string{"true"}
	}
	if owner := AccountIn(q.Resource); owner != "" {
		c["aws:ResourceAccount"] = []string{owner}
	}
	return c
}

// AccountIn returns the account in an ARN, if it has one.
func AccountIn(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || len(parts[4]) != len("111122223333") || strings.Trim(parts[4], "0123456789") != "" {
		return ""
	}
	return parts[4]
}
