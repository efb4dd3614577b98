package catalog

import (
	"regexp"
	"sync"
)

// lazily compiles a pattern on first use, which keeps cold starts short.
func lazily(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
