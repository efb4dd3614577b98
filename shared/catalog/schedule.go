package catalog

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"curfew/shared/fault"
	"curfew/shared/trigger"
)

func readSchedule(v value) *trigger.Schedule {
	f, s := v.fields("expression", "zone"), &trigger.Schedule{}
	if at, ok := f.need("expression"); ok {
		if s.Expression, ok = at.text(); ok {
			if err := CheckSchedule(s.Expression); err != nil {
				at.report("%v", err)
			}
		}
	}
	if at, ok := f.need("zone"); ok {
		s.Zone = at.zone().String()
	}
	return s
}

// CheckSchedule refuses what EventBridge Scheduler refuses, and one-time schedules, at(…), which a catalog does not need.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
func CheckSchedule(s string) error {
	inner, isCron := strings.CutPrefix(s, "cron(")
	inner, closed := strings.CutSuffix(inner, ")")
	switch {
	case isCron && closed:
		return checkCron(strings.Fields(inner))
	case everyOf(s) == 0:
		return fmt.Errorf("%q is neither cron(…) nor a rate like rate(1 day) or rate(12 hours)", s)
	}
	return nil
}

// rate has a plural unit unless the number is 1.
var rate = fault.Pattern(`^rate\(([1-9][0-9]{0,4}) (minute|hour|day)(s?)\)$`)

// everyOf returns the period of a rate; 0 if the expression is not a rate.
func everyOf(expression string) time.Duration {
	m := rate().FindStringSubmatch(expression)
	if m == nil || (m[1] == "1") != (m[3] == "") {
		return 0
	}
	n, err := strconv.Atoi(m[1])
	if err != nil { // impossible: five digits
		return 0
	}
	unit := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	return time.Duration(n) * unit[m[2]]
}

// cronField describes one of the six fields.
type cronField struct {
	name        string
	least, most int
	words       []string // names of values, from least on
	hasStep     bool     // "/" may follow
	also        *regexp.Regexp
}

var (
	dayOfMonthAlso = fault.Pattern(`^(\?|L|LW|([1-9]|[12][0-9]|3[01])W)$`)
	dayOfWeekAlso  = fault.Pattern(`^(\?|L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5]))$`)
)

func cronFields() []cronField {
	months := []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
	days := []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
	return []cronField{
		{name: "minutes", least: 0, most: 59, hasStep: true},
		{name: "hours", least: 0, most: 23, hasStep: true},
		{name: "day of month", least: 1, most: 31, hasStep: true, also: dayOfMonthAlso()},
		{name: "month", least: 1, most: 12, words: months, hasStep: true},
		{name: "day of week", least: 1, most: 7, words: days, also: dayOfWeekAlso()},
		{name: "year", least: 1970, most: 2199, hasStep: true},
	}
}

func checkCron(parts []string) error {
	fields := cronFields()
	if len(parts) != len(fields) {
		return fmt.Errorf("has %d fields, not 6: minutes, hours, day of month, month, day of week, year", len(parts))
	}
	for i, f := range fields {
		if !f.accepts(parts[i]) {
			return fmt.Errorf("%q is not a value of its %s", parts[i], f.name)
		}
	}
	if (parts[2] == "?") == (parts[4] == "?") {
		return errors.New("needs ? in exactly one of day of month and day of week")
	}
	return nil
}

// accepts reports whether s is *, a list of values, ranges and steps, or a form of this field only.
func (f cronField) accepts(s string) bool {
	if s == "*" || f.also != nil && f.also.MatchString(s) {
		return true
	}
	for each := range strings.SplitSeq(s, ",") {
		if !f.acceptsOne(each) {
			return false
		}
	}
	return true
}

func (f cronField) acceptsOne(s string) bool {
	s, step, stepped := strings.Cut(s, "/")
	if n, err := strconv.Atoi(step); stepped && (!f.hasStep || err != nil || n < 1 || n > f.most) {
		return false
	}
	if s == "*" {
		return stepped
	}
	from, to, ranged := strings.Cut(s, "-")
	first, ok := f.value(from)
	if !ranged || !ok {
		return ok
	}
	last, ok := f.value(to)
	return ok && first <= last
}

func (f cronField) value(s string) (int, bool) {
	if i := slices.Index(f.words, s); i >= 0 {
		return f.least + i, true
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && s[0] != '+' && s[0] != '-' && n >= f.least && n <= f.most
}
