package inprocess_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/inprocess"
)

// The contract suite tests the port; these tests are of IAM's delays and faults.

const (
	account   = "arn:aws:iam::111122223333:"
	deploy    = account + "role/engineer-deploy"
	responder = account + "role/responder"
	legacy    = account + "role/legacy-admin"
	ciUser    = account + "user/ci-user"
	bounds    = account + "policy/curfew-boundary"
	grantName = "curfew-01jd2q7v3x0000000000000000"
	allowGet  = `{"Version":"2012-10-17","Statement":[{"Sid":"Get","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::example/*"}]}`
)

func example(t testing.TB, s inprocess.IAMSettings) *inprocess.Cloud {
	t.Helper()
	world, err := inprocess.LoadWorld(bytes.NewReader(inprocess.ExampleWorld()), "example-world.json")
	if err != nil {
		t.Fatal(err)
	}
	world.Set(s)
	return &inprocess.Cloud{
		IAM: world, Name: "curfew", Boundaries: []string{bounds},
		Jitter: func(below time.Duration) time.Duration { return below },
	}
}

func grantOn(t testing.TB, c *inprocess.Cloud, arn string, form access.Form) access.Grant {
	t.Helper()
	s, err := c.Look(t.Context(), arn)
	if err != nil {
		t.Fatal(err)
	}
	return access.Grant{
		Name: grantName, Principal: s.Principal, Form: form, Documents: []string{allowGet}, AttachBy: time.Now().Add(20 * time.Second),
	}
}

// failFirst makes the first n calls of an action fail with this code.
func failFirst(action, code string, n int) func(string) string {
	return func(a string) string {
		if a != action || n == 0 {
			return ""
		}
		n--
		return code
	}
}

func TestWhatAWSIsTooBusyForIsTriedAgain(t *testing.T) {
	for _, code := range []string{"Throttling", "ConcurrentModification", "ServiceFailure"} {
		synctest.Test(t, func(t *testing.T) {
			c := example(t, inprocess.IAMSettings{Fault: failFirst("iam:PutRolePolicy", code, 3)})
			began := time.Now()
			if err := c.Attach(t.Context(), grantOn(t, c, deploy, access.Inline)); err != nil {
				t.Errorf("after 3 times %s: Attach = %v, want nil", code, err)
			}
			if got, want := time.Since(began), 700*time.Millisecond; got != want {
				t.Errorf("it took %v, want %v", got, want)
			}
			if n := c.IAM.Calls()["iam:PutRolePolicy"]; n != 4 {
				t.Errorf("%d calls, want 4", n)
			}
		})
	}
}

func TestAttachGivesUpAtItsLastInstant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var last time.Time
		c := example(t, inprocess.IAMSettings{Fault: func(action string) string {
			if action != "iam:PutRolePolicy" {
				return ""
			}
			last = time.Now()
			return "Throttling"
		}})
		g := grantOn(t, c, deploy, access.Inline)
		if err := c.Attach(t.Context(), g); fault.KindOf(err) != fault.Over {
			t.Errorf("Attach = %v, want Over", err)
		}
		if last.After(g.AttachBy) || last.Before(g.AttachBy.Add(-2*time.Second)) {
			t.Errorf("the last call was at %s, want it just before %s", last, g.AttachBy)
		}
	})
}

func TestRemoveGivesUpAndTellsWhatItDid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := example(t, inprocess.IAMSettings{})
		g := grantOn(t, c, deploy, access.Managed)
		if err := c.Attach(t.Context(), g); err != nil {
			t.Fatal(err)
		}
		c.IAM.Set(inprocess.IAMSettings{Fault: failFirst("iam:DeleteRolePolicy", "Throttling", 99)})
		calls, err := c.Remove(t.Context(), g.Principal, g.Name)
		if fault.KindOf(err) != fault.Transient {
			t.Errorf("Remove = %v, want Transient", err)
		}
		var got []string
		for _, call := range calls {
			got = append(got, call.Action+" "+call.Outcome)
		}
		want := []string{
			"iam:DeleteRolePolicy Transient", "iam:DeleteRolePolicy Transient", "iam:DeleteRolePolicy Transient",
			"iam:DeleteRolePolicy Transient", "iam:DeleteRolePolicy Transient",
			"iam:ListEntitiesForPolicy not there", "iam:ListEntitiesForPolicy not there",
			"iam:ListEntitiesForPolicy done", "iam:DetachRolePolicy done", "iam:DeletePolicy done",
		}
		if !slices.Equal(got, want) {
			t.Errorf("calls = %q, want %q", got, want)
		}
		if grants := c.Grants(); len(grants) != 0 {
			t.Errorf("grants = %v, want the managed one gone although the inline one could not be looked for", grants)
		}
	})
}

func TestNoCallWaitsLongerThanItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := example(t, inprocess.IAMSettings{Fault: failFirst("iam:GetRole", "Throttling", 99)})
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
		defer cancel()
		began := time.Now()
		_, err := c.Look(ctx, deploy)
		if fault.KindOf(err) != fault.Transient || time.Since(began) != 150*time.Millisecond {
			t.Errorf("Look = %v after %v, want Transient after 150 ms", err, time.Since(began))
		}
	})
}

func TestErrorsOfIAMHaveTheirKind(t *testing.T) {
	for code, want := range map[string]fault.Kind{
		"LimitExceeded": fault.Quota, "AccessDenied": fault.Denied, "UnmodifiableEntity": fault.Denied,
		"MalformedPolicyDocument": fault.Invalid, "ValidationError": fault.Invalid, "NoSuchEntity": fault.NotFound,
		"SomethingNew": fault.Transient,
	} {
		c := example(t, inprocess.IAMSettings{Fault: failFirst("iam:PutRolePolicy", code, 1)})
		if err := c.Attach(t.Context(), grantOn(t, c, deploy, access.Inline)); fault.KindOf(err) != want {
			t.Errorf("%s: Attach = %v (%s), want %s", code, err, fault.KindOf(err), want)
		}
	}
}

func TestManagedPolicyOfOtherContentIsAConflict(t *testing.T) {
	c := example(t, inprocess.IAMSettings{})
	g := grantOn(t, c, deploy, access.Managed)
	other := strings.Replace(allowGet, "GetObject", "PutObject", 1)
	if err := c.IAM.CreatePolicyByHand(account+"policy/curfew/"+g.Name+"-1", other); err != nil {
		t.Fatal(err)
	}
	if err := c.Attach(t.Context(), g); fault.KindOf(err) != fault.Conflict {
		t.Errorf("Attach = %v, want Conflict", err)
	}
	if grants := c.Grants(); len(grants) != 0 {
		t.Errorf("grants = %v, want none", grants)
	}
}

func TestPolicyAttachedWhereWeMayNotStaysThereAndIsSaid(t *testing.T) {
	c := example(t, inprocess.IAMSettings{})
	g := grantOn(t, c, deploy, access.Managed)
	if err := c.Attach(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	if err := c.IAM.AttachByHand(legacy, account+"policy/curfew/"+g.Name+"-1"); err != nil {
		t.Fatal(err)
	}
	calls, err := c.Remove(t.Context(), g.Principal, g.Name)
	if err != nil {
		t.Errorf("Remove = %v, want nil: the principal is clean", err)
	}
	if !slices.ContainsFunc(calls, func(call access.Call) bool { return call.Outcome == string(fault.Denied) }) {
		t.Errorf("calls = %+v, want one that was denied", calls)
	}
	page, err := c.Survey(t.Context(), "111122223333", "")
	if err != nil || len(page.Grants) != 1 || page.Grants[0].Principal.ARN != legacy {
		t.Errorf("Survey = %+v, %v; want the grant on %s", page, err, legacy)
	}
}

func TestStaleReadsShowWhatWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lag := 3 * time.Second
		c := example(t, inprocess.IAMSettings{StaleReads: func() time.Duration { return lag }})
		g := grantOn(t, c, deploy, access.Inline)
		for _, step := range []struct {
			do   func() error
			want int // documents at once; later the other number
		}{
			{func() error { return c.Attach(t.Context(), g) }, 0},
			{func() error { _, err := c.Remove(t.Context(), g.Principal, g.Name); return err }, 1},
		} {
			if err := step.do(); err != nil {
				t.Fatal(err)
			}
			for _, want := range []int{step.want, 1 - step.want} {
				docs, err := c.Read(t.Context(), g.Principal, g.Name)
				page, err2 := c.Survey(t.Context(), "111122223333", "")
				if err != nil || err2 != nil || len(docs) != want || len(page.Grants) != want {
					t.Errorf("Read = %d, Survey = %d (%v, %v); want %d", len(docs), len(page.Grants), err, err2, want)
				}
				time.Sleep(lag)
			}
		}
	})
}

func TestSurveyTurnsPages(t *testing.T) {
	c := &inprocess.Cloud{IAM: crowd(t, 250), Name: "curfew", Boundaries: []string{bounds}}
	after, pages, found := "", 0, 0
	for {
		page, err := c.Survey(t.Context(), "111122223333", after)
		if err != nil {
			t.Fatal(err)
		}
		pages, found = pages+1, found+len(page.Grants)
		if after = page.Next; after == "" {
			break
		}
	}
	if pages != 3 || found != 250 {
		t.Errorf("%d pages with %d grants, want 3 with 250", pages, found)
	}
}

// Copies of one world are read concurrently.
func TestCopiesShareNothingThatIsRemembered(t *testing.T) {
	iam := example(t, inprocess.IAMSettings{}).IAM
	var all sync.WaitGroup
	for range 4 {
		c := &inprocess.Cloud{IAM: iam.Copy(), Name: "curfew"}
		all.Go(func() { c.Grants() })
	}
	all.Wait()
}
