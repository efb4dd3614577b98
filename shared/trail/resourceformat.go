package trail

import (
	"strings"

	"curfew/shared/iamdata"
)

func fitsAny(arn string, types []iamdata.Resource) bool {
	if !strings.HasPrefix(arn, "arn:") {
		return false
	}
	for i := range types {
		for _, format := range types[i].ARNs {
			if fits(arn, format) {
				return true
			}
		}
	}
	return false
}

// fits reports whether an ARN has a format. A variable ends where its format goes on; only some may have a colon or
// slash.
func fits(arn, format string) bool {
	for {
		literal, rest, found := strings.Cut(format, "${")
		if !found {
			if head, ok := strings.CutSuffix(literal, "*"); ok { // the formats of DMS
				rest, ok := strings.CutPrefix(arn, head)
				return ok && fitsVariable("", rest)
			}
			return arn == literal
		}
		if arn, found = strings.CutPrefix(arn, literal); !found {
			return false
		}
		name, after, _ := strings.Cut(rest, "}")
		value := arn
		if after != "" {
			next, _, _ := strings.Cut(after, "${")
			end := strings.Index(arn, next[:min(1, len(next))])
			if end < 0 {
				return false
			}
			value = arn[:end]
		}
		if !fitsVariable(name, value) {
			return false
		}
		arn, format = arn[len(value):], after
	}
}

// fitsVariable: * and ? are literals in the key of an object. Elsewhere they make a pattern, which names no resource.
func fitsVariable(name, value string) bool {
	if name == "ObjectName" {
		return value != ""
	}
	if strings.ContainsAny(value, "*?") {
		return false
	}
	switch name {
	case "Region", "Account":
		return true // may be empty
	case "SecretId":
		return hasSecretSuffix(value)
	case "RepositoryName", "ParameterNameWithoutLeadingSlash":
		return value != "" && !strings.Contains(value, ":")
	}
	if strings.HasSuffix(name, "WithPath") {
		return value != "" && !strings.Contains(value, ":")
	}
	return value != "" && !strings.ContainsAny(value, ":/")
}

// hasSecretSuffix: a secret's ARN ends in a hyphen and six characters, which callers may omit.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
func hasSecretSuffix(s string) bool {
	at := len(s) - 7
	return at > 0 && s[at] == '-' && !strings.ContainsAny(s[at+1:], "-/_+=.@:") && !strings.Contains(s, ":")
}

func isAccount(s string) bool { return len(s) == 12 && strings.Trim(s, "0123456789") == "" }

// ownerOf is the account in an ARN; empty: it has none.
func ownerOf(arn string) string {
	for range 4 {
		_, rest, ok := strings.Cut(arn, ":")
		if !ok {
			return ""
		}
		arn = rest
	}
	account, _, ok := strings.Cut(arn, ":")
	if !ok || !isAccount(account) {
		return ""
	}
	return account
}
