package console

import "testing"

// signIn signs in as a person of the example catalog, by the rehearsal's provider.
func (p *tab) signIn(r *rehearsal, name string) {
	p.t.Helper()
	p.open(r.base + "/")
	p.click("button", "Sign in")
	p.click("button", name+" ")
	p.sees("Signed in as " + name)
}

func TestSignIn(t *testing.T) {
	p := newTab(t)
	p.signIn(theRehearsal(t), "ana")
	t.Log(p.text())
}
