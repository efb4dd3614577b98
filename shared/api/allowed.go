package api

import (
	"slices"
	"strings"

	"curfew/shared/access"
	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
	"curfew/shared/trail"
)

// AllowedAction is an action pattern of the granted policies, and whether an action that CloudTrail recorded matches it.
type AllowedAction struct {
	Action string `json:"action"` // as in the policy; of NotAction, "all but " and the list
	Use    string `json:"use"`    // [Used], [Unused], [NotShown] or [UseUnknown]
	Calls  int64  `json:"calls"`  // that IAM allowed
	// Hidden counts its actions that CloudTrail shows only where data events are logged.
	Hidden int `json:"hidden,omitempty"`
}

const (
	Used       = "used"
	Unused     = "unused"    // no recorded action matches
	NotShown   = "not shown" // CloudTrail shows its actions only where data events are logged
	UseUnknown = "unknown"   // not all names of used actions are known
)

func allowed(t access.Terms, u Usage) []AllowedAction {
	all := []AllowedAction{}
	add := func(name string, s iampolicy.Statement) {
		if !slices.ContainsFunc(all, func(a AllowedAction) bool { return a.Action == name }) {
			all = append(all, allowedAction(name, s, u))
		}
	}
	for _, p := range t.Policies {
		doc, err := iampolicy.Parse([]byte(p))
		if err != nil { // it could not have been granted
			continue
		}
		for _, s := range doc.Statements {
			if s.Effect != iampolicy.Allow {
				continue
			}
			for _, action := range s.Actions {
				add(action, iampolicy.Statement{Actions: []string{action}})
			}
			if len(s.NotActions) > 0 {
				add("all but "+strings.Join(s.NotActions, ", "), iampolicy.Statement{NotActions: s.NotActions})
			}
		}
	}
	return all
}

func allowedAction(name string, s iampolicy.Statement, u Usage) AllowedAction {
	a := AllowedAction{Action: name, Use: Unused}
	for _, used := range u.Actions.Names {
		if s.Covers(used.Name) {
			a.Calls += used.Events
		}
	}
	hidden := trail.Unobservable(s.Covers, false)
	a.Hidden = len(hidden)
	switch {
	case a.Calls > 0:
		a.Use = Used
	case len(hidden) > 0 && !observable(name, s, hidden):
		a.Use = NotShown
	case u.Actions.More > 0 || u.AtLeast:
		a.Use = UseUnknown
	}
	return a
}

// observable reports whether CloudTrail shows an action of the pattern by default. A pattern of several services has some.
func observable(pattern string, s iampolicy.Statement, hidden []string) bool {
	service, _, _ := strings.Cut(strings.ToLower(pattern), ":")
	if strings.ContainsAny(service, "*? ") {
		return true
	}
	return slices.ContainsFunc(iamdata.Actions(service), func(a iamdata.Action) bool {
		action := service + ":" + a.Name
		return s.Covers(action) && !slices.Contains(hidden, action)
	})
}
