package main

import (
	"encoding/json"
	"testing"
)

// The environments of an installation without settings. A test of the functions' configurations reads this file and
// starts each function with it.
func TestEnvironmentsWithNothingSet(t *testing.T) {
	s, err := readSettings(nil)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]any{}
	for _, f := range templates(t, s)["curfew"].resourcesOf("AWS::Lambda::Function") {
		environment, _ := f["Environment"].(map[string]any)
		all[f["FunctionName"].(string)] = environment["Variables"]
	}
	b, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/environments.golden.json", append(b, '\n'))
}
