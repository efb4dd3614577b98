package catalog

import (
	"errors"
	"strings"
	"testing"

	"curfew/shared/access"
	"curfew/shared/fault"
)

// risky is the small catalog with a policy that forbids what is riskier than the entitlement's 5, or as risky.
func risky(t *testing.T, above string) (*Catalog, access.Question) {
	files := smallCatalog()
	files["policies/own.cedar"] = "@id(\"too-risky\")\nforbid (principal, action, resource) when { context.risk > " + above + " };\n"
	c := load(t, files)
	return c, questionOfAna(t, c)
}

func TestPolicyForbidsByRisk(t *testing.T) {
	for above, allow := range map[string]bool{"4": false, "5": true} {
		c, q := risky(t, above)
		if v, err := c.Decide(q); err != nil || v.Allow != allow { // offline: the principal has nothing
			t.Errorf("risk above %s, offline: %+v, %v; want %t", above, v, err, allow)
		}
		q.Risk = func() (int, error) { return 1, nil }
		if v, err := c.Decide(q); err != nil || !v.Allow {
			t.Errorf("risk above %s, nothing new: %+v, %v", above, v, err)
		}
		q.Risk = func() (int, error) { return 9, nil }
		if v, err := c.Decide(q); err != nil || v.Allow || strings.Join(v.By, " ") != "too-risky" {
			t.Errorf("risk above %s, of 9: %+v, %v", above, v, err)
		}
		q.Action, q.Caller = access.ActRead, person(t, c, "ben")
		if v, err := c.Decide(q); err != nil || len(v.By) > 0 && v.By[0] == "too-risky" {
			t.Errorf("risk above %s, a read: %+v, %v; want no risk of a read", above, v, err)
		}
	}
}

// A risk that cannot be computed is an error, which callers take for a denial.
func TestRiskThatCannotBeComputedDenies(t *testing.T) {
	c, q := risky(t, "9")
	q.Risk = func() (int, error) { return 0, fault.Errorf(fault.Transient, "no store") }
	if v, err := c.Decide(q); v.Allow || fault.KindOf(err) != fault.Transient {
		t.Errorf("%+v, %v", v, err)
	}
	q.Risk, q.Terms.Parameters = nil, map[string]string{"bucket": "*"}
	if v, err := c.Decide(q); err != nil || v.Allow {
		t.Errorf("parameters that make no policy: %+v, %v; want the highest risk", v, err)
	}
}

// No policy asks: nothing is computed.
func TestRiskIsComputedOnlyIfAPolicyAsks(t *testing.T) {
	c := load(t, smallCatalog())
	q := questionOfAna(t, c)
	q.Risk = func() (int, error) { return 0, errors.New("asked") }
	if v, err := c.Decide(q); err != nil || !v.Allow {
		t.Errorf("%+v, %v", v, err)
	}
}
