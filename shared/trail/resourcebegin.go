package trail

import (
	"strings"

	"curfew/shared/iamdata"
)

// beginnings adds, for each type, the ARN of an action's resource up to the service. That is known even of a resource
// without a name yet, such as a new snapshot.
func beginnings(action, region string, into []string) []string {
	service, name, _ := strings.Cut(action, ":")
	a, _ := iamdata.Lookup(service, name)
	for i := range a.Resources {
		for _, format := range a.Resources[i].ARNs {
			rest, ok := strings.CutPrefix(format, "arn:${Partition}:")
			of, _, ends := strings.Cut(rest, ":")
			if !ok || !ends || strings.ContainsAny(of, "$*") {
				return nil
			}
			if begin := "arn:" + partition(region) + ":" + of + ":"; len(into) == 0 || into[len(into)-1] != begin {
				into = append(into, begin)
			}
		}
	}
	return into
}

// logGroup is the ARN of the log group that a record names for an action; empty: none. IAM asks with or without ":*" at
// its end: callers try both.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
func logGroup(r *Record, action string) string {
	if r.Source != "logs.amazonaws.com" || r.otherOwner() || len(r.Account) != 12 {
		return ""
	}
	_, name, _ := strings.Cut(action, ":")
	a, _ := iamdata.Lookup("logs", name)
	if len(a.Resources) != 1 || a.Resources[0].Name != "log-group" {
		return ""
	}
	group, ok := r.parameter("logGroupName")
	if !ok || group == "" || strings.ContainsAny(group, ":*?") {
		return ""
	}
	return "arn:" + partition(r.Region) + ":logs:" + r.Region + ":" + r.Account + ":log-group:" + group
}
