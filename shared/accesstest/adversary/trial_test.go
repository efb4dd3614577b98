package adversary

import (
	"strings"
	"testing"
	"testing/synctest"

	"curfew/shared/suspension"
)

// A try that would be taken shows what a principal has today; no other try does.
func TestTrialsTellNothingOfPrincipalsThatAreNotTheirs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		if got := w.call(ana(), "POST", "/v1/trials", askAdmin); !strings.Contains(got.raw, `"difference"`) {
			t.Fatalf("a try that would be taken shows no difference: %s", got.raw)
		}
		for _, arn := range []string{backup, legacy, account + "role/engineer-nobody", account + "user/ci-user"} {
			got := w.call(ana(), "POST", "/v1/trials", with(askAdmin, engineer, arn))
			if got.status != 200 || strings.Contains(got.raw, `"difference"`) {
				t.Errorf("%s: %d %s", arn, got.status, got.raw)
			}
		}
		if got := w.call(zoe(), "POST", "/v1/trials", askAdmin); strings.Contains(got.raw, `"difference"`) {
			t.Errorf("one without the entitlement: %s", got.raw)
		}
		if n := strings.Count(w.log.String(), "verb=try"); n < 6 {
			t.Errorf("%d tries are in the log:\n%s", n, w.log.String())
		}
		w.suspends(suspension.Scope{Requester: ana().ID})
		if got := w.call(ana(), "POST", "/v1/trials", askAdmin); strings.Contains(got.raw, `"difference"`) {
			t.Errorf("one who is suspended: %s", got.raw)
		}
	})
}
