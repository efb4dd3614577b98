package task

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"curfew/shared/fault"
)

// Bounds of an id. MaxID bounds an ARN, in bytes: the sort key of a pending request holds it, and has at most 1,024.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
const (
	MaxID      = 850
	maxPlainID = 200
)

// plainTaskID is the form of all ids but those in taskARNs.
const plainTaskID = `[A-Za-z0-9_.:/@+=#!-](?:[A-Za-z0-9_.:/@+=#! -]{0,198}[A-Za-z0-9_.:/@+=#!-])?`

// taskARN is the form of the ids by which one service names tasks.
type taskARN struct {
	service string
	kind    string // of the task
	// resource is a regular expression of what follows the account. It counts nothing: a count of a class of Unicode makes
	// a program of a megabyte, at the start of every function.
	resource string
	want     string // the same in words
}

// taskARNs are the services whose events name tasks by ARN. No other ARN of theirs is an id: no event of theirs would end
// it. The characters are those that the service permits, as far as a person can see them.
//   - An alarm's name has up to 255 characters of UTF-8, without control characters.
//     https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
//   - An execution's name has no space, bracket, wildcard, nor any of "#%\^|~`$&,;:/. Express executions send no events.
//     https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
//   - A secret's name has up to 512 of letters, digits and /_+=.@-. One that another service manages has a "!" as well.
//     https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
//     https://docs.aws.amazon.com/secretsmanager/latest/userguide/service-linked-secrets.html
//   - A cluster's name has up to 255 of letters, digits, _ and -.
//     https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html
func taskARNs() []taskARN {
	return []taskARN{
		{"cloudwatch", "incident", `alarm:(?:[\p{L}\p{M}\p{N}\p{P}\p{S} ]*[\p{L}\p{M}\p{N}\p{P}\p{S}])`, "of an alarm"},
		{"ecs", "workflow", `task/[A-Za-z0-9_/-]+`, "of a task"},
		{"secretsmanager", "rotation", `secret:[A-Za-z0-9/_+=.@!-]+`, "of a secret"},
		{"states", "workflow", `execution:[\p{L}\p{M}\p{N}!'()+.=@_:/-]+`, "of a standard execution"},
	}
}

// pattern is a regular expression of the whole ARN.
func (a taskARN) pattern() string {
	return `arn:aws[a-z-]*:` + a.service + `:[a-z0-9-]+:[0-9]{12}:` + a.resource
}

// taskIDs are the forms of ids, compiled when the first is checked; the empty service is that of the plain ones.
var taskIDs = sync.OnceValue(func() map[string]func(string) bool {
	all := map[string]func(string) bool{"": regexp.MustCompile(`^` + plainTaskID + `$`).MatchString}
	for _, a := range taskARNs() {
		all[a.service] = regexp.MustCompile(`^` + a.pattern() + `$`).MatchString
	}
	return all
})

// IDPattern is the grammar of a task's id as one regular expression, for schemas. [Task.Check] is stricter: it holds
// an ARN against its own service, and bounds it.
func IDPattern() string {
	all := []string{plainTaskID}
	for _, a := range taskARNs() {
		all = append(all, a.pattern())
	}
	return `^(?:` + strings.Join(all, "|") + `)$`
}

// Check refuses a task that no event can end: Invalid. Requests and events are both checked by it.
func (t Task) Check() error {
	if !slices.Contains(Kinds(), t.Kind) {
		return fault.Errorf(fault.Invalid, "task kind %q: want one of %s", fault.Printable(t.Kind), strings.Join(Kinds(), ", "))
	}
	service := arnService(t.ID)
	i := slices.IndexFunc(taskARNs(), func(a taskARN) bool { return a.service == strings.ToLower(service) })
	if i < 0 {
		if taskIDs()[""](t.ID) {
			return nil
		}
		return fault.Errorf(fault.Invalid, "task id %q: want 1 to %d of letters, digits, _.:/@+=#!- and spaces inside, or the ARN of an alarm, execution, ECS task or secret", fault.Printable(t.ID), maxPlainID)
	}
	a := taskARNs()[i]
	switch {
	case t.Kind != a.kind:
		return fault.Errorf(fault.Invalid, "task id %q: %s tells of tasks of kind %s, not %s", fault.Printable(t.ID), a.service, a.kind, t.Kind)
	case len(t.ID) > MaxID:
		return fault.Errorf(fault.Invalid, "task id %q: %d bytes, want at most %d", fault.Printable(t.ID), len(t.ID), MaxID)
	case !taskIDs()[a.service](t.ID) || !allVisible(t.ID):
		return fault.Errorf(fault.Invalid, "task id %q: want the ARN %s, with characters that %s permits in names and people can see", fault.Printable(t.ID), a.want, a.service)
	}
	return nil
}

// arnService is the service that an ARN names; empty: it is no ARN.
func arnService(id string) string {
	part := strings.SplitN(id, ":", 4)
	if len(part) < 4 || !strings.EqualFold(part[0], "arn") {
		return ""
	}
	return part[2]
}

// allVisible reports whether people can see each character. U+FFFD stands for what was not text: two names would read the
// same.
func allVisible(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r == utf8.RuneError || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
	})
}

// Kinds are the kinds of task there are.
func Kinds() []string { return []string{"change", "backup", "workflow", "incident", "rotation"} }
