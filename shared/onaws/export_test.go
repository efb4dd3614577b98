package onaws

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// What the tests outside of this package need of those in it: they import packages that import this one.

// Emulated is emulated.
func Emulated(t *testing.T, services ...string) aws.Config {
	t.Helper()
	return emulated(t, services...)
}

// Unique is unique.
func Unique(prefix string) string { return unique(prefix) }
