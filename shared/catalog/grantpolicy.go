package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/iampolicy"
	"curfew/shared/outliving"
)

// Quotas of inline policies in characters without white space, if the principal has no other inline policy.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	roomOnRole = 10240
	roomOnUser = 2048
)

// checkPolicy refuses what Grant would refuse. It compiles the policy as Grant does, with sample parameters and a
// session name of the usual maximum length.
func (l crossChecker) checkPolicy(d draft) {
	at, ok := d.get("policy")
	if !ok || !d.isComplete {
		return
	}
	values, ok := d.checkParameters(at)
	if !ok {
		return
	}
	doc, err := iampolicy.Substitute(d.Policy, d.Parameters, values)
	if err != nil {
		reportPolicy(at, err)
		return
	}
	if doc.Version != iampolicy.Version { // IAM refuses a managed policy without it
		at.at("Version").report("has no Version %q", iampolicy.Version)
		return
	}
	if d.allowsUnlisted(at, doc) {
		return
	}
	checkActions(at, doc)
	d.checkOutliving(at, doc)
	d.checkFit(at, values)
}

// allowsUnlisted refuses NotAction under Allow: an approver cannot see what it allows now or after AWS adds a service.
func (d draft) allowsUnlisted(at value, doc *iampolicy.Document) (found bool) {
	for i, s := range doc.Statements {
		if s.Effect == iampolicy.Allow && len(s.NotActions) > 0 {
			at.at(fmt.Sprintf("Statement[%d].NotAction", i)).report("allows every action that it does not list, including those that AWS adds later: use Action")
			found = true
		}
	}
	return found
}

// checkParameters compares declared parameters with those in the policy, and returns a sample value for each.
func (d draft) checkParameters(at value) (values map[string]string, ok bool) {
	used, err := iampolicy.Placeholders(d.Policy)
	if err != nil {
		reportPolicy(at, err)
		return nil, false
	}
	ok = true
	for _, name := range used {
		if _, typed := d.Parameters[name]; !typed {
			at.report("has the parameter %q without a type under parameters", name)
			ok = false
		}
	}
	parameters, _ := d.get("parameters")
	for _, name := range slices.Sorted(maps.Keys(d.Parameters)) {
		if !slices.Contains(used, name) {
			parameters.at(name).report("is not used in the policy")
			ok = false
		}
	}
	return samples(d.Policy, d.Parameters), ok
}

// checkOutliving requires names to list exactly what the policy reaches of the table, by action or class.
func (d draft) checkOutliving(at value, doc *iampolicy.Document) {
	reached := outliving.Reached(doc)
	var missing []string
	for _, r := range reached {
		if left := r.Without(d.Names); len(left.Rows) > 0 {
			missing = append(missing, fmt.Sprintf("%s (%s): %s", r.Class, r.Class.Does(), left))
		}
	}
	if len(missing) > 0 {
		at.report("reaches actions whose effects outlive a revoke: %s; take them out, or write names: [%s]", strings.Join(missing, "; "), quoted(outliving.Shortest(reached)))
	}
	names, _ := d.get("names")
	for _, name := range d.Names {
		if !slices.ContainsFunc(reached, func(r outliving.Reach) bool { return len(r.Without([]string{name}).Rows) < len(r.Rows) }) {
			names.report("lists %s, which the policy does not reach", name)
		}
	}
}

// quoted lists names in YAML: an action needs quotes.
func quoted(names []string) string {
	var all []string
	for _, name := range names {
		if strings.Contains(name, ":") {
			name = strconv.Quote(name)
		}
		all = append(all, name)
	}
	return strings.Join(all, ", ")
}

// checkFit renders the policy as Grant does, in the form with more room.
func (d draft) checkFit(at value, values map[string]string) {
	t := d.sampleTerms(values)
	_, err := d.Render(t)
	if tooBig, ok := errors.AsType[*iampolicy.SizeError](err); ok {
		if d.fitsInline(t) {
			return
		}
		at.report("has %d characters with its fence; at most %d fit", tooBig.Size, tooBig.Room)
		return
	}
	if err != nil {
		reportPolicy(at, err)
	}
}

func (d draft) fitsInline(t access.Terms) bool {
	room := roomOnRole
	if t.Principal.User() {
		room = roomOnUser
	}
	t.Form = access.Inline
	docs, err := d.Render(t)
	return err == nil && len(docs) == 1 && iampolicy.Size([]byte(docs[0])) <= room
}

func (d draft) sampleTerms(values map[string]string) access.Terms {
	t := access.Terms{
		Principal:   access.Principal{ARN: "arn:aws:iam::111122223333:role/sample", ID: "AROA" + strings.Repeat("A", 17), Account: "111122223333"},
		Parameters:  values,
		Session:     access.Session{Bind: d.Session, MFA: d.MFA},
		RequestedAt: time.Unix(0, 0).UTC(),
		Form:        access.Managed,
	}
	switch d.Session {
	case access.BindVPCEndpoint:
		t.Session.Value = d.VPCEndpoint
	case access.BindUserID, access.BindSourceIdentity:
		t.Session.Value = strings.Repeat("s", 64)
	}
	if slices.ContainsFunc(d.Principals, func(arn string) bool { return strings.Contains(arn, ":user/") }) {
		t.Principal.ARN, t.Principal.ID = "arn:aws:iam::111122223333:user/sample", "AIDA"+strings.Repeat("A", 17)
		t.Session = access.Session{Bind: access.BindNone, MFA: d.MFA} // a user has no sessions
	}
	return t
}

// samples returns a value for each parameter. They differ, and the policy does not have them: a Deny under one takes nothing from an Allow
// under another.
func samples(policy []byte, types map[string]iampolicy.ParameterType) map[string]string {
	values, n := map[string]string{}, 0
	for _, name := range slices.Sorted(maps.Keys(types)) {
		for n++; bytes.Contains(policy, []byte(sample(types[name], n))); n++ {
		}
		values[name] = sample(types[name], n)
	}
	return values
}

// sample returns the n-th value, as long as the type allows, up to 63 characters.
func sample(t iampolicy.ParameterType, n int) string {
	letters := strings.Map(func(digit rune) rune { return digit - '0' + 'a' }, fmt.Sprintf("%09d", n))
	switch t {
	case iampolicy.AccountID:
		return strconv.Itoa(111122223333 + n)
	case iampolicy.Region:
		return "ap-" + letters + "-1"
	case iampolicy.KeyID:
		return fmt.Sprintf("1234abcd-12ab-34cd-56ef-%012d", n)
	case iampolicy.InstanceID:
		return fmt.Sprintf("i-%017d", n)
	default:
		return strings.Repeat("a", 54) + letters
	}
}

func reportPolicy(at value, err error) {
	if e, ok := errors.AsType[*iampolicy.ParseError](err); ok {
		at.at(e.Path).report("%s", e.Why)
		return
	}
	if e, ok := errors.AsType[*iampolicy.FenceError](err); ok {
		at.at(fmt.Sprintf("Statement[%d].Condition", e.Statement)).report("%s", e.Why)
		return
	}
	at.report("%v", err)
}
