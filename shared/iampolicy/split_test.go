package iampolicy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"curfew/shared/iampolicy"
)

// manyStatements returns statements with the given numbers of actions and resources.
func manyStatements(statements, actions, resources int) string {
	var all []string
	for s := range statements {
		var a, r []string
		for i := range actions {
			a = append(a, fmt.Sprintf(`"svc%d:Action%03d"`, s, i))
		}
		for i := range resources {
			r = append(r, fmt.Sprintf(`"arn:aws:svc%d:::resource%03d"`, s, i))
		}
		all = append(all, fmt.Sprintf(`{"Sid":"S%d","Effect":"Allow","Action":[%s],"Resource":[%s]}`, s, strings.Join(a, ","), strings.Join(r, ",")))
	}
	return `{"Statement":[` + strings.Join(all, ",") + `]}`
}

func TestSplit(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		limit, max int
		parts      int
	}{
		{"it fits", manyStatements(2, 2, 2), 1000, 1, 1},
		{"whole statements", manyStatements(4, 10, 2), 600, 4, 4},
		{"two statements each", manyStatements(4, 5, 2), 600, 3, 2},
		{"one statement by actions", manyStatements(1, 60, 1), 600, 3, 3},
		{"one statement by resources", manyStatements(1, 1, 40), 600, 3, 3},
		{"by resources, then by actions", manyStatements(1, 20, 40), 600, 100, 7},
		{"excluded actions by resources", strings.ReplaceAll(manyStatements(1, 5, 30), `"Action"`, `"NotAction"`), 600, 3, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			parts, err := iampolicy.Split(parse(t, tt.text), tt.limit, tt.max)
			if err != nil || len(parts) != tt.parts {
				t.Fatalf("%d parts, %v, want %d", len(parts), err, tt.parts)
			}
			for i, p := range parts {
				if size := iampolicy.Size(p.Bytes()); size > tt.limit {
					t.Errorf("part %d has %d characters", i, size)
				}
			}
		})
	}
}

func TestSplitRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		limit, max int
	}{
		{"too few parts", manyStatements(4, 10, 2), 600, 3},
		{"no part", manyStatements(1, 1, 1), 600, 0},
		{"one action is too large", manyStatements(1, 1, 1), 100, 3},
		{"excluded actions are too large", strings.ReplaceAll(manyStatements(1, 60, 1), `"Action"`, `"NotAction"`), 600, 3},
		{"excluded resources are too large", strings.ReplaceAll(manyStatements(1, 1, 60), `"Resource"`, `"NotResource"`), 600, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := parse(t, tt.text)
			_, err := iampolicy.Split(d, tt.limit, tt.max)
			e, ok := errors.AsType[*iampolicy.SizeError](err)
			if want := iampolicy.Size(d.Bytes()); !ok || e.Size != want || e.Room != tt.limit*tt.max {
				t.Errorf("error = %v, want size %d, room %d", err, want, tt.limit*tt.max)
			}
		})
	}
}

func TestErrorsInOneLine(t *testing.T) {
	for want, err := range map[string]error{
		"the policy has 12 characters, at most 9 fit":                         &iampolicy.SizeError{Size: 12, Room: 9},
		"fence: Statement[2]: it already uses aws:userid, a key of the fence": &iampolicy.FenceError{Statement: 2, Why: "it already uses aws:userid, a key of the fence"},
		"fence: the window ends before it begins":                             &iampolicy.FenceError{Statement: -1, Why: "the window ends before it begins"},
	} {
		if err.Error() != want {
			t.Errorf("got %s, want %s", err, want)
		}
	}
}
