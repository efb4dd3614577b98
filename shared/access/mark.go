package access

import "strings"

// MarkKey returns the tag key that lets this installation elevate a principal, with value "true".
func MarkKey(name string) string { return name + ":managed" }

// IsMarkKey compares without case, as IAM does.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#case-sensitivity
func IsMarkKey(key, name string) bool { return strings.EqualFold(key, MarkKey(name)) }

// Marked reports whether tags have the mark.
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
