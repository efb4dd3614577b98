package inprocess

import "strings"

// tags are those of a role or user. IAM compares their keys without case and preserves the case of each: two keys never
// differ only in case.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#case-sensitivity
type tags map[string]string

// find gives a key as it is kept.
func (t tags) find(key string) (kept string, ok bool) {
	for kept := range t {
		if strings.EqualFold(kept, key) {
			return kept, true
		}
	}
	return "", false
}

// set is TagRole and TagUser of one tag.
func (t tags) set(key, value string) tags {
	if t == nil {
		t = tags{}
	}
	t.remove(key)
	t[key] = value
	return t
}

// remove is UntagRole and UntagUser of one key.
func (t tags) remove(key string) {
	if kept, ok := t.find(key); ok {
		delete(t, kept)
	}
}
