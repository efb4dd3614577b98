package sweep

import (
	"strings"
	"testing"
)

// Until the member stack is deployed, each survey of the account fails.
func TestAFailedSurveyNamesTheMemberStack(t *testing.T) {
	if !strings.Contains(Failed.Do, "deploy the member stack there") {
		t.Errorf("%s: do %q", Failed.Name, Failed.Do)
	}
}
