package accesstest_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/baseline"
	"curfew/shared/fault"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/sweep"
	"curfew/shared/trail"
)

const reboots = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:RebootInstances","Resource":"*"}]}`

// A call is weighed against the policies of its instant. Between the last survey that saw the old policies and the first
// that saw the new ones, they are not known.
func TestCallIsWeighedAgainstThePoliciesOfItsInstant(t *testing.T) {
	tell(t, func(s *story) {
		began := time.Now()
		minute := func(n int) time.Time { return began.Add(time.Duration(n) * time.Minute) }
		id := s.IAM.UniqueID(accesstest.Engineer)
		for _, m := range []int{0, 5, 20, 30} {
			s.Advance(time.Until(minute(m)))
			s.Sweeps()
			if m == 5 {
				s.Advance(5 * time.Minute)
				s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error {
					return iam.PutRolePolicyByHand(accesstest.Engineer, "standing", reboots)
				})
			}
		}
		own, err := baseline.Load(s.Context(), s.Store, id, minute(0), minute(30))
		if err != nil || len(own) != 2 {
			t.Fatalf("%+v, %v; want two baselines", own, err)
		}
		rights := trail.NewRights(nil, own)
		for _, c := range []struct {
			minute      int
			right       trail.Right
			why         trail.Why
			provisional bool // the next survey may say otherwise
		}{{3, trail.Unresolved, trail.WhyUnexplained, false}, {12, trail.Unresolved, trail.WhyContext, false}, {25, trail.Standing, "", false}, {31, trail.Standing, "", true}} {
			v := rights.Attribute(&trail.Record{
				Time: minute(c.minute), Source: "ec2.amazonaws.com", Name: "RebootInstances", Region: "us-east-1", Account: "111122223333",
				Identity: trail.Identity{
					Type: "AssumedRole", PrincipalID: id + ":ana", Account: "111122223333", ARN: "arn:aws:sts::111122223333:assumed-role/engineer-deploy/ana",
					Issuer: trail.Issuer{Type: "Role", PrincipalID: id, ARN: accesstest.Engineer}, CreatedAt: began,
				},
			})
			if v.Right != c.right || v.Why != c.why || v.Provisional != c.provisional {
				t.Errorf("minute %d: %s %s, provisional %v, want %s %s, %v", c.minute, v.Right, v.Why, v.Provisional, c.right, c.why, c.provisional)
			}
		}
	})
}

// noBaselines is a store that has no answer for baselines.
type noBaselines struct {
	record.Store
	asked *atomic.Int64
	whole *atomic.Bool // it answers
}

func (n noBaselines) Read(ctx context.Context, keys ...record.Key) (record.Rows, error) {
	for _, k := range keys {
		if strings.HasPrefix(k.Partition, "baseline#") && !n.whole.Load() {
			n.asked.Add(1)
			<-ctx.Done()
			return nil, fault.Errorf(fault.Transient, "no answer: %w", ctx.Err())
		}
	}
	return n.Store.Read(ctx, keys...)
}

func TestBaselinesThatCannotBeStoredHinderNoRemoval(t *testing.T) {
	inVastness(t, 5, 0, func(s *story, pages *int) {
		var asked atomic.Int64
		var whole atomic.Bool
		s.Service.Store = noBaselines{s.Service.Store, &asked, &whole}
		s.WorldMayBeWrong(func() {
			s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error {
				return iam.PutRolePolicyByHand(accesstest.Engineer, access.GrantName("curfew", "01jd2q7v3x0000000000000zzz"), rogue)
			})
			began := time.Now()
			s.Sweeps()
			if took := time.Since(began); took > 6*time.Second || asked.Load() != 1 || *pages != 5 {
				t.Errorf("%d pages in %v, baselines asked for %d times; want 5, at most 6 s, once", *pages, took, asked.Load())
			}
			s.WantCan(accesstest.Engineer, "mallory", false)
		})
		s.WantPaged(sweep.Failed.Name)
		id := s.IAM.UniqueID(accesstest.Responder)
		whole.Store(true)
		if own, err := baseline.Load(s.Context(), s.Store, id, time.Now(), time.Now()); err != nil || len(own) != 0 {
			t.Errorf("%+v, %v; want none", own, err)
		}
		s.Advance(4 * time.Minute) // surveys again soon
		s.Sweeps()
		if own, err := baseline.Load(s.Context(), s.Store, id, time.Now(), time.Now()); err != nil || len(own) != 1 || own[0].Unknown {
			t.Errorf("%+v, %v; want one", own, err)
		}
	})
}

// forgetfulCloud does not show what principals have inline.
type forgetfulCloud struct{ access.Cloud }

func (c forgetfulCloud) Survey(ctx context.Context, account, after string) (access.Survey, error) {
	page, err := c.Cloud.Survey(ctx, account, after)
	for i, e := range page.Own {
		v := e.Value
		v.Inline = nil
		page.Own[i] = baseline.Encode(v)
	}
	return page, err
}

func TestBaselineThatIsNotWhatIAMHasBreaksAnInvariant(t *testing.T) {
	tell(t, func(s *story) {
		whole := s.Service.Cloud
		s.WorldMayBeWrong(func() {
			s.Service.Cloud = forgetfulCloud{whole}
			s.Sweeps()
			if wrong := s.BrokenInvariants(); len(wrong) == 0 || !strings.HasPrefix(wrong[0], "13: the own policies of ") {
				t.Errorf("broken: %q, want 13", wrong)
			}
			s.Service.Cloud = whole
			s.Advance(time.Minute)
			s.Sweeps()
		})
	})
}
