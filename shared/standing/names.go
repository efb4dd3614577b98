package standing

import (
	"strings"

	"curfew/shared/authdetails"
	"curfew/shared/iamarn"
)

func lastName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// issuerOf is the issuer of an OIDC provider's ARN: the text before the colon of its condition keys.
func issuerOf(provider string) string {
	if _, issuer, is := strings.Cut(provider, ":oidc-provider/"); is {
		return issuer
	}
	return provider
}

// protected says why only AWS may change a principal; empty: you may.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
func protected(p *authdetails.Principal) string {
	a, _ := iamarn.Parse(p.ARN)
	switch {
	case a.ServiceLinked():
		return "it is a service-linked role: only its service changes it"
	case a.Protected():
		return "it is a role of IAM Identity Center: its permission set decides what it may do"
	}
	return ""
}

// isServiceLinked: such a role has no score.
func isServiceLinked(p *authdetails.Principal) bool {
	return iamarn.IsServiceLinked(p.ARN)
}

// accountOf is the account of an ARN or an account id; empty: it has none, or a pattern.
func accountOf(text string) string {
	if parts := strings.SplitN(text, ":", 6); len(parts) == 6 {
		text = parts[4]
	}
	if len(text) != 12 || strings.Trim(text, "0123456789") != "" {
		return ""
	}
	return text
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
