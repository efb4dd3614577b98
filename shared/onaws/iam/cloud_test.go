package iam

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/backoff"
	"curfew/shared/fault"
	"curfew/shared/iamcall"
)

const testGrant = "curfew-01k1yb3q0n8z4v6t2r9w5x7m3c"

const testDocument = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`

func openFakeCloud(f *fakeIAM) *Cloud {
	return &Cloud{Name: "curfew", Client: func(account string) Client {
		if account != "111122223333" {
			return nil
		}
		return f
	}}
}

func TestCloudInMemory(t *testing.T) {
	accesstest.CloudContract(t, func(*testing.T) accesstest.CloudUnderTest {
		f := newFakeIAM("engineer", "responder")
		role := func(arn string) *fakeRole { return f.roles[*nameOf(arn)] }
		return accesstest.CloudUnderTest{
			Cloud: openFakeCloud(f), Name: "curfew", Role: roleARN("engineer"), Other: roleARN("responder"),
			Missing: roleARN("nobody"), Protected: roleARN("aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup"),
			Recreate: func(_ *testing.T, arn string) { f.make(*nameOf(arn)) },
			Delete:   func(_ *testing.T, arn string) { delete(f.roles, *nameOf(arn)) },
			Mark: func(_ *testing.T, arn string, tag, boundary bool) {
				r := role(arn)
				r.tags, r.boundary = map[string]string{}, ""
				if tag {
					r.tag("curfew:managed", "true")
				}
				if boundary {
					r.boundary = fakeBoundary
				}
			},
			Tag:          func(_ *testing.T, arn, key, value string) { role(arn).tag(key, value) },
			Untag:        func(_ *testing.T, arn, key string) { role(arn).untag(key) },
			AttachByHand: func(_ *testing.T, arn, policy string) { role(arn).attached = append(role(arn).attached, policy) },
			PutByHand:    func(_ *testing.T, arn, name, document string) { role(arn).inline[name] = document },
			BoundByHand:  func(_ *testing.T, arn, policy string) { role(arn).boundary = policy },
		}
	})
}

func grantFor(f *fakeIAM, form access.Form, within time.Duration) access.Grant {
	return access.Grant{
		Name: testGrant, Form: form, Documents: []string{testDocument}, AttachBy: time.Now().Add(within),
		Principal: access.Principal{ARN: roleARN("engineer"), ID: f.roles["engineer"].id, Account: "111122223333"},
	}
}

// failing returns these error codes for one operation, one per call.
func failing(operation string, codes ...string) func(string) error {
	return func(called string) error {
		if called != operation || len(codes) == 0 {
			return nil
		}
		code := codes[0]
		codes = codes[1:]
		if code == "" {
			return errors.New("connection reset")
		}
		return awsError(code)
	}
}

func TestWhatAttachTriesAgain(t *testing.T) {
	for _, c := range []struct {
		name      string
		operation string
		codes     []string
		want      fault.Kind
		sent      int // calls of the operation
	}{
		{"throttled, then fine", "PutRolePolicy", []string{"Throttling", "Throttling"}, "", 3},
		{"changed by others at the same time, then fine", "PutRolePolicy", []string{"ConcurrentModification"}, "", 2},
		{"an answer that was lost", "PutRolePolicy", []string{""}, "", 2},
		{"a full quota", "PutRolePolicy", []string{"LimitExceeded"}, fault.Quota, 1},
		{"not allowed", "PutRolePolicy", []string{"AccessDenied"}, fault.Denied, 1},
		{"a role of AWS", "PutRolePolicy", []string{"UnmodifiableEntity"}, fault.Denied, 1},
		{"no policy", "PutRolePolicy", []string{"MalformedPolicyDocument"}, fault.Invalid, 1},
		{"gone meanwhile", "PutRolePolicy", []string{"NoSuchEntity"}, fault.NotFound, 1},
		{"busy until the last instant", "PutRolePolicy", slices.Repeat([]string{"Throttling"}, 500), fault.Over, 0},
		{"a policy that IAM does not know yet", "AttachRolePolicy", []string{"NoSuchEntity", "NoSuchEntity"}, "", 3},
		{"a policy that IAM never knows", "AttachRolePolicy", slices.Repeat([]string{"NoSuchEntity"}, 9), fault.NotFound, attachTries},
		{"a policy made at the same time, then fine", "CreatePolicy", []string{"ConcurrentModification"}, "", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFakeIAM("engineer")
				f.fault = failing(c.operation, c.codes...)
				form := access.Inline
				if c.operation != "PutRolePolicy" {
					form = access.Managed
				}
				g := grantFor(f, form, 20*time.Second)
				err := openFakeCloud(f).Attach(t.Context(), g)
				if fault.KindOf(err) != c.want {
					t.Errorf("Attach = %v (%s), want %s", err, fault.KindOf(err), c.want)
				}
				if n := count(f.calls, c.operation); c.sent > 0 && n != c.sent {
					t.Errorf("%s was sent %d times, want %d", c.operation, n, c.sent)
				}
				if now := time.Now(); now.After(g.AttachBy.Add(backoff.Longest)) {
					t.Errorf("it came back at %s, long after %s", now, g.AttachBy)
				}
			})
		})
	}
}

func count(calls []string, operation string) int {
	n := 0
	for _, c := range calls {
		if c == operation {
			n++
		}
	}
	return n
}

func TestCallThatHangsIsGivenUpAtTheLastInstant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangs := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		for _, c := range []struct {
			name string
			by   time.Duration // zero: no last instant
			ends time.Duration // of the function; zero: never
			want time.Duration
		}{
			{"at the last instant", 3 * time.Second, 0, 3 * time.Second},
			{"when it took too long", 20 * time.Second, 0, 5 * time.Second},
			{"when it took too long, without a last instant", 0, 0, 5 * time.Second},
			{"before the function ends", 0, 7 * time.Second, 2 * time.Second},
			{"at once, if the function is about to end", 0, 4 * time.Second, 0},
		} {
			began := time.Now()
			ctx, by := t.Context(), time.Time{}
			if c.by > 0 {
				by = began.Add(c.by)
			}
			if c.ends > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, c.ends)
				defer cancel()
			}
			err := sendOnce(ctx, callTimeout("iam:GetRole"), by, began, hangs)
			if took := time.Since(began); err == nil || took != c.want {
				t.Errorf("%s: given up after %s (%v), want %s", c.name, took, err, c.want)
			}
		}
	})
}

// The first call ends after the last instant: no second one is sent.
func TestNothingIsSentAfterTheLastInstant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeIAM("engineer")
		f.fault = func(string) error { time.Sleep(30 * time.Second); return nil }
		err := openFakeCloud(f).Attach(t.Context(), grantFor(f, access.Inline, 20*time.Second))
		if fault.KindOf(err) != fault.Over || !slices.Equal(f.calls, []string{"GetRole"}) {
			t.Errorf("Attach = %v after %q, want %s after GetRole alone", err, f.calls, fault.Over)
		}
	})
}

func TestNothingIsSentWhenNobodyWaits(t *testing.T) {
	f := newFakeIAM("engineer")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := openFakeCloud(f).Remove(ctx, access.Principal{ARN: roleARN("engineer")}, testGrant)
	if fault.KindOf(err) != fault.Transient || len(f.calls) > 0 {
		t.Errorf("Remove = %v after %q, want %s and no calls", err, f.calls, fault.Transient)
	}
}

func TestRemoveGoesOnAfterAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeIAM("engineer")
		c := openFakeCloud(f)
		must(t, c.Attach(t.Context(), grantFor(f, access.Managed, time.Minute)))
		f.fault = failing("DeleteRolePolicy", slices.Repeat([]string{"ServiceFailure"}, iamcall.MaxTries)...)
		calls, err := c.Remove(t.Context(), access.Principal{ARN: roleARN("engineer")}, testGrant)
		if fault.KindOf(err) != fault.Transient || len(f.roles["engineer"].attached) > 0 || len(f.policies) > 0 {
			t.Errorf("Remove = %v with %d attached, want %s and the managed policy gone", err, len(f.roles["engineer"].attached), fault.Transient)
		}
		if count(outcomes(calls), "iam:DetachRolePolicy done") != 1 || count(outcomes(calls), "iam:DeleteRolePolicy Transient") != iamcall.MaxTries {
			t.Errorf("calls = %q", outcomes(calls))
		}
	})
}

func outcomes(calls []access.Call) []string {
	var all []string
	for _, c := range calls {
		all = append(all, c.Action+" "+c.Outcome)
	}
	return all
}

func TestRemoveDeletesTheVersionsThatSomebodyMade(t *testing.T) {
	f := newFakeIAM("engineer")
	c := openFakeCloud(f)
	must(t, c.Attach(t.Context(), grantFor(f, access.Managed, time.Minute)))
	f.policies[policyARN("/curfew/"+testGrant+"-1")]["v2"] = testDocument
	if _, err := c.Remove(t.Context(), access.Principal{ARN: roleARN("engineer")}, testGrant); err != nil || len(f.policies) > 0 {
		t.Errorf("Remove = %v with %d policies left, want none", err, len(f.policies))
	}
}

// Another grant of the same name is seen by the next Read and removed then.
func TestBothFormsOfOneNameGoByTheSecondRemoval(t *testing.T) {
	f := newFakeIAM("engineer")
	c := openFakeCloud(f)
	g := grantFor(f, access.Managed, time.Minute)
	must(t, c.Attach(t.Context(), g))
	f.roles["engineer"].inline[testGrant] = testDocument
	for _, left := range []int{1, 0} {
		_, err := c.Remove(t.Context(), g.Principal, testGrant)
		must(t, err)
		if found, err := c.Read(t.Context(), g.Principal, testGrant); err != nil || len(found) != left {
			t.Errorf("Read = %q, %v; want %d documents", found, err, left)
		}
	}
}

func TestAPolicyOfThisNameThatSaysSomethingElse(t *testing.T) {
	for name, path := range map[string]string{"in our place": "/curfew/", "under another path": "/theirs/"} {
		t.Run(name, func(t *testing.T) {
			f := newFakeIAM("engineer")
			f.policies[policyARN(path+testGrant+"-1")] = map[string]string{"v1": `{}`}
			if err := openFakeCloud(f).Attach(t.Context(), grantFor(f, access.Managed, time.Minute)); fault.KindOf(err) != fault.Conflict {
				t.Errorf("Attach = %v, want %s", err, fault.Conflict)
			}
		})
	}
}

func TestAnAccountThatIsNotConfiguredIsDenied(t *testing.T) {
	f := newFakeIAM("engineer")
	_, err := openFakeCloud(f).Look(t.Context(), strings.Replace(roleARN("engineer"), "1111", "9999", 1))
	if fault.KindOf(err) != fault.Denied || len(f.calls) > 0 {
		t.Errorf("Look = %v after %q, want %s and no calls", err, f.calls, fault.Denied)
	}
}

func TestQuotasAreReadOnceAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeIAM("engineer")
		c := openFakeCloud(f)
		for _, wait := range []time.Duration{0, time.Minute, time.Hour} {
			time.Sleep(wait)
			_, err := c.Look(t.Context(), roleARN("engineer"))
			must(t, err)
		}
		if n := count(f.calls, "GetAccountSummary"); n != 2 {
			t.Errorf("read %d times, want twice", n)
		}
	})
}

func TestLookWithoutRoomIsOneCall(t *testing.T) {
	f := newFakeIAM("engineer")
	c := openFakeCloud(f)
	c.RoomUnread = true
	sight, err := c.Look(t.Context(), roleARN("engineer"))
	if err != nil || !slices.Equal(f.calls, []string{"GetRole"}) || sight.Room != (access.Room{Inline: 10240, Attached: 10}) {
		t.Errorf("Look = %+v, %v after %q; want all room after GetRole alone", sight, err, f.calls)
	}
}

// The error names the account: the sweep makes it a finding for this account alone.
func TestSurveyOfAnAccountThatCannotBeReadNamesIt(t *testing.T) {
	f := newFakeIAM("engineer")
	f.fault = failing("GetAccountAuthorizationDetails", "AccessDenied")
	if page, err := openFakeCloud(f).Survey(t.Context(), "111122223333", ""); fault.KindOf(err) != fault.Denied || page.Account != "" || !strings.Contains(err.Error(), "111122223333") {
		t.Fatalf("Survey = %+v, %v; want %s naming the account", page, err, fault.Denied)
	}
}
