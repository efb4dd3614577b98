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

// MaxID is bytes of an ARN: the sort key of a pending request contains it, and has at most 1,024.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
const (
	MaxID      = 850
	maxPlainID = 200
)

const plainTaskID = `[A-Za-z0-9_.:/@+=#!-](?:[A-Za-z0-9_.:/@+=#! -]{0,198}[A-Za-z0-9_.:/@+=#!-])?`

type taskARN struct {
	service string
	kind    string // of the task
	// resource follows the account. No {n}: with Unicode classes it compiles to a megabyte at cold start.
	resource string
	want     string // for people
}

// taskARNs has the services whose events name tasks by ARN. Their other ARNs are refused: no event would end such a
// task. Characters are the visible ones of these documents:
//   - Alarm: up to 255 of UTF-8, no control characters.
//     https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
//   - Execution: no space, bracket, wildcard, nor "#%\^|~`$&,;:/. Express executions send no events.
//     https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
//   - Secret: up to 512 letters, digits, /_+=.@- and, if managed, "!".
//     https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
//     https://docs.aws.amazon.com/secretsmanager/latest/userguide/service-linked-secrets.html
//   - Cluster: up to 255 letters, digits, _ and -.
//     https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html
func taskARNs() []taskARN {
	return []taskARN{
		{"cloudwatch", "incident", `alarm:(?:[\p{L}\p{M}\p{N}\p{P}\p{S} ]*[\p{L}\p{M}\p{N}\p{P}\p{S}])`, "of an alarm"},
		{"ecs", "workflow", `task/[A-Za-z0-9_/-]+`, "of a task"},
		{"secretsmanager", "rotation", `secret:[A-Za-z0-9/_+=.@!-]+`, "of a secret"},
		{"states", "workflow", `execution:[\p{L}\p{M}\p{N}!'()+.=@_:/-]+`, "of a standard execution"},
	}
}

func (a taskARN) pattern() string {
	return `arn:aws[a-z-]*:` + a.service + `:[a-z0-9-]+:[0-9]{12}:` + a.resource
}

// The empty service is for plain ids.
var taskIDs = sync.OnceValue(func() map[string]func(string) bool {
	all := map[string]func(string) bool{"": regexp.MustCompile(`^` + plainTaskID + `$`).MatchString}
	for _, a := range taskARNs() {
		all[a.service] = regexp.MustCompile(`^` + a.pattern() + `$`).MatchString
	}
	return all
})

// IDPattern is for schemas. [Task.Check] is stricter.
func IDPattern() string {
	all := []string{plainTaskID}
	for _, a := range taskARNs() {
		all = append(all, a.pattern())
	}
	return `^(?:` + strings.Join(all, "|") + `)$`
}

// Check returns Invalid for a task that no event can end. It is for requests and events.
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
		return fault.Errorf(fault.Invalid, "task id %q: %s has tasks of kind %s, not %s", fault.Printable(t.ID), a.service, a.kind, t.Kind)
	case len(t.ID) > MaxID:
		return fault.Errorf(fault.Invalid, "task id %q: %d bytes, want at most %d", fault.Printable(t.ID), len(t.ID), MaxID)
	case !taskIDs()[a.service](t.ID) || !allVisible(t.ID):
		return fault.Errorf(fault.Invalid, "task id %q: want the ARN %s, with characters that %s permits in names and people can see", fault.Printable(t.ID), a.want, a.service)
	}
	return nil
}

// arnService returns "" if id is not an ARN.
func arnService(id string) string {
	part := strings.SplitN(id, ":", 4)
	if len(part) < 4 || !strings.EqualFold(part[0], "arn") {
		return ""
	}
	return part[2]
}

// allVisible refuses U+FFFD too: different invalid names look alike.
func allVisible(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r == utf8.RuneError || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
	})
}

func Kinds() []string { return []string{"change", "backup", "workflow", "incident", "rotation"} }
