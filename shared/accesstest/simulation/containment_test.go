package simulation

import "testing"

// A grant removed while reads failed was contained anyway: its policy was written again, with a closed fence, after the
// end.
func TestContainmentBringsNothingBack(t *testing.T) {
	unseen := map[string]Schedule{
		"released":            {{Kind: Throttled, Call: Call{fnGrant, 1, "cloud.Read", 1}}},
		"release 1, revoking": {{Kind: Throttled, Call: Call{fnRevoke, 1, "cloud.Read", 2}}},
	}
	var jobs []job
	for _, b := range bases() {
		if plan := unseen[b.name]; plan != nil {
			jobs = append(jobs, job{b, plan})
		}
	}
	r, err := Settings{}.run(jobs)
	wantNothingWrong(t, r, err)
	if len(jobs) != len(unseen) {
		t.Errorf("%d of %d lives were played", len(jobs), len(unseen))
	}
}
