package fault

import (
	"fmt"
	"strings"
)

// Mistake is one thing that is wrong with a request.
type Mistake struct {
	Field   string `json:"field"` // path to the member, as task.id; empty: the request as a whole
	Problem string `json:"problem"`
}

// String is the field and the problem.
func (m Mistake) String() string {
	if m.Field == "" {
		return m.Problem
	}
	return m.Field + ": " + m.Problem
}

// Mistakes are all that is wrong with one request.
type Mistakes []Mistake

// Add notes a mistake.
func (m *Mistakes) Add(field, format string, args ...any) {
	*m = append(*m, Mistake{field, fmt.Sprintf(format, args...)})
}

// AddError notes the mistake that a check found in a field. A text that begins with the field is not given it twice.
func (m *Mistakes) AddError(field string, err error) {
	if err != nil {
		m.Add(field, "%s", strings.TrimLeft(strings.TrimPrefix(err.Error(), field), ": "))
	}
}
