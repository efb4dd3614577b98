package inprocess

import "strings"

// tags of a role or user. IAM keeps the case of keys but ignores it in comparisons.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#case-sensitivity
type tags map[string]string

func (t tags) find(key string) (kept string, ok bool) {
	for kept := range t {
		if strings.EqualFold(kept, key) {
			return kept, true
		}
	}
	return "", false
}

func (t tags) set(key, value string) tags {
	if t == nil {
		t = tags{}
	}
	t.remove(key)
	t[key] = value
	return t
}

func (t tags) remove(key string) {
	if kept, ok := t.find(key); ok {
		delete(t, kept)
	}
}
