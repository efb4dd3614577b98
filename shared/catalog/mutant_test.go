package catalog

import "testing"

// A question carries the entitlement of its terms. Only the newest entitlement's principals count.
func TestPrincipalsOfAnOlderCatalogDoNotCount(t *testing.T) {
	c := load(t, smallCatalog())
	q := questionOfAna(t, c)
	q.Terms.Principal.ARN += "-2"
	q.Entitlement.Principals = append(q.Entitlement.Principals[:0:0], q.Terms.Principal.ARN)
	if got, err := c.Decide(q); err != nil || got.Allow {
		t.Errorf("verdict = %+v, %v, want no: the newest catalog does not name %s", got, err, q.Terms.Principal.ARN)
	}
}
