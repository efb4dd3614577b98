package log_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/evidence/log"
)

// rewritten is a log whose own writer wrote other entries: the tree is right, and its content is not.
func rewritten(t *testing.T, change func([][]byte) [][]byte) *log.Report {
	t.Helper()
	m := newMade(t)
	m.entry(t, log.Entry{Keys: &log.Keys{Origin: origin, Keys: m.keys, At: start}})
	for i := range 3 {
		m.life(t, i*1000+1)
	}
	m.life(t, 3*1440*1000)
	m.texts = change(m.texts)
	m.publish(t)
	return m.verify(t, m, log.Options{})
}

// dropped removes the nth entry that contains all words.
func dropped(n int, words ...string) func([][]byte) [][]byte {
	return func(texts [][]byte) [][]byte {
		return slices.DeleteFunc(slices.Clone(texts), func(text []byte) bool {
			for _, w := range words {
				if !strings.Contains(string(text), w) {
					return false
				}
			}
			n--
			return n == -1
		})
	}
}

func edited(old, new string) func([][]byte) [][]byte {
	return func(texts [][]byte) [][]byte {
		for i, text := range texts {
			if strings.Contains(string(text), old) {
				texts[i] = []byte(strings.Replace(string(text), old, new, 1))
				return texts
			}
		}
		return nil
	}
}

func TestALogThatItsOwnWriterFalsifiedIsFound(t *testing.T) {
	if r := rewritten(t, func(texts [][]byte) [][]byte { return texts }); !r.Verified() {
		t.Fatalf("%v", r.Problems)
	}
	for name, c := range map[string]struct {
		change func([][]byte) [][]byte
		want   string
	}{
		"a decision's row is missing":     {dropped(0, `{"row"`, `"partition":"decision#`), "the log lacks the row decision#"},
		"a request's row is missing":      {func(x [][]byte) [][]byte { return dropped(0, `request#`)(dropped(0, `request#`)(x)) }, "the log lacks the row request#"},
		"a signature's row is missing":    {dropped(0, `{"row"`, `"partition":"signature#`), "the log lacks the row signature#"},
		"a decision has no evidence":      {dropped(0, `elevation.approved`), "record 3 of elevation#"},
		"a signature has no evidence":     {dropped(0, `review.signed`), "no evidence says what the row signature#"},
		"a decision's row says otherwise": {edited(`\"approve\":true`, `\"approve\":false`), "says something else"},
		"a request's row says otherwise":  {edited(`{\"digest\":\"`, `{\"digest\":\"0`), "says something else"},
		"the terms are missing":           {dropped(0, `"sort":"terms"`), "the log lacks the row elevation#"},
		"the terms are others":            {edited(`\"id\":\"person:https://id.example.com|ana\"`, `\"id\":\"person:https://id.example.com|eve\"`), "says something else than record 1 of elevation#"},
		"the terms are changed":           {func(x [][]byte) [][]byte { return append(x, again(x, "elevation#")) }, "written once"},
		"a state is entered":              {edited(`"sort":"terms"`, `"sort":"elevation"`), "is not one on which"},
		"a record is missing":             {dropped(0, `elevation.granting`), "record 4 of elevation#"},
		"a record is changed":             {edited(`"actor":"grant"`, `"actor":"Grant"`), "its fingerprint"},
		"a record comes twice":            {func(x [][]byte) [][]byte { return append(x, x[1]) }, "the log has record 5"},
		"a row comes twice":               {func(x [][]byte) [][]byte { return append(x, x[2]) }, "version 1 of the row"},
		"a decision is changed":           {func(x [][]byte) [][]byte { return append(x, again(x, "decision#")) }, "written once"},
		"a row of another kind":           {edited(`"partition":"decision#`, `"partition":"decided#`), "is not one on which"},
		"records are swapped":             {func(x [][]byte) [][]byte { x[1], x[4] = x[4], x[1]; return x }, "is missing before"},
		"no keys":                         {func(x [][]byte) [][]byte { return x[1:] }, "which keys sign"},
		"keys of another log":             {edited(`"origin":"curfew.example/log"`, `"origin":"curfew.example/gol"`), "introduces the key"},
		"no entry":                        {func(x [][]byte) [][]byte { return append(x, []byte("{}")) }, "canonical"},
	} {
		r := rewritten(t, c.change)
		if !strings.Contains(fmt.Sprint(r.Problems), c.want) {
			t.Errorf("%s: %v", name, r.Problems)
		}
	}
}

// again is the first row of a partition in another version.
func again(texts [][]byte, partition string) []byte {
	for _, text := range texts {
		if strings.Contains(string(text), `"partition":"`+partition) && strings.Contains(string(text), `"version":1`) {
			return []byte(strings.Replace(string(text), `"version":1`, `"version":2`, 1))
		}
	}
	return nil
}

// TestAGrantOfOtherTermsThanWereAskedForIsFound: a chain that follows, with rows that fit it.
func TestAGrantOfOtherTermsThanWereAskedForIsFound(t *testing.T) {
	for _, kind := range []string{"elevation.approval", "elevation.granting"} {
		m := newMade(t)
		m.entry(t, log.Entry{Keys: &log.Keys{Origin: origin, Keys: m.keys, At: start}})
		c := chain{t: t, m: m, name: "elevation#1", at: start}
		c.add("elevation.requested", "ana", map[string]string{"digest": "d"})
		c.add(kind, "ben", map[string]string{"digest": "e"})
		m.publish(t)
		if r := m.verify(t, m, log.Options{}); !strings.Contains(fmt.Sprint(r.Problems), "other terms") {
			t.Errorf("%s: %v", kind, r.Problems)
		}
	}
}

func TestALateMarkBelongsToTheNextEntry(t *testing.T) {
	m := newMade(t)
	m.entry(t, log.Entry{Keys: &log.Keys{Origin: origin, Keys: m.keys, At: start}})
	m.life(t, 0) // its end is late
	i := slices.IndexFunc(m.texts, func(text []byte) bool { return strings.HasPrefix(string(text), `{"late"`) })
	m.texts[i-1], m.texts[i] = m.texts[i], m.texts[i-1]
	m.publish(t)
	if r := m.verify(t, m, log.Options{}); r.Verified() || !strings.Contains(r.Problems[0].Why, "as late") || *r.Problems[0].Entry != int64(i-1) {
		t.Errorf("%v", r.Problems)
	}
}

func TestANewRowThatWaitsForItsEvidenceIsPending(t *testing.T) {
	m := newMade(t)
	m.entry(t, log.Entry{Keys: &log.Keys{Origin: origin, Keys: m.keys, At: start}})
	m.life(t, 1)
	m.texts = dropped(0, `{"row"`, `"partition":"decision#`)(m.texts)
	m.publish(t)
	if r := m.verify(t, m, log.Options{}); !r.Verified() || len(r.Pending) != 1 {
		t.Errorf("%+v", r)
	}
	m.life(t, int(25*time.Hour/time.Minute))
	m.publish(t)
	if r := m.verify(t, m, log.Options{}); r.Verified() {
		t.Errorf("a day later: %+v", r)
	}
}

// TestAnAnswerToACampaignNeedsItsEvidence: and the two must say the same.
func TestAnAnswerToACampaignNeedsItsEvidence(t *testing.T) {
	const item, ben = "2026-11-AROAEXAMPLE0000000001", "person:https://id.example.com|ben"
	for _, says := range []string{"signed", "removed"} {
		for name, c := range map[string]struct {
			row    map[string]any // members that differ
			record bool
			want   string
		}{
			"as it was said":    {nil, true, ""},
			"without evidence":  {nil, false, "no evidence says what the row signature#campaign#" + item},
			"of other facts":    {map[string]any{"digest": "e"}, true, "says something else"},
			"another answer":    {map[string]any{"says": "kept"}, true, "says something else"},
			"another reason":    {map[string]any{"reason": "because"}, true, "says something else"},
			"of another person": {map[string]any{"by": map[string]any{"id": "person:eve"}}, true, "says something else"},
			"of another's item": {map[string]any{"item": "2026-11-AROAEXAMPLE0000000002"}, true, "says something else"},
			"evidence alone":    {map[string]any{"": nil}, true, "the log lacks the row signature#campaign#" + item},
		} {
			m := newMade(t)
			m.entry(t, log.Entry{Keys: &log.Keys{Origin: origin, Keys: m.keys, At: start}})
			row := map[string]any{"item": item, "says": says, "digest": "d", "reason": "it stays", "by": map[string]any{"id": ben, "name": "ben"}}
			maps.Copy(row, c.row)
			if _, alone := row[""]; !alone {
				m.row(t, "signature#campaign#"+item, "signature", 1, row)
			}
			if c.record {
				s := chain{t: t, m: m, name: "signature#campaign#" + item, at: start}
				s.add("campaign."+says, ben, map[string]any{"item": item, "says": says, "digest": "d", "reason": "it stays"})
			}
			m.life(t, 3*1440*1000) // much later
			m.publish(t)
			if r := m.verify(t, m, log.Options{}); c.want == "" && !r.Verified() || !strings.Contains(fmt.Sprint(r.Problems), c.want) {
				t.Errorf("%s, %s: %v, want %s", says, name, r.Problems, c.want)
			}
		}
	}
}
