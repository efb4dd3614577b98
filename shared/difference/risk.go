package difference

import (
	"time"

	"curfew/shared/iamdata"
)

const (
	longFor   = 8 * time.Hour
	adminRisk = 10
)

func (w *weighing) assess() {
	if w.Actions == 0 {
		w.Risk, w.Reasons = 1, []string{"it adds nothing new"}
		return
	}
	for _, r := range w.Risky {
		w.raise(r.Kind.risk(), string(r.Kind)+": it "+r.Does)
	}
	w.raise(map[bool]int{true: adminRisk}[w.admin != ""], "it is admin: "+w.admin)
	w.raise(map[bool]int{true: 5}[w.levels[iamdata.PermissionsManagement]], "it manages permissions")
	w.raise(map[bool]int{true: 4}[w.levels[iamdata.Write] || w.levels[iamdata.Tagging]], "it writes")
	w.raise(map[bool]int{true: 4}[w.levels[unlisted]], "it has actions that are not in the list of AWS's actions")
	w.raise(2, "it reads")
	more := 0
	if w.grant.For > longFor {
		more, w.Reasons = 1, append(w.Reasons, "it may last more than 8 hours")
	}
	if w.grant.Unbound {
		more, w.Reasons = 1, append(w.Reasons, "every session of the principal has it")
	}
	w.Risk = max(w.Risk, min(w.Risk+more, adminRisk-1))
	if w.Unknown != "" {
		w.Reasons = append(w.Reasons, "what the principal has today is not known: everything counts as new")
	}
}

// raise keeps the reasons of the highest risk alone.
func (w *weighing) raise(to int, why string) {
	switch {
	case to > w.Risk:
		w.Risk, w.Reasons = to, []string{why}
	case to == w.Risk && to > 0:
		w.Reasons = append(w.Reasons, why)
	}
}
