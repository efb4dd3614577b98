package iampolicy

import (
	"fmt"
	"strings"
)

// Context holds the condition keys of a call. Lookup ignores the case of names. A key without values counts as absent.
type Context map[string][]string

func (c Context) lookup(key string) ([]string, bool) {
	if values, ok := c[key]; ok {
		return values, len(values) > 0
	}
	found, values := "", []string(nil)
	for name, v := range c {
		// The least name wins, so the result does not depend on map order.
		if len(name) == len(key) && strings.EqualFold(name, key) && (found == "" || name < found) {
			found, values = name, v
		}
	}
	return values, len(values) > 0
}

// checkKey accepts vendor:name. A vendor may be an identity provider's host and path. A name may be the key of a tag,
// with nearly any character.
func checkKey(key string) error {
	vendor, name, ok := strings.Cut(key, ":")
	bad := func(c rune) bool { return !isAlnum(c) && !strings.ContainsRune("-._/", c) }
	if !ok || vendor == "" || name == "" || strings.ContainsFunc(vendor, bad) {
		return fmt.Errorf("the condition key %q has no service prefix", key)
	}
	return nil
}

func isAlnum(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
