package identity_test

import (
	"testing"

	"curfew/shared/identity"
)

func TestIsID(t *testing.T) {
	for text, want := range map[string]bool{
		identity.PersonID("https://id.example.com", "ana"): true,
		identity.MachineID("AROAEXAMPLE0000000001"):        true,
		identity.MachineID("AIDAEXAMPLE0000000001"):        true,
		identity.TriggerID("nightly"):                      true,
		"person:https://id.example.com":                    false, // no subject
		identity.MachineID("deploy"):                       false,
		"ana":                                              false,
		"":                                                 false,
	} {
		if got := identity.IsID(text); got != want {
			t.Errorf("IsID(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestSubject(t *testing.T) {
	for id, want := range map[string]string{
		identity.PersonID("https://id.example.com", "ana"): "ana",
		identity.MachineID("AROAEXAMPLE0000000001"):        "",
		"ana": "",
	} {
		if got := identity.Subject(id); got != want {
			t.Errorf("the subject of %s is %q, want %q", id, got, want)
		}
	}
}
