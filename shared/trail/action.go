package trail

// Calls gives what IAM was asked for an event. False: no action is known for it. No calls and true: IAM was not asked,
// because the operation needs no permission (sts:GetCallerIdentity) or the record is of no request: a console login, or
// a service's own event.
//
// Every action is one of package iamdata. A denied call gives the one action that its message names.
func Calls(r *Record) ([]Call, bool) {
	if r.isNoRequest() {
		return nil, true
	}
	if r.Denied() {
		if c, ok := deniedCall(r); ok {
			if c.Resource == "" {
				c.Resource = onlyResource(planned(r), c.Action)
			}
			return []Call{c}, true
		}
	}
	calls := planned(r)
	return calls, calls != nil || planOf(r.Source, r.Name).none
}

// isNoRequest: the other types, AwsApiCall, AwsConsoleAction and AwsVpceEvent, are of requests with a principal.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
func (r *Record) isNoRequest() bool {
	switch r.Type {
	case "AwsConsoleSignIn", "AwsServiceEvent", "AwsCloudTrailInsight":
		return true
	}
	return false
}

func planned(r *Record) []Call {
	p := planOf(r.Source, r.Name)
	switch p.special {
	case copies:
		return copyCalls(r)
	case statements:
		return statementCalls(r)
	case transaction:
		return transactionCalls(r)
	}
	var calls []Call
	for i := range p.steps {
		if s := &p.steps[i]; s.applies(r) {
			calls = s.appendTo(calls, r)
		}
	}
	return passRoles(calls, r, p.roles)
}

// onlyResource is the resource of the calls of one action; empty: several, or none.
func onlyResource(calls []Call, action string) string {
	found := ""
	for _, c := range calls {
		if c.Action == action {
			if found != "" && found != c.Resource {
				return ""
			}
			found = c.Resource
		}
	}
	return found
}
