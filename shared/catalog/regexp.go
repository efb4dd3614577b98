package catalog

import (
	"regexp"
	"sync"
)

// lazily compiles a pattern when it is first needed: a start is not to wait for what its first invocation may not use.
func lazily(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
