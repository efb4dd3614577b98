package rows

import (
	"cmp"
	"strings"

	"curfew/shared/audit"
)

// Add adds the events of rows, which are in the order of the log.
func (m Mapping) Add(to *Events, rows audit.Rows) {
	for i := range rows.Evidence {
		m.evidence(to, &rows.Evidence[i])
	}
	m.uses(to, rows.Usage)
	for i := range rows.Findings {
		to.Findings = append(to.Findings, m.finding(&rows.Findings[i]))
	}
}

func requests() map[string]meaning {
	return map[string]meaning{
		"row.terms": {create, success}, "elevation.approval": {update, success}, "elevation.approval-withdrawn": {update, success}, "elevation.approved": {update, success}, "elevation.denied": {update, failure},
		"elevation.withdrawn": {remove, success}, "elevation.lapsed": {remove, success}, "elevation.joined": {update, success}, "elevation.settling": {update, success},
		"elevation.granting": {activate, success}, "elevation.revoking": {deactivate, success}, "review.signed": {update, success},
		"campaign.opened": {create, success}, "campaign.refreshed": {update, success}, "campaign.signed": {update, success}, "campaign.removed": {update, success}, "campaign.closed": {remove, success},
		"delegation.made": {create, success}, "delegation.ended": {remove, success},
		"call.refused": {other, failure},
	}
}

func changes() map[string]struct {
	detached bool
	status   int32
} {
	return map[string]struct {
		detached bool
		status   int32
	}{
		"elevation.active": {false, success}, "elevation.refused": {false, failure}, "elevation.ended": {true, success}, "elevation.stuck": {true, failure},
	}
}

func (m Mapping) evidence(to *Events, r *audit.Evidence) {
	terms, known := *r, r.Kind == "row.terms"
	if !known && r.Elevation != "" && m.Terms != nil {
		if terms, known = m.Terms(r.Elevation); !known {
			terms = audit.Evidence{}
		}
	}
	if as, is := requests()[r.Kind]; is {
		e := Request{Base: m.base(3004, as.activity, r.LogIndex, r.Entry, r.Kind, r.RecordedAt), Comment: cmp.Or(r.Reason, r.Why)}
		e.StatusID, e.StatusDetail = as.status, cmp.Or(r.Fault, r.Rules)
		e.Entity = Entity{UID: r.Elevation, Name: cmp.Or(r.Entitlement, terms.Entitlement), Type: "elevation"}
		if strings.HasPrefix(r.Kind, "campaign.") {
			e.Entity = Entity{UID: r.Subject, Name: r.Subject, Type: "standing privilege"}
		} else if strings.HasPrefix(r.Kind, "delegation.") {
			e.Entity = Entity{UID: r.Subject, Name: r.Subject, Type: "delegation"}
		} else if r.Elevation == "" { // a refused call
			e.Entity = Entity{Name: cmp.Or(r.Subject, r.Verb, "call"), Type: "call"}
		}
		m.about(&e.Base, r.Elevation, cmp.Or(r.Account, terms.Account))
		e.Authority = m.authority(&e.Base, r, terms)
		to.Requests = append(to.Requests, e)
	}
	if as, is := changes()[r.Kind]; is {
		m.change(to, r, terms, as.detached, as.status)
	}
}

func (m Mapping) change(to *Events, r *audit.Evidence, terms audit.Evidence, detached bool, status int32) {
	class, attach := int32(3001), int32(7) // before 1.9.0
	isUser := strings.Contains(terms.Principal, ":user/")
	switch {
	case m.Version == "1.8.0": // has no other class
	case isUser:
		class, attach = 3007, 10
	default:
		class, attach = 3008, 8
	}
	if detached {
		attach++
	}
	base := m.base(class, attach, r.LogIndex, r.Entry, r.Kind, r.RecordedAt)
	base.StatusID, base.StatusDetail = status, cmp.Or(r.Why, r.Seen)
	m.about(&base, r.Elevation, terms.Account)
	by := m.authority(&base, r, terms)
	policies := []Entity{{Name: m.Installation + "-" + r.Elevation}}
	uid, name := cmp.Or(terms.Principal, "elevation "+r.Elevation), terms.Principal[strings.LastIndexByte(terms.Principal, '/')+1:]
	if class == 3008 {
		to.Roles = append(to.Roles, RoleChange{base, by, Role{uid, name}, policies})
		return
	}
	to.Users = append(to.Users, UserChange{base, by, User{UID: uid, Name: name, TypeID: kindOfUser(isUser)}, policies})
}
