package rows

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"curfew/shared/audit"
	"curfew/shared/finding"
)

func (m Mapping) uses(to *Events, rows []audit.Use) {
	for len(rows) > 0 {
		n := slices.IndexFunc(rows, func(r audit.Use) bool { return r.LogIndex != rows[0].LogIndex })
		if n < 0 {
			n = len(rows)
		}
		m.recordOfUse(to, rows[:n])
		rows = rows[n:]
	}
}

// recordOfUse adds the actions of a record. Which source called which action is not known.
func (m Mapping) recordOfUse(to *Events, rows []audit.Use) {
	var total audit.Use
	source := Endpoint{Name: "unknown"}
	sources := 0
	for _, r := range rows {
		switch r.Item {
		case "total":
			total = r
		case "source":
			if sources++; sources > 1 {
				source = Endpoint{Name: "several"}
			} else if _, err := netip.ParseAddr(r.Name); err == nil {
				source = Endpoint{IP: r.Name}
			} else {
				source = Endpoint{SvcName: r.Name}
			}
		}
	}
	for _, r := range rows {
		if r.Item != "action" {
			continue
		}
		service, operation, _ := strings.Cut(r.Name, ":")
		u := Use{
			Base: m.base(6003, activityOf(operation), r.LogIndex, r.Entry, r.Kind, r.RecordedAt), Source: source, StartTime: millis(total.FirstAt), EndTime: millis(total.LastAt),
			API: API{Operation: cmp.Or(operation, r.Name), Service: &Service{service}},
		}
		if r.Events != nil {
			u.Count = *r.Events
		}
		m.about(&u.Base, r.Elevation, r.Account)
		u.Actor = &Actor{User: User{UID: cmp.Or(r.Principal, "unknown"), Name: r.Principal[strings.LastIndexByte(r.Principal, '/')+1:], TypeID: kindOfUser(strings.Contains(r.Principal, ":user/"))}}
		if r.Elevation != "" && m.Terms != nil {
			if terms, known := m.Terms(r.Elevation); known {
				u.Delegation = m.delegation(&u.Base, terms, "")
			}
		}
		to.Uses = append(to.Uses, u)
	}
}

// activityOf goes by AWS's names of calls.
func activityOf(operation string) int32 {
	for activity, verbs := range map[int32][]string{
		create: {"Create", "Run", "Register"}, read: {"Get", "List", "Describe", "Head", "BatchGet", "Query", "Scan"}, update: {"Put", "Update", "Modify", "Set"}, remove: {"Delete", "Terminate", "Deregister"},
	} {
		if slices.ContainsFunc(verbs, func(v string) bool { return strings.HasPrefix(operation, v) }) {
			return activity
		}
	}
	return other
}

// stages are what kinds of records are for class 2004, whose activities and states are other ones.
func stages() map[string]meaning {
	return map[string]meaning{"finding.raised": {1, 1}, "finding.mended": {2, 4}, "finding.acknowledged": {2, 2}, "finding.closed": {3, 4}}
}

func (m Mapping) finding(r *audit.Found) Finding {
	as, known := stages()[r.Kind]
	if !known {
		as = meaning{other, other}
	}
	f := Finding{
		Base: m.base(2004, as.activity, r.LogIndex, r.Entry, r.Kind, r.RecordedAt), Comment: r.Why, IsAlert: true,
		Info: FindingInfo{UID: r.Finding, Title: strings.Trim(r.FindingKind+": "+r.Subject, ": "), Desc: r.What},
	}
	if f.Info.Title == "" {
		f.Info.Title = r.Finding
	}
	if r.FindingKind != "" {
		f.Info.Types = []string{r.FindingKind}
	}
	f.StatusID, f.SeverityID = as.status, int32(slices.Index(finding.Severities(), finding.Severity(r.Severity))+1)
	m.about(&f.Base, r.Elevation, r.Account)
	if r.Principal != "" {
		f.Resources = []Resource{{r.Principal, "AWS::IAM::Role"}}
		if strings.Contains(r.Principal, ":user/") {
			f.Resources[0].Type = "AWS::IAM::User"
		}
	}
	return f
}
