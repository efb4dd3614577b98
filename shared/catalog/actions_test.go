package catalog

import (
	"slices"
	"testing"

	"curfew/shared/iampolicy"
)

// A mistyped action was accepted without a word, and granted nothing.
func TestMistypedActionIsAWarning(t *testing.T) {
	got := unknownActions([]iampolicy.Statement{{Actions: []string{"s3:PutObjct", "S3:putobject", "s3:Put*", "s4:PutObject", "ec2:SomethingElseEntirely"}}})
	want := []string{
		"AWS documents no action s3:PutObjct; did you mean s3:PutObject?",
		`s4:PutObject: AWS documents no service "s4"`,
		"AWS documents no action ec2:SomethingElseEntirely",
	}
	if !slices.Equal(got, want) {
		t.Errorf("warnings %q, want %q", got, want)
	}
}
