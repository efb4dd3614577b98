package escalation

import "strings"

func (e edge) step(n *node) Step {
	who, whom := short(n.subject), short(e.to)
	s := Step{On: e.to.ARN}
	say := func(technique string, actions []string, text string) Step {
		s.Technique, s.Actions, s.Text = technique, actions, text
		return s
	}
	switch e.kind {
	case byAssume:
		return say("assume", []string{assumeRole}, who+" assumes "+whom+", which trusts it.")
	case byTrust:
		return say("trust", []string{updateTrust}, who+" changes the trust policy of "+whom+" so that it trusts it, and assumes it.")
	case byKey:
		return say("credentials", []string{createKey}, who+" makes an access key of "+whom+".")
	case byLogin:
		return say("credentials", []string{createLogin}, who+" gives "+whom+" a password, and signs in with it.")
	case byLoginChange:
		return say("credentials", []string{updateLogin}, who+" changes the password of "+whom+", and signs in with it.")
	}
	r := rows()[e.row]
	calls := " (" + strings.Join(r.actions(), ", ") + ")"
	if !r.pass {
		return say("code", r.actions(), who+" runs its own code in the "+r.what+" that has "+whom+calls+".")
	}
	if e.kind == byProfileAndRow {
		return say("pass", append(r.actions(), createProfile, addToProfile), who+" makes an instance profile of "+whom+" and passes it to "+r.what+", where it runs its code"+calls+".")
	}
	return say("pass", r.actions(), who+" passes "+whom+" to "+r.what+", where it runs its code"+calls+".")
}
