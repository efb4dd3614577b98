package access

import "time"

// steppedUp is Denied for an approval by a person whose sign-in with MFA was too old when they decided, or is not known. A
// denial needs none: it only takes away.
func (a Approval) steppedUp(d Decision) error {
	if a.MFAWithin == 0 || !d.Approve {
		return nil
	}
	within := time.Duration(a.MFAWithin) * time.Second
	const do = "sign in again with MFA, then approve again"
	switch at := d.By.MFAAt; {
	case !d.By.MFA:
		return deny("curfew.step-up", "to approve %s you need a sign-in with MFA within the last %s, and yours had none: %s", d.Elevation, within, do)
	case at.IsZero():
		return deny("curfew.step-up", "to approve %s you need a sign-in with MFA within the last %s, and your token does not say when it was (claim auth_time): %s; "+
			"if that changes nothing, ask your identity team to add auth_time to tokens", d.Elevation, within, do)
	case at.After(d.At.Add(ClockSkew)), d.At.Sub(at) > within:
		return deny("curfew.step-up", "to approve %s you need a sign-in with MFA within the last %s, and yours was at %s: %s", d.Elevation, within, at.Format(time.RFC3339), do)
	}
	return nil
}
