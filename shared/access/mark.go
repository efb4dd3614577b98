package access

import "strings"

// MarkKey returns the key of the tag that lets this installation elevate a role or user. The value is "true".
func MarkKey(name string) string { return name + ":managed" }

// IsMarkKey reports whether key is the mark, without case. IAM compares tag keys of roles and users without case, as do
// aws:ResourceTag and iam:ResourceTag.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#case-sensitivity
func IsMarkKey(key, name string) bool { return strings.EqualFold(key, MarkKey(name)) }

// Marked reports whether these tags mark a role or user for this installation. If two keys differ only in case, which
// IAM does not allow, both must be "true".
func Marked(tags map[string]string, name string) bool {
	marked := false
	for key, value := range tags {
		if !IsMarkKey(key, name) {
			continue
		}
		if value != "true" {
			return false
		}
		marked = true
	}
	return marked
}
