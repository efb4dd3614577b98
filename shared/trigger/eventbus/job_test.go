package eventbus

import (
	"testing"

	"curfew/shared/access"
)

var _ Domain = access.Triggers{}

func TestAnnouncedStateIsTheDomainsWord(t *testing.T) {
	if announcedActive != string(access.Active) {
		t.Errorf("announcements say %q, the domain says %q", announcedActive, access.Active)
	}
}
