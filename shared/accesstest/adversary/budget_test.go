package adversary

import (
	"strings"
	"testing"
	"testing/synctest"
)

// An entitlement says what is left of its budget to who may ask for it, and a trial says what a request would be told.
func TestABudgetIsShownToWhoMayAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		for _, want := range []string{`"left_minutes":40`, `"left_minutes":10`} {
			got := w.call(ana(), "GET", "/v1/entitlements/rationed", "")
			if text := strings.ReplaceAll(got.raw, " ", ""); !strings.Contains(text, `"per":"entitlement","minutes":40,"in_seconds":86400,`+want) {
				t.Errorf("want %s: %s", want, got.raw)
			}
			if want == `"left_minutes":40` {
				w.asks(cem(), with(askTwo, "two-leads", "rationed"))
				synctest.Wait()
			}
		}
		got := w.call(ana(), "POST", "/v1/trials", with(askTwo, "two-leads", "rationed"))
		if !strings.Contains(got.raw, "curfew.budget") || !strings.Contains(got.raw, "10 remain") {
			t.Errorf("the trial says %s", got.raw)
		}
		if got := w.call(zoe(), "GET", "/v1/entitlements/rationed", ""); got.status != 404 {
			t.Errorf("shown to one who may not ask: %d %s", got.status, got.raw)
		}
	})
}
