package permissions

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"curfew/shared/iampolicy"
	"curfew/shared/record"
)

// The deployed policies must match the table of partitions and their writers. The directory of callers has a second
// writer.
func TestPartitionsAreWrittenByTheirSoleWriters(t *testing.T) {
	decided := []string{"decision#*", "delegation#*", "signature#*", "review#*", "seen"} // decide names what it may put
	second := map[string][]string{"seen": {"decide"}}
	all := matrixPrincipals(t)
	for _, p := range record.Partitions() {
		if p.Writers == nil {
			continue
		}
		partition := strings.Replace(p.Prefix, "*", "01jd2q7v3x0000000000000000", 1)
		var may []string
		for _, name := range slices.Sorted(maps.Keys(all)) {
			if name == elevated {
				continue
			}
			d := iampolicy.Evaluate(all[name].policies, iampolicy.Call{
				Action: "dynamodb:PutItem", Resource: "arn:aws:dynamodb:" + region + ":" + home + ":table/curfew-access", Context: keys(partition),
			})
			if d.Outcome == iampolicy.Allowed {
				may = append(may, name)
			}
		}
		want := slices.Sorted(slices.Values(slices.Concat(p.Writers, second[p.Prefix])))
		want = slices.DeleteFunc(want, func(name string) bool { // a planned function, or a planned partition of decide
			_, deployed := all[name]
			return !deployed || name == "decide" && !slices.Contains(decided, p.Prefix)
		})
		if !slices.Equal(may, want) {
			t.Errorf("%s may be written by %v, want %v", p.Prefix, may, want)
		}
	}
}
