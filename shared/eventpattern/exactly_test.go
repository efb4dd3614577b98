package eventpattern_test

import (
	"slices"
	"sync"
	"testing"

	"curfew/shared/eventpattern"
)

func TestExactly(t *testing.T) {
	tests := []struct {
		name, pattern string
		path          []string
		want          []string // nil: ok is false
	}{
		{"one", `{"source": ["aws.backup"]}`, []string{"source"}, []string{"aws.backup"}},
		{"several, each once", `{"source": ["b", "a", "b"]}`, []string{"source"}, []string{"b", "a"}},
		{"deep", `{"detail": {"state": ["RUNNING"]}}`, []string{"detail", "state"}, []string{"RUNNING"}},
		{"deep, with a dot", `{"detail": {"state": ["RUNNING"]}}`, []string{"detail.state"}, []string{"RUNNING"}},
		{"the empty string", `{"source": [""]}`, []string{"source"}, []string{""}},
		{"not listed", `{"detail-type": ["x"]}`, []string{"source"}, nil},
		{"only on the way", `{"detail": {"state": ["x"]}}`, []string{"detail"}, nil},
		{"a number too", `{"source": ["x", 5]}`, []string{"source"}, nil},
		{"null too", `{"source": ["x", null]}`, []string{"source"}, nil},
		{"a prefix too", `{"source": ["x", {"prefix": "y"}]}`, []string{"source"}, nil},
		{"or missing", `{"source": ["x", {"exists": false}]}`, []string{"source"}, nil},
		{"only missing", `{"source": [{"exists": false}]}`, []string{"source"}, nil},
		{"in every branch", `{"$or": [{"source": ["a"], "x": [1]}, {"source": ["b", "a"]}]}`, []string{"source"}, []string{"a", "b"}},
		{"in one branch only", `{"$or": [{"source": ["a"]}, {"x": [1]}]}`, []string{"source"}, nil},
		{"outside of the branches", `{"$or": [{"y": ["a"]}, {"x": [1]}], "source": ["a"]}`, []string{"source"}, []string{"a"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := mustParse(t, tt.pattern).Exactly(tt.path...)
			if !slices.Equal(got, tt.want) || ok != (tt.want != nil) {
				t.Errorf("Exactly(%q) = %q, %t, want %q, %t", tt.path, got, ok, tt.want, tt.want != nil)
			}
		})
	}
}

func TestZeroPatternMatchesNothing(t *testing.T) {
	var p eventpattern.Pattern
	if matched, err := p.Match([]byte(ec2)); matched || err != nil {
		t.Errorf("match = %t, %v, want false and no error", matched, err)
	}
	if values, ok := p.Exactly("source"); ok {
		t.Errorf("Exactly = %q, want not ok", values)
	}
}

// TestOnePatternForMany is for the race detector: all invocations of a Lambda share a Pattern.
func TestOnePatternForMany(t *testing.T) {
	p := mustParse(t, `{"detail": {"state": ["terminated"]}}`)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if matched, err := p.Match([]byte(ec2)); !matched || err != nil {
				t.Errorf("match = %t, %v, want true and no error", matched, err)
			}
			if values, ok := p.Exactly("detail", "state"); !ok || len(values) != 1 {
				t.Errorf("Exactly = %q, %t, want one value", values, ok)
			}
		})
	}
	all.Wait()
}

func TestBegins(t *testing.T) {
	for text, want := range map[string][]string{
		`{"n": ["a", {"prefix": "b"}]}`:                          {"a", "b*"},
		`{"n": ["a", {"suffix": "b"}]}`:                          nil,
		`{"n": [{"prefix": {"equals-ignore-case": "b"}}]}`:       nil,
		`{"n": [{"anything-but": ["b"]}]}`:                       nil,
		`{"$or": [{"n": ["a"]}, {"n": [{"prefix": "b"}, "a"]}]}`: {"a", "b*"},
	} {
		if got, ok := mustParse(t, text).Begins("n"); !slices.Equal(got, want) || ok != (want != nil) {
			t.Errorf("Begins of %s = %q, %t, want %q", text, got, ok, want)
		}
	}
}
