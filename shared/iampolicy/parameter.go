package iampolicy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// ParameterType is the grammar of a template parameter's value. All types refuse what may have a meaning in a policy: *
// ? $ { } " \ and the colon, control characters and non-ASCII.
type ParameterType string

// The parameter types and the values that they accept.
const (
	AccountID    ParameterType = "account-id"    // 12 digits
	Region       ParameterType = "region"        // like eu-west-1
	Name         ParameterType = "name"          // 1-128 of A-Z a-z 0-9 _ . + = , @ -
	Path         ParameterType = "path"          // names joined by single slashes, at most 512 characters, without . and ..
	SecretName   ParameterType = "secret-name"   // 1-512 of A-Z a-z 0-9 / _ + = . @ -
	KeyID        ParameterType = "key-id"        // a KMS key's UUID, or mrk- and 32 hexadecimal digits
	Bucket       ParameterType = "bucket"        // an S3 bucket's name
	ID           ParameterType = "id"            // 1-128 of A-Z a-z 0-9 _ -, first a letter or digit
	InstanceID   ParameterType = "instance-id"   // i- and 8 or 17 hexadecimal digits
	RoleName     ParameterType = "role-name"     // 1-64 of A-Z a-z 0-9 _ + = , . @ -
	UserName     ParameterType = "user-name"     // as role-name
	SessionName  ParameterType = "session-name"  // 2-64 of the same
	FunctionName ParameterType = "function-name" // 1-64 of A-Z a-z 0-9 _ -
	TableName    ParameterType = "table-name"    // 3-255 of A-Z a-z 0-9 _ . -
)

const (
	digits   = "0123456789"
	hexLower = digits + "abcdef"
	lowers   = "abcdefghijklmnopqrstuvwxyz"
	letters  = lowers + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	iamName  = letters + digits + "_+=,.@-"
)

type grammar struct {
	allows string
	check  func(string) bool
}

func (t ParameterType) grammar() (grammar, bool) {
	switch t {
	case AccountID:
		return grammar{"12 digits", func(s string) bool { return isMadeOf(s, digits, 12, 12) }}, true
	case Region:
		return grammar{"a region like eu-west-1", isRegion}, true
	case Name:
		return grammar{"1 to 128 letters, digits and _ . + = , @ -", func(s string) bool { return isMadeOf(s, iamName, 1, 128) }}, true
	case Path:
		return grammar{"names of letters, digits and _ . + = , @ - joined by single slashes, at most 512 characters", isPath}, true
	case SecretName:
		return grammar{"1 to 512 letters, digits and / _ + = . @ -", func(s string) bool { return isMadeOf(s, letters+digits+"/_+=.@-", 1, 512) }}, true
	case KeyID:
		return grammar{"a key's UUID, or mrk- and 32 hexadecimal digits, in lower case", isKeyID}, true
	case Bucket:
		return grammar{"a bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens", isBucket}, true
	case ID:
		return grammar{"1 to 128 letters, digits, _ and -, first a letter or digit", isID}, true
	case InstanceID:
		return grammar{"i- and 8 or 17 hexadecimal digits, in lower case", isInstanceID}, true
	case RoleName, UserName:
		return grammar{"1 to 64 letters, digits and _ + = , . @ -", func(s string) bool { return isMadeOf(s, iamName, 1, 64) }}, true
	case SessionName:
		return grammar{"2 to 64 letters, digits and _ + = , . @ -", isSessionName}, true
	case FunctionName:
		return grammar{"1 to 64 letters, digits, _ and -", func(s string) bool { return isMadeOf(s, letters+digits+"_-", 1, 64) }}, true
	case TableName:
		return grammar{"3 to 255 letters, digits, _ . and -", func(s string) bool { return isMadeOf(s, letters+digits+"_.-", 3, 255) }}, true
	}
	return grammar{}, false
}

// KnownParameterType reports whether t is one of the types above.
func KnownParameterType(t ParameterType) bool {
	_, ok := t.grammar()
	return ok
}

// ParameterTypes returns the types, sorted.
func ParameterTypes() []ParameterType {
	all := []ParameterType{AccountID, Region, Name, Path, SecretName, KeyID, Bucket, ID, InstanceID,
		RoleName, UserName, SessionName, FunctionName, TableName}
	slices.Sort(all)
	return all
}

// Check refuses a value that the type does not accept. The error quotes the value.
func (t ParameterType) Check(value string) error {
	g, ok := t.grammar()
	if !ok {
		return fmt.Errorf("unknown parameter type %q", string(t))
	}
	if !g.check(value) {
		return fmt.Errorf("%+q is not a valid %s: want %s", value, string(t), g.allows)
	}
	return nil
}

// isMadeOf reports whether s has least to most bytes, all in set.
func isMadeOf(s, set string, least, most int) bool {
	if len(s) < least || len(s) > most {
		return false
	}
	for i := range len(s) {
		if strings.IndexByte(set, s[i]) < 0 {
			return false
		}
	}
	return true
}

func isRegion(s string) bool {
	parts := strings.Split(s, "-")
	if len(s) > 32 || len(parts) < 3 || !isMadeOf(parts[0], lowers, 2, 4) {
		return false
	}
	for _, p := range parts[1 : len(parts)-1] {
		if !isMadeOf(p, lowers, 1, 16) {
			return false
		}
	}
	return isMadeOf(parts[len(parts)-1], digits, 1, 2)
}

func isPath(s string) bool {
	if len(s) > 512 {
		return false
	}
	for part := range strings.SplitSeq(s, "/") {
		if !isMadeOf(part, iamName, 1, 512) || part == "." || part == ".." {
			return false
		}
	}
	return true
}

func isKeyID(s string) bool {
	if rest, ok := strings.CutPrefix(s, "mrk-"); ok {
		return isMadeOf(rest, hexLower, 32, 32)
	}
	parts := strings.Split(s, "-")
	lengths := []int{8, 4, 4, 4, 12}
	if len(parts) != len(lengths) {
		return false
	}
	for i, n := range lengths {
		if !isMadeOf(parts[i], hexLower, n, n) {
			return false
		}
	}
	return true
}

func isBucket(s string) bool {
	ends := lowers + digits
	_, notAddress := netip.ParseAddr(s)
	return isMadeOf(s, ends+".-", 3, 63) && strings.IndexByte(ends, s[0]) >= 0 &&
		strings.IndexByte(ends, s[len(s)-1]) >= 0 && !strings.Contains(s, "..") && notAddress != nil
}

func isID(s string) bool {
	return isMadeOf(s, letters+digits+"_-", 1, 128) && s[0] != '_' && s[0] != '-'
}

func isInstanceID(s string) bool {
	rest, ok := strings.CutPrefix(s, "i-")
	return ok && (isMadeOf(rest, hexLower, 8, 8) || isMadeOf(rest, hexLower, 17, 17))
}

func isSessionName(s string) bool { return isMadeOf(s, iamName, 2, 64) }
