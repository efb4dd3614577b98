package reach

import (
	"slices"
	"strings"
	"sync"

	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
)

// Why a cell of one action or wildcard is open.
const (
	NoResource = "the action takes no such resource"  // it allows no call, if package iamdata is complete
	NoAction   = "package iamdata has no such action" // of a wildcard; it is exact about the rest
)

// takes reports whether a pattern may be a resource of an action, or "*".
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html#actions_table
func takes(a *iamdata.Action, patterns []*iampolicy.Pattern) bool {
	return slices.ContainsFunc(patterns, func(p *iampolicy.Pattern) bool {
		return p.Every() || p.Matches("*", nil) || slices.ContainsFunc(a.Resources, func(r iamdata.Resource) bool {
			return slices.ContainsFunc(r.ARNs, func(format string) bool { return Fits(format, p) })
		})
	})
}

// Fits reports whether a resource of a format of package iamdata may match a pattern. A bucket has no slash in its ARN.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
func Fits(format string, p *iampolicy.Pattern) bool {
	if strings.HasSuffix(format, ":::${BucketName}") && !p.HasVariables() && strings.Contains(p.String(), "/") {
		return false
	}
	return p.Overlaps(formatPattern(format))
}

// formats keeps the patterns of formats, by their text. It is bounded: formats are those of iamdata.
var formats sync.Map

func formatPattern(format string) *iampolicy.Pattern {
	if p, ok := formats.Load(format); ok {
		return p.(*iampolicy.Pattern)
	}
	p, err := iampolicy.ResourcePattern(wild(format), iampolicy.Version)
	if err != nil {
		return everything[0]
	}
	formats.Store(format, p)
	return p
}

// wild writes a format's placeholders as wildcards: "arn:${Partition}:s3:::${BucketName}" as "arn:*:s3:::*".
func wild(format string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(format, "${")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		_, format, _ = strings.Cut(rest, "}")
		b.WriteByte('*')
	}
}
