package main

import (
	"slices"
	"strings"
	"testing"

	"curfew/shared/catalog"
	"curfew/shared/inprocess"
)

// STS names a role's session without the role's path: see the door's machine.
func TestARoleWithAPathIsNamedAsAtTheDoorOfADeployment(t *testing.T) {
	iam, err := inprocess.LoadWorld(strings.NewReader(strings.Replace(string(inprocess.ExampleWorld()),
		"arn:aws:iam::111122223333:role/backup-runner", "arn:aws:iam::111122223333:role/service-role/backup-runner", 1)), "world")
	if err != nil {
		t.Fatal(err)
	}
	cat, err := catalog.Load(catalog.Example())
	if err != nil {
		t.Fatal(err)
	}
	const called = "arn:aws:iam::111122223333:role/backup-runner"
	if !slices.ContainsFunc(newTokens(cat, iam).all, func(s signedIn) bool { return s.caller.ARN == called && len(s.caller.Groups) > 0 }) {
		t.Errorf("no token is for %s", called)
	}
}
