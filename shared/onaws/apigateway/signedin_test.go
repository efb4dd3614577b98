package apigateway

import (
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"curfew/shared/fault"
)

func TestATokenSaysWhenThePersonSignedInWithMFA(t *testing.T) {
	i := newIssuer(t)
	ago := func(d time.Duration) int64 { return now.Add(-d).Unix() }
	for name, c := range map[string]struct {
		changed map[string]any
		want    time.Time // zero: not known
	}{
		"absent":                    {nil, time.Time{}},
		"ten minutes ago":           {map[string]any{"auth_time": ago(10 * time.Minute)}, now.Add(-10 * time.Minute)},
		"within the skew":           {map[string]any{"auth_time": ago(-50 * time.Second)}, now.Add(50 * time.Second)},
		"of the future":             {map[string]any{"auth_time": ago(-2 * time.Minute)}, time.Time{}},
		"of the far future":         {map[string]any{"auth_time": int64(1) << 60}, time.Time{}},
		"after the token was made":  {map[string]any{"iat": ago(10 * time.Minute), "auth_time": ago(5 * time.Minute)}, time.Time{}},
		"without iat":               {map[string]any{"iat": nil, "auth_time": ago(time.Minute)}, now.Add(-time.Minute)},
		"without MFA":               {map[string]any{"amr": []string{"pwd"}, "auth_time": ago(time.Minute)}, time.Time{}},
		"a text":                    {map[string]any{"auth_time": "1791190800"}, time.Time{}},
		"a fraction":                {map[string]any{"auth_time": 1791190800.5}, time.Time{}},
		"zero":                      {map[string]any{"auth_time": 0}, time.Time{}},
		"negative":                  {map[string]any{"auth_time": -5}, time.Time{}},
		"null":                      {map[string]any{"auth_time": nil}, time.Time{}},
		"beyond all numbers":        {map[string]any{"auth_time": 1e300}, time.Time{}},
		"a list":                    {map[string]any{"auth_time": []int64{ago(time.Minute)}}, time.Time{}},
		"in another case, not ours": {map[string]any{"Auth_Time": ago(time.Minute), "updated_at": ago(0)}, time.Time{}},
	} {
		got, err := i.tokens(noon).Verify(t.Context(), i.signed(t, c.changed))
		if err != nil || !got.MFAAt.Equal(c.want) {
			t.Errorf("%s: %s, %v, want %s", name, got.MFAAt, err, c.want)
		}
	}
	forged := newIssuer(t)
	_, err := i.tokens(noon).Verify(t.Context(), i.token(t, jose.RS256, forged.key, i.claims(map[string]any{"auth_time": ago(0)})))
	if fault.KindOf(err) != fault.Denied {
		t.Errorf("signed by another key: %v", err)
	}
}
