package onaws

import (
	"testing"

	"curfew/shared/access"
)

func isKind(t *testing.T, err error, want access.Kind) {
	t.Helper()
	if access.KindOf(err) != want {
		t.Errorf("error = %v (%s), want %s", err, access.KindOf(err), want)
	}
}

func TestWhatAFunctionIsNotConfiguredForIsInternal(t *testing.T) {
	w, ctx := Workflow{}, t.Context()
	for name, err := range map[string]error{
		"start": w.Start(ctx, "id", "{}"), "answer": w.Answer(ctx, "t", ""), "beat": w.Beat(ctx, "t"),
		"revoke": w.Revoke(ctx, access.Order{}), "postpone": w.Postpone(ctx, access.Late{}),
	} {
		t.Run(name, func(t *testing.T) { isKind(t, err, access.Internal) })
	}
}
