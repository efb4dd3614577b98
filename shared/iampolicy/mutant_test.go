package iampolicy_test

import (
	"strings"
	"testing"

	"curfew/shared/iampolicy"
)

func TestWhatIsGrantedHoldsNoPlaceholder(t *testing.T) {
	for _, element := range []string{"Action", "NotAction", "Effect", "Sid"} {
		statement := `{"Sid":"A","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`
		switch element {
		case "Action", "NotAction":
			statement = `{"Sid":"A","Effect":"Allow","` + element + `":["s3:{{what}}"],"Resource":"*"}`
		default:
			statement = strings.Replace(statement, `"`+element+`":"A`, `"`+element+`":"{{what}}A`, 1)
		}
		text := []byte(`{"Version":"2012-10-17","Statement":[` + statement + `]}`)
		if names, err := iampolicy.Placeholders(text); err == nil {
			t.Errorf("%s: placeholders = %v, want an error", element, names)
		}
	}
}

// Parts are attached in order and removed in reverse.
func TestNoPartAllowsBeforeAllThatDeny(t *testing.T) {
	const deny = `{"Sid":"No","Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*"}`
	allows, one := manyStatements(3, 30, 2), manyStatements(1, 30, 2) // larger than the Deny
	const rest = 10                                                   // of a part that holds one of them: nothing fits beside it
	text := strings.TrimSuffix(allows, "]}") + "," + deny + "]}"
	d, err := iampolicy.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	parts, err := iampolicy.Split(d, iampolicy.Size([]byte(one))+rest, 5)
	if err != nil || len(parts) != 4 {
		t.Fatalf("%d parts, %v, want 4", len(parts), err)
	}
	allowed := false
	for i, p := range parts {
		denies := false
		for _, s := range p.Statements {
			denies = denies || s.Effect == iampolicy.Deny
		}
		if denies && allowed {
			t.Errorf("part %d denies, and an earlier one allows", i)
		}
		for _, s := range p.Statements {
			allowed = allowed || s.Effect == iampolicy.Allow
		}
	}
}
