package eventbus

import "testing"

func TestTextAt(t *testing.T) {
	for _, c := range []struct {
		name, event, path, want, wrong string
	}{
		{"a text", `{"detail":{"a":"x"}}`, "detail.a", "x", ""},
		{"a text at the top", `{"account":"1"}`, "account", "1", ""},
		{"the first of a list", `{"resources":["x","y"]}`, "resources", "x", ""},
		{"an empty list", `{"resources":[]}`, "resources", "", "resources: want a text"},
		{"a list of others", `{"resources":[1]}`, "resources", "", "resources: want a text"},
		{"a number", `{"detail":{"a":1}}`, "detail.a", "", "detail.a: want a text"},
		{"null", `{"detail":{"a":null}}`, "detail.a", "", "detail.a: want a text"},
		{"nothing", `{"detail":{}}`, "detail.a", "", "detail.a: missing"},
		{"the empty text", `{"detail":{"a":""}}`, "detail.a", "", "detail.a: want a text"},
		{"another case", `{"detail":{"A":"x"}}`, "detail.a", "", "detail.a: missing"},
		{"twice", `{"detail":{"a":"x","a":"y"}}`, "detail.a", "", "detail.a: an object on the path has a name twice"},
		{"twice, escaped", `{"detail":{"a":"x","\u0061":"y"}}`, "detail.a", "", "detail.a: an object on the path has a name twice"},
		{"twice on the way", `{"detail":{"a":"x"},"detail":{"a":"y"}}`, "detail.a", "", "detail.a: an object on the path has a name twice"},
		{"another name twice on the way", `{"detail":{"a":"x","b":1,"b":2}}`, "detail.a", "", "detail.a: an object on the path has a name twice"},
		{"a name twice elsewhere", `{"detail":{"a":"x","b":{"c":1,"c":2}}}`, "detail.a", "x", ""},
		{"through a text", `{"detail":"x"}`, "detail.a", "", "detail.a: want an object on the path"},
		{"through a list", `{"detail":[{"a":"x"}]}`, "detail.a", "", "detail.a: want an object on the path"},
		{"no JSON", `{"detail"`, "detail.a", "", "detail.a: want an object on the path"},
		{"no path", `{"":"x"}`, "", "x", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := textAt([]byte(c.event), c.path)
			if wrong := errorText(err); got != c.want || wrong != c.wrong {
				t.Errorf("%q, %q; want %q, %q", got, wrong, c.want, c.wrong)
			}
		})
	}
}

func TestPlaceholder(t *testing.T) {
	for value, want := range map[string]string{"{detail.a}": "detail.a", "detail.a": "", "{detail.a": "", "a{detail.a}": "", "{}": ""} {
		if got, ok := parsePlaceholder(value); got != want && ok {
			t.Errorf("%s: %q, want %q", value, got, want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
