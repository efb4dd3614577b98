package catalog

import (
	"regexp"
	"sync"
)

// lazyRegexp returns a function that compiles a pattern on first use, which keeps cold starts short.
func lazyRegexp(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
