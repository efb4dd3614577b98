package catalog

import (
	"path"
	"slices"
	"strings"

	"curfew/shared/detection"
	"curfew/shared/eventpattern"
	"curfew/shared/fault"
	"curfew/shared/finding"
)

func detectionFields() []string {
	return []string{"about", "pattern", "when", "severity", "why", "do", "allow", "dryRun", "answer", "burst", "first", "volume", "silence", "dormant"}
}

// detectionReader reads the detections.
type detectionReader struct{ *loader }

func (l detectionReader) readDetections() {
	facts := newFactNames(l.loader)
	for _, file := range l.files(detectionsDir, ".yaml") {
		name := strings.TrimSuffix(path.Base(file), ".yaml")
		if !entitlementName().MatchString(name) {
			l.add(Problem{File: file, Why: "has a name that is not lower-case letters, digits and hyphens"})
			continue
		}
		if v, ok := l.read(file); ok {
			before := len(l.problems)
			d := l.readDetection(v, name, facts)
			if _, err := detection.Compile([]detection.Detection{d}); err != nil && len(l.problems) == before {
				v.report("%v", err)
			}
			l.c.detections[name] = d
		}
	}
}

func (l detectionReader) readDetection(v value, name string, facts factNames) detection.Detection {
	f := v.fields(detectionFields()...)
	d := detection.Detection{Name: name}
	for field, to := range map[string]*string{"about": &d.About, "why": &d.Why, "do": &d.Do} {
		if text, ok := f.need(field); ok {
			*to = text.textWithin(maxReason)
		}
	}
	if pattern, ok := f.need("pattern"); ok {
		d.Pattern = readDetectionPattern(pattern)
	}
	if when, ok := f.get("when"); ok {
		d.When = facts.readWhen(when)
	}
	if severity, ok := f.need("severity"); ok {
		var known []string
		for _, s := range finding.Severities() {
			known = append(known, string(s))
		}
		word, _ := severity.oneOf(known...)
		d.Severity = finding.Severity(word)
	}
	if allow, ok := f.get("allow"); ok {
		for _, each := range allow.nonEmptyList() {
			d.Allow = append(d.Allow, l.readAllow(each))
		}
	}
	if dry, ok := f.get("dryRun"); ok {
		d.DryRun = dry.flag()
	}
	if answer, ok := f.get("answer"); ok {
		word, _ := answer.oneOf(detection.Answers()...)
		d.Answer = detection.Answer(word)
	}
	readKinds(f, &d)
	return d
}

// readDetectionPattern reads a pattern over the envelope of a record. Rules are made from it, so it may not test what no envelope has.
func readDetectionPattern(v value) []byte {
	text, ok := asJSON(v).document()
	if !ok {
		return text
	}
	p, err := eventpattern.Parse(text)
	if err != nil {
		eventPattern{v}.badPattern(strings.TrimPrefix(err.Error(), "event pattern: "))
		return text
	}
	for _, m := range v.members() {
		if known := []string{"source", "detail-type", "account", "region", "detail", "$or"}; !slices.Contains(known, m.name) {
			m.key.report("is not a field of the envelope of a record%s", suggest(m.name, known, known))
		}
	}
	if sources, exact := p.Exactly("detail", "eventSource"); exact {
		for _, s := range sources {
			if !strings.Contains(s, ".") {
				v.at("detail.eventSource").report("%q is not an eventSource like iam.amazonaws.com", s)
			}
		}
	}
	return text
}

var (
	uniqueID    = fault.Pattern(`^A(ROA|IDA)[A-Z0-9]{12,124}$`)
	elevationID = fault.Pattern(`^[0-9a-z]{24,26}$`)
)

// readAllow reads an exception. It rests only on what a caller cannot choose.
func (l detectionReader) readAllow(v value) detection.Allow {
	var a detection.Allow
	chosen := map[string]string{
		"userAgent": "a user agent", "agent": "a user agent", "address": "an address", "sourceIPAddress": "an address", "session": "a session name",
		"sourceIdentity": "a source identity", "arn": "an ARN, which another principal may get",
	}
	for _, m := range v.members() {
		if what, ok := chosen[m.name]; ok {
			m.key.report("an exception cannot rest on %s: name the id of the principal, the account or the elevation", what)
			return a
		}
	}
	f := v.fields("principal", "account", "elevation", "owner", "until")
	if principal, ok := f.get("principal"); ok {
		a.Principal, _ = principal.matching(uniqueID(), "the unique id of a role or user, like AROAEXAMPLE0000000001: a name may be made anew, and a caller chooses the name of a session")
	}
	if account, ok := f.get("account"); ok {
		a.Account, _ = account.matching(accountID(), "the id of an account, 12 digits")
	}
	if elevation, ok := f.get("elevation"); ok {
		a.Elevation, _ = elevation.matching(elevationID(), "the id of an elevation")
	}
	if !slices.ContainsFunc([]string{"principal", "account", "elevation"}, func(name string) bool { _, ok := f.get(name); return ok }) {
		v.report("needs at least one of principal, account and elevation")
	}
	if owner, ok := f.need("owner"); ok {
		ref, isText := owner.text()
		if isText && owner.group(ref) && l.identities.groups != nil {
			l.identities.checkRef(owner)
		}
		a.Owner = ref
	}
	if until, ok := f.need("until"); ok {
		a.Until = until.instant()
	}
	return a
}
