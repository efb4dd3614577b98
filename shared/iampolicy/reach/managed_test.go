package reach_test

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"testing"

	"curfew/shared/iampolicy"
	"curfew/shared/iampolicy/reach"
)

// Every policy that AWS publishes is a part of itself and of AdministratorAccess; that is a part of no other.
func TestManagedPolicies(t *testing.T) {
	path := os.Getenv("CURFEW_MANAGED_POLICIES")
	if path == "" {
		t.Skip("set CURFEW_MANAGED_POLICIES to a .json.gz of AWS's managed policies (ARN to VersionId and Document) to run this")
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]struct{ Document json.RawMessage }
	if err := json.NewDecoder(z).Decode(&all); err != nil {
		t.Fatal(err)
	}
	every, cells, open := of(t, admin), 0, 0
	for arn, policy := range all {
		read := func() *reach.Set {
			d, err := iampolicy.Parse(policy.Document)
			if err != nil {
				t.Fatalf("%s: %v", arn, err)
			}
			return reach.Of(reach.Layers{Identity: []*iampolicy.Document{d}})
		}
		one := read()
		if !one.PartOf(read()) || !one.PartOf(every) || every.PartOf(one) != (arn == "arn:aws:iam::aws:policy/AdministratorAccess") {
			t.Errorf("%s: a part of itself %t, of every action %t, which is a part of it %t", arn, one.PartOf(read()), one.PartOf(every), every.PartOf(one))
		}
		for c := range one.Cells() {
			if cells++; c.Open != "" && c.Open != reach.NoResource {
				open++
			}
		}
	}
	t.Logf("%d policies: %d cells, %d open", len(all), cells, open)
}
