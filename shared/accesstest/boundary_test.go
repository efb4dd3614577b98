package accesstest_test

import (
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/inprocess"
)

// Somebody set a managed grant as the boundary of another role. IAM did not delete it, and the elevation was stuck.
func TestGrantThatIsABoundaryOfAnotherEnds(t *testing.T) {
	tell(t, func(s *story) {
		sight, err := s.Cloud.Look(t.Context(), accesstest.Engineer)
		if err != nil {
			t.Fatal(err)
		}
		s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error {
			return iam.PutRolePolicyByHand(accesstest.Engineer, "big", filler(sight.Room.Inline-100))
		})
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Want(id, "active")
		if got := s.Receipt(id).Terms.Form; got != access.Managed {
			t.Fatalf("form = %s, want managed", got)
		}
		s.ByHand(accesstest.Responder, func(iam *inprocess.IAM) error {
			return iam.SetBoundary(accesstest.Responder, "arn:aws:iam::111122223333:policy/curfew/curfew-"+id+"-1")
		})
		s.Advance(time.Hour)
		s.Want(id, "ended deadline")
		s.Advance(time.Hour)
		s.WantPaged(access.PolicyLeft.Name)
		s.WantPaged("policy-left: curfew-" + id) // high: another's role may be stopped
		s.WantPaged(`high: "The policy gives no access any more. A principal whose boundary it is may do nothing after the grant's deadline.`)
		s.WantCan(accesstest.Engineer, "ana", false)
		s.WantCan(accesstest.Responder, "ana", false)
	})
}
