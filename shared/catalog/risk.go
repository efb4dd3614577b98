package catalog

import (
	"time"

	"curfew/shared/access"
	"curfew/shared/difference"
	"curfew/shared/iampolicy"
)

// mostRisk is the risk of what cannot be computed.
const mostRisk = 10

// risk is 0 if the answer cannot depend on it.
func (c *Catalog) risk(q access.Question, e access.Entitlement) (int, error) {
	switch {
	case !c.asksRisk || q.Action == access.ActRead:
		return 0, nil
	case q.Risk != nil:
		return q.Risk()
	}
	return riskOf(e, q.Terms), nil
}

// riskOf is the risk of an entitlement on a principal that has nothing.
func riskOf(e access.Entitlement, t access.Terms) int {
	document, err := iampolicy.Substitute(e.Policy, e.Parameters, t.Parameters)
	if err != nil {
		return mostRisk
	}
	unbound := e.Weak || e.Session == access.BindNone || e.Session == access.BindVPCEndpoint
	return difference.Of(difference.Today{}, difference.Grant{Policies: []*iampolicy.Document{document}, For: time.Duration(t.Duration) * time.Second, Unbound: unbound}).Risk
}
