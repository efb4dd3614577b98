package access

import "strings"

// MarkKey is the key of the tag that marks a role or user as one that the installation of this name may elevate. Its value
// is "true".
func MarkKey(name string) string { return name + ":managed" }

// IsMarkKey reports whether a tag key is that of the mark. IAM compares tag keys of roles and users without case, and so do the
// condition keys aws:ResourceTag and iam:ResourceTag: "Curfew:Managed" is the mark of an installation called curfew.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#case-sensitivity
func IsMarkKey(key, name string) bool { return strings.EqualFold(key, MarkKey(name)) }

// Marked reports whether these tags mark a role or user for the installation of this name. IAM never
// keeps two keys that differ only in case; if an answer has two, each must be "true".
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
