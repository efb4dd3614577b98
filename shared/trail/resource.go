package trail

import (
	"slices"
	"strings"

	"curfew/shared/iamdata"
)

// resourceARNs adds the ARNs of an event's resources of one of the types, from the record's list or its parameters. If
// the record does not tell, it adds none: a wrong resource would be worse.
func resourceARNs(r *Record, service string, types []iamdata.Resource, into []string) []string {
	if into = listedARNs(r, types, into); len(into) > 0 || slices.Contains(unbuildable, service) {
		return into
	}
	into, several := parameterARNs(r, types, into)
	if len(into) > 0 || several {
		return into
	}
	kind := ""
	for i := range types {
		if service == "ec2" && isShared(types[i].Name) {
			continue
		}
		for _, format := range types[i].ARNs {
			if strings.Contains(format, "*") {
				continue // a pattern
			}
			before := len(into)
			if into = buildARNs(r, service, types[i].Name, format, into); len(into) == before {
				continue
			}
			if kind != "" {
				return into[:0] // two types fit
			}
			kind = format
		}
	}
	return into
}

// unbuildable are services whose ARNs do not follow from parameters. API Gateway's are paths; IAM asks CloudWatch Logs for
// "log-group:NAME:*" or "log-group:NAME:log-stream:…", whatever the format says.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
var unbuildable = []string{"apigateway", "logs"}

// sharedTypes are beginnings of EC2's types that may belong to another account, which the parameters do not name.
//
// https://docs.aws.amazon.com/ram/latest/userguide/shareable.html
var sharedTypes = []string{
	"subnet", "vpc", "security-group", "transit-gateway", "prefix-list", "ipam", "coip-pool", "local-gateway", "capacity-reservation",
	"dedicated-host", "placement-group", "traffic-mirror-target", "verified-access-group", "outpost-lag",
}

func isShared(kind string) bool {
	return slices.ContainsFunc(sharedTypes, func(head string) bool { return strings.HasPrefix(kind, head) })
}

func listedARNs(r *Record, types []iamdata.Resource, into []string) []string {
	for _, l := range r.parsed.resourcesOf(r.Resources) {
		if len(into) <= maxResources && fitsAny(l.arn, types) && !slices.Contains(into, l.arn) {
			into = append(into, l.arn)
		}
	}
	return into
}

// parameterARNs adds the ARNs of one parameter; if several parameters fit, the resource is unknown. Free texts such as
// a description or token name no resource.
func parameterARNs(r *Record, types []iamdata.Resource, into []string) (_ []string, several bool) {
	from := ""
	for _, p := range r.parsed.arnsOf(r.Parameters) {
		if len(into) > maxResources || !fitsAny(p.arn, types) || slices.Contains(into, p.arn) {
			continue
		}
		if from != "" && from != p.name {
			return into[:0], true
		}
		from, into = p.name, append(into, p.arn)
	}
	return into, false
}

// otherOwner reports whether the resources may be of another account: two accounts have the record, and this is the caller's.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html (sharedEventID)
func (r *Record) otherOwner() bool { return r.SharedID != "" && r.Identity.Account == r.Account }

// buildARNs fills a format with an event's parameters. Its last variable may be a list.
func buildARNs(r *Record, service, kind, format string, into []string) []string {
	var buffer [256]byte
	arn := buffer[:0]
	for {
		before, rest, found := strings.Cut(format, "${")
		arn = append(arn, before...)
		if !found {
			return append(into, string(arn))
		}
		name, after, _ := strings.Cut(rest, "}")
		format = after
		if fixed, ok := fixedValue(r, name); ok {
			if fixed == "" {
				return into
			}
			arn = append(arn, fixed...)
			continue
		}
		var one [1]string
		values := variableValues(r, service, kind, name, one[:0])
		if len(values) == 0 || len(values) > 1 && after != "" {
			return into
		}
		if after == "" {
			for _, v := range values {
				into = append(into, string(append(arn, v...)))
			}
			return into
		}
		arn = append(arn, values[0]...)
	}
}

func hasParameters(format string) bool {
	for {
		_, rest, found := strings.Cut(format, "${")
		if !found {
			return false
		}
		name, after, _ := strings.Cut(rest, "}")
		if name != "Partition" && name != "Region" && name != "Account" {
			return true
		}
		format = after
	}
}

// fixedValue returns the partition, region or account (empty: unknown); false: another variable.
func fixedValue(r *Record, variable string) (value string, ok bool) {
	switch variable {
	case "Partition":
		return partition(r.Region), true
	case "Region":
		return r.Region, true
	case "Account":
		if len(r.Account) != 12 || r.otherOwner() || namesOtherAccount(r) {
			return "", true
		}
		return r.Account, true
	}
	return "", false
}

func namesOtherAccount(r *Record) bool {
	for _, name := range [...]string{"registryId", "catalogId", "domainOwner", "queueOwnerAWSAccountId"} {
		if id, ok := r.parameter(name); ok && id != r.Account {
			return true
		}
	}
	return false
}

// partition of a region.
// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	case strings.HasPrefix(region, "us-iso-"):
		return "aws-iso"
	case strings.HasPrefix(region, "us-isob-"):
		return "aws-iso-b"
	case strings.HasPrefix(region, "eu-isoe-"):
		return "aws-iso-e"
	case strings.HasPrefix(region, "eusc-"):
		return "aws-eusc"
	}
	return "aws"
}
