package detection

import "testing"

func TestScopeOfAWhen(t *testing.T) {
	for when, want := range map[string]Scope{
		"":                                     {},
		"context.allowed":                      {},
		`context.class == "marked"`:            {Marked: true},
		`context.class != "marked"`:            {},
		`context.class == "other"`:             {},
		`context.right == "elevation"`:         {Marked: true},
		`context.right == "standing"`:          {},
		`context has ofOther`:                  {Marked: true},
		`context.binding == ""`:                {},
		"context has elevation":                {Marked: true},
		"!(context has elevation)":             {},
		"context has error":                    {},
		"context.approver":                     {Marked: true},
		"!context.readOnly":                    {Writes: true},
		"context.readOnly":                     {},
		"context.allowed || !context.readOnly": {},
		`context.permissions && context has ended && context.actions.contains("a") && !context.readOnly`: {Marked: true, Writes: true},
	} {
		if got := ScopeOf(when); got != want {
			t.Errorf("ScopeOf(%s) = %+v, want %+v", when, got, want)
		}
	}
}
