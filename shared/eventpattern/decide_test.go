package eventpattern_test

import (
	"encoding/json"
	"testing"
)

// TestDecideSaysWhatMatchSays gives Decide two of three fields. It knows no difference between absent, null and empty.
func TestDecideSaysWhatMatchSays(t *testing.T) {
	values := []any{nil, "", "a", "ab", "b"} // the first twice: absent and null
	tests := []string{`"a"`, `""`, `null`, `{"prefix":"a"}`, `{"exists":true}`, `{"exists":false}`, `{"anything-but":["a"]}`, `"b",{"exists":false}`}
	decided := 0
	for _, x := range tests {
		for _, y := range tests {
			for _, pattern := range []string{
				`{"x":[` + x + `],"d":{"y":[` + y + `]}}`, `{"x":[` + x + `],"z":[` + y + `]}`, `{"$or":[{"x":[` + x + `]},{"d":{"y":[` + y + `]}}]}`,
			} {
				p := mustParse(t, pattern)
				for i, a := range append(values, nil) {
					for j, b := range append(values, nil) {
						event, below := map[string]any{"z": "a"}, map[string]any{}
						if i > 0 {
							event["x"] = a
						}
						if j > 0 {
							below["y"] = b
						}
						event["d"] = below
						text, err := json.Marshal(event)
						if err != nil {
							t.Fatal(err)
						}
						want, err := p.Match(text)
						if err != nil {
							t.Fatal(err)
						}
						got, sure := p.Decide(func(path string) (string, bool) {
							s, _ := map[string]any{"x": a, "d.y": b}[path].(string)
							return s, path != "z"
						})
						if sure && got != want {
							t.Errorf("%s: Decide(%s) = %t, Match %t", pattern, text, got, want)
						}
						if sure {
							decided++
						}
					}
				}
			}
		}
	}
	if decided < 3000 {
		t.Errorf("%d of 6912 are decided", decided)
	}
}
