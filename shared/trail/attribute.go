package trail

import "curfew/shared/iampolicy"

// Right is what allowed a call.
type Right string

// The rights. Other is not Curfew's business: the principal is not marked.
const (
	ByElevation Right = "elevation"
	Standing    Right = "standing" // allowed by the principal's own policies, and not by a grant
	Service     Right = "service"  // AWS itself
	Unresolved  Right = "unresolved"
	Other       Right = "other"
)

// Why is why a call is unresolved. The set is closed.
type Why string

// The reasons.
const (
	WhyIdentity    Why = "identity"    // the record does not say who called
	WhyTime        Why = "time"        // it does not say when
	WhyAction      Why = "action"      // no IAM action is known for its event
	WhyContext     Why = "context"     // a condition value or the principal's own policies of then are unknown
	WhyUnexplained Why = "unexplained" // neither a grant nor the principal's own policies allow it: a resource policy, or a fault
)

// Whys returns all reasons.
func Whys() []Why { return []Why{WhyIdentity, WhyTime, WhyAction, WhyContext, WhyUnexplained} }

// Verdict is the right behind one call.
type Verdict struct {
	Right     Right
	Why       Why    // of Unresolved
	Elevation string // of ByElevation; of a denied call, the elevation that its session had
	Grant     *Grant
	// AlsoStanding: the principal's own policies allow it too; Maybe: not known.
	AlsoStanding iampolicy.Answer
	Denied       bool // IAM refused it: no right was used
	Late         bool // the grant was gone already: IAM had not yet enforced its removal
	// Provisional: the verdict may change, because no later survey confirms the principal's own policies. Of
	// [Ledger.Add] also: the session's opening has not come, within the grace.
	Provisional bool
	Calls       []Call
}

// Attribute finds the right behind a call. It depends on the record and the rights alone.
func (x *Rights) Attribute(r *Record) Verdict {
	if r.ByService() {
		return Verdict{Right: Service}
	}
	a := r.Identity.Actor()
	switch {
	case a.PrincipalID == "":
		switch r.Identity.Type {
		case "Unknown", "AssumedRole", "IAMUser", "Role": // a role or user, and not which
			return Verdict{Right: Unresolved, Why: WhyIdentity}
		}
		if r.Odd&OddIdentity != 0 {
			return Verdict{Right: Unresolved, Why: WhyIdentity}
		}
		return Verdict{Right: Other} // root, a person of Identity Center, an identity of another provider: no role or user
	case !x.Marked(a.PrincipalID), r.Unjudged():
		return Verdict{Right: Other}
	case r.SharedID != "" && r.Identity.Account != r.Account:
		return Verdict{Right: Other} // the caller's own account has a copy, which names more
	case r.Time.IsZero():
		return Verdict{Right: Unresolved, Why: WhyTime}
	}
	q := x.ask(r)
	defer x.questions.Put(q)
	q.grants = x.at(q.grants[:0], a.PrincipalID, r.Identity.PrincipalID, r.Time)
	own, confirmed := x.ownAt(a.PrincipalID, r.Time)
	calls, known := Calls(r)
	v := Verdict{Calls: calls, Denied: r.Denied(), Provisional: !confirmed}
	if v.Denied {
		x.refuse(&v, q)
		return v
	}
	switch {
	case !known:
		v.Right, v.Why = Unresolved, WhyAction
		return v
	case len(calls) == 0: // IAM was not asked: GetCallerIdentity
		v.Right = Standing
		return v
	}
	x.decide(&v, q, own)
	return v
}

func (v *Verdict) use(g *Grant, r *Record) {
	v.Right, v.Grant, v.Elevation = ByElevation, g, g.Elevation
	v.Late = r.Time.After(g.gone())
}

func (x *Rights) refuse(v *Verdict, q *question) {
	v.Right = Standing
	for _, g := range q.grants {
		has, err := x.documents.of(g)
		if err == nil && !q.record.Time.After(g.gone()) && q.weighOne(has.sessions, Call{Action: "sts:GetCallerIdentity", Resource: "*"}, nil).Answer() == iampolicy.Yes {
			v.use(g, q.record)
			return
		}
	}
}

// decide weighs each grant under the principal's own Denies and boundary. The first to begin that certainly allows the
// call counts.
func (x *Rights) decide(v *Verdict, q *question, own *Baseline) {
	standing := iampolicy.Maybe
	q.own = q.own[:0]
	if own != nil {
		standing = iampolicy.Yes
		for _, c := range v.Calls {
			w := q.weigh(own.Policies, c)
			q.own, standing = append(q.own, w), min(standing, w.Succeeded())
		}
	}
	perhaps := standing == iampolicy.Maybe
	for _, g := range q.grants {
		has, err := x.documents.of(g)
		if err != nil {
			perhaps = true
			continue
		}
		alone, with := iampolicy.Yes, iampolicy.Yes
		for i, c := range v.Calls {
			w := q.weigh(has.allows, c)
			alone = min(alone, w.Succeeded())
			if own != nil {
				w = w.With(q.own[i])
			}
			with = min(with, w.Succeeded())
		}
		if standing != iampolicy.No { // else the grant's part may be only some of the actions
			with = min(with, alone)
		}
		if with == iampolicy.Yes {
			v.use(g, q.record)
			v.AlsoStanding = standing
			return
		}
		perhaps = perhaps || with == iampolicy.Maybe
	}
	switch {
	case standing == iampolicy.Yes:
		v.Right = Standing
	case perhaps:
		v.Right, v.Why = Unresolved, WhyContext
	default:
		v.Right, v.Why = Unresolved, WhyUnexplained
	}
}
