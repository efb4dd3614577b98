package trail

import "curfew/shared/trail"

// advice is what a reason means, and what to do.
type advice struct{ means, do string }

func adviceOf(why trail.Why) advice {
	switch why {
	case trail.WhyIdentity:
		return advice{"the record does not say who called", "look at the record: a service of AWS wrote it without an identity"}
	case trail.WhyTime:
		return advice{"the record does not say when", "look at the record: it is damaged, or of another form than CloudTrail documents"}
	case trail.WhyAction:
		return advice{"no IAM action is known for the event", "look the event up in the documentation of its service"}
	case trail.WhyContext:
		return advice{"it depends on what the record does not have: tags, keys of a service, or the principal's own policies",
			"give --baseline with the details of the account; otherwise look at the conditions of the policies"}
	case trail.WhyUnexplained:
		return advice{"neither a grant nor the principal's own policies allow it", "look for a resource policy that allows it, an elevation that was not given, or own policies that were others then"}
	}
	return advice{}
}

func remedyOf(reason trail.Reason) string {
	switch reason {
	case trail.Digest:
		return "nothing: digest files hold no calls"
	case trail.Insight:
		return "nothing: Insight events are no calls"
	case trail.BadGzip, trail.Truncated, trail.ReadError:
		return "get the file again: it is damaged, cut or not readable for you"
	case trail.GzipBomb, trail.TooLarge, trail.TooDeep:
		return "look at the file: CloudTrail writes no such record"
	case trail.Forged:
		return "find out who sent it: only AWS sends events of AWS services"
	case trail.NotJSON, trail.NoRecord:
		return "leave the file out if it is not CloudTrail's"
	}
	return ""
}
