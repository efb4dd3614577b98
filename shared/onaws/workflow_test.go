package onaws

import (
	"testing"

	"curfew/shared/access"
	"curfew/shared/fault"
)

func isKind(t *testing.T, err error, want fault.Kind) {
	t.Helper()
	if fault.KindOf(err) != want {
		t.Errorf("error = %v (%s), want %s", err, fault.KindOf(err), want)
	}
}

func TestWhatAFunctionIsNotConfiguredForIsInternal(t *testing.T) {
	w, ctx := Workflow{}, t.Context()
	for name, err := range map[string]error{
		"start": w.Start(ctx, "id", "{}"), "answer": w.Answer(ctx, "t", ""), "beat": w.Beat(ctx, "t"),
		"revoke": w.Revoke(ctx, access.Order{}), "postpone": w.Postpone(ctx, access.Late{}),
	} {
		t.Run(name, func(t *testing.T) { isKind(t, err, fault.Internal) })
	}
}
