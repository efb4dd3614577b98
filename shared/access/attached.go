package access

import "strings"

// IsAttached reports whether a policy is one that an installation attached: a grant, or the Deny that contains one. policy
// is the name of an inline policy, or the ARN of a managed one.
func IsAttached(policy, name string) bool {
	_, ok := AttachedBy(policy, name)
	return ok
}

// AttachedBy is [IsAttached], with the id of the elevation.
func AttachedBy(policy, name string) (id string, ok bool) {
	if _, arn, ok := strings.Cut(policy, ":policy/"); ok {
		grant, ours := strings.CutPrefix(arn, name+"/")
		at := strings.LastIndexByte(grant, '-')
		if !ours || at < 0 || len(grant) != at+2 || grant[at+1] < '1' || grant[at+1] > '9' {
			return "", false
		}
		policy = grant[:at]
	}
	id, ok = strings.CutPrefix(policy, GrantName(name, ""))
	if id = strings.TrimPrefix(id, "q-"); !ok || !ValidID(id) {
		return "", false
	}
	return id, true
}
