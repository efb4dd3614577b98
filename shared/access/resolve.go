package access

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"curfew/shared/directory"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// target is what a scope means: the scope by ids, and what is known of the caller in it.
type target struct {
	scope Scope
	name  string // of a caller, for people
	// caller is how the caller was last seen, with their groups; nil: nothing is known of their groups.
	caller   *identity.Caller
	operator bool // they were seen as an operator once
	unseen   bool // nothing is known of this id, and it is meant all the same
}

// String is what is meant, for people: a caller with the id behind their name.
func (t target) String() string {
	if t.scope.Requester != "" {
		return fault.Known{ID: t.scope.Requester, Name: t.name}.String()
	}
	return t.scope.String()
}

// ReasonUnmatched is the reason of a scope that matches nothing, or more than one.
const ReasonUnmatched = "curfew.scope"

// exact reports whether a scope is by ids already, as a resolved one is.
func (sc Scope) exact() bool {
	switch {
	case sc.Principal != "":
		return identity.IsPrincipal(sc.Principal)
	case sc.Requester != "":
		return identity.IsID(sc.Requester)
	}
	return true
}

// resolving finds what a scope means.
type resolving struct{ *Service }

// resolve says what a scope means. Invalid, with the nearest in [fault.Nearest]: nothing that is known matches, or two do.
//
// What is only known by id may be meant before it was ever seen: with unseen, the exact id of a person or a machine needs no
// match. A trigger is in the catalog or had an elevation.
func (s resolving) resolve(ctx context.Context, sc Scope, unseen bool) (target, error) {
	var all []fault.Known
	var hint string
	var err error
	t := target{scope: sc}
	switch {
	case sc.Everything:
		return t, nil
	case sc.Entitlement != "":
		all, hint, err = s.entitlementsKnown(ctx, sc.Entitlement)
		t.scope = Scope{Entitlement: sc.Entitlement}
		if err != nil || slices.ContainsFunc(all, func(k fault.Known) bool { return k.ID == sc.Entitlement }) {
			return t, err
		}
		return t, unmatched(sc.Entitlement, nil, all, hint)
	case sc.Principal != "":
		return s.resolvePrincipal(ctx, sc.Principal)
	}
	return s.resolveRequester(ctx, sc.Requester, unseen)
}

// unmatched is the refusal of a text that means nothing, or more than one. hint, unless empty, says what else can be done.
func unmatched(text string, matches, all []fault.Known, hint string) error {
	e := fault.Errorf(fault.Invalid, "nothing matches %s", text).(*fault.Error)
	e.By = []string{ReasonUnmatched}
	if e.Nearest = nearestOf(text, all); len(e.Nearest) > 0 {
		e.Text += "; did you mean " + list(e.Nearest, " or ") + "?"
	}
	if len(matches) > 1 {
		e.Text, e.Nearest = fmt.Sprintf("%s matches %d: %s; give the id", text, len(matches), list(matches, " and ")), matches
	}
	e.Text += hint
	return e
}

func list(all []fault.Known, between string) string {
	var texts []string
	for _, k := range all {
		texts = append(texts, k.String())
	}
	return strings.Join(texts, between)
}

// entitlementsKnown are those of the newest catalog and, unless the wanted one is among them, those that had elevations
// lately.
func (s resolving) entitlementsKnown(ctx context.Context, wanted string) (all []fault.Known, hint string, err error) {
	ents, err := s.Decider.Entitlements(ctx)
	if err != nil {
		return nil, "", fault.Wrap(err, "reading the catalog")
	}
	for _, e := range ents {
		all = append(all, fault.Known{ID: e.Name})
	}
	if slices.Contains(all, fault.Known{ID: wanted}) {
		return all, "", nil
	}
	es, hint, err := s.recent(ctx)
	for _, e := range es {
		all = append(all, fault.Known{ID: e.Entitlement})
	}
	return all, hint, err
}

// mostRecent bounds how many elevations of one state are looked through for a name.
const mostRecent = 500

// recent are the newest elevations that are not over, as far as the index has them, and the newest that are: a second round of
// end-all finds what the first one ended in no other state any more. One that cannot be read is left out. hint, unless empty,
// says that there are more and what to do.
func (s resolving) recent(ctx context.Context) (all []Elevation, hint string, err error) {
	for _, state := range slices.Concat(underWay(), []string{string(Ended), string(WithdrawnState)}) {
		most := mostRecent
		if slices.Contains(States(), State(state)) {
			most = record.ReadAtOnce
		}
		q := record.Query{Index: record.ByState, Partition: state, Newest: true, Limit: record.ReadAtOnce}
		for n := 0; n < most; n += record.ReadAtOnce {
			es, next, err := s.inState(ctx, q)
			if err != nil {
				return nil, "", err
			}
			all = append(all, es...)
			if q.After = next; next == "" {
				break
			}
		}
		if q.After != "" && !slices.Contains(States(), State(state)) {
			hint = fmt.Sprintf("; there are more than %d elevations under way, and only the newest were looked through: give it by ARN or id", mostRecent)
		}
	}
	return all, hint, nil
}

// inState is one page of the elevations of a state.
func (s resolving) inState(ctx context.Context, q record.Query) (es []Elevation, next string, err error) {
	page, err := s.Store.List(ctx, q)
	if err != nil {
		return nil, "", fault.Wrap(err, "listing what is %s", q.Partition)
	}
	rows, err := s.Store.Read(ctx, page.Keys...)
	if err != nil {
		return nil, "", fault.Wrap(err, "reading what is %s", q.Partition)
	}
	for _, row := range rows {
		if e, err := DecodeElevation(row); err == nil {
			es = append(es, e)
		}
	}
	return es, page.Next, nil
}

// resolvePrincipal takes an ARN, or the name of a role or user if one principal has it.
func (s resolving) resolvePrincipal(ctx context.Context, given string) (target, error) {
	t := target{scope: Scope{Principal: given}}
	if t.scope.exact() {
		if known, err := s.principalKnown(ctx, given); err != nil || known {
			return t, err
		}
	}
	all, hint, err := s.principalsKnown(ctx)
	if err != nil {
		return t, err
	}
	var matches []fault.Known
	for _, k := range all {
		if strings.EqualFold(k.ID, given) || strings.EqualFold(identity.PrincipalName(k.ID), given) {
			matches = append(matches, k)
		}
	}
	if len(matches) != 1 {
		return t, unmatched(given, matches, all, hint)
	}
	t.scope.Principal = matches[0].ID
	return t, nil
}

// principalKnown reports whether an ARN is of a principal that had an elevation, or that the newest catalog has an entitlement
// for and IAM does not say is absent. IAM's case rules hold: two names that differ in case are one.
func (s resolving) principalKnown(ctx context.Context, arn string) (bool, error) {
	page, err := s.Store.List(ctx, record.Query{Index: record.ByPrincipal, Partition: arn, Limit: 1})
	if err != nil || len(page.Keys) > 0 {
		return err == nil, fault.Wrap(err, "listing by principal")
	}
	ents, err := s.Decider.Entitlements(ctx)
	if err != nil {
		return false, fault.Wrap(err, "reading the catalog")
	}
	for _, e := range ents {
		for _, pattern := range e.Principals {
			if identity.MatchARN(strings.ToLower(pattern), strings.ToLower(arn)) {
				_, err := s.Cloud.Look(ctx, arn)
				k := fault.KindOf(err) // IAM that cannot be asked keeps nobody from suspending
				return k != fault.NotFound && k != fault.Denied && k != fault.Invalid, nil
			}
		}
	}
	return false, nil
}

// principalsKnown are those that can be listed: that the newest catalog names whole, and that had elevations lately.
func (s resolving) principalsKnown(ctx context.Context) (all []fault.Known, hint string, err error) {
	add := func(arn string) {
		k := fault.Known{ID: arn}
		if identity.IsPrincipal(arn) && !slices.Contains(all, k) {
			all = append(all, k)
		}
	}
	ents, err := s.Decider.Entitlements(ctx)
	if err != nil {
		return nil, "", fault.Wrap(err, "reading the catalog")
	}
	for _, e := range ents {
		for _, arn := range e.Principals {
			add(arn)
		}
	}
	es, hint, err := s.recent(ctx)
	for _, e := range es {
		add(e.Principal.ARN)
	}
	return all, hint, err
}

// resolveRequester takes a caller's id, a name as tables print it, a person's subject, or a machine's role by name or ARN. An id
// that is known by key needs neither the whole directory nor the catalog nor IAM, and stands when they fail.
func (s resolving) resolveRequester(ctx context.Context, given string, unseen bool) (target, error) {
	exact := Scope{Requester: given}.exact()
	if exact {
		who, known, err := s.callerByKey(ctx, given)
		unseen = unseen && !strings.HasPrefix(given, identity.TriggerID(""))
		if err != nil || known || unseen {
			t := who.target()
			t.unseen = !known
			return t, err
		}
	}
	all, err := s.callersKnown(ctx, given)
	if err != nil {
		return target{}, err
	}
	matches, hint := matching(given, all), ""
	if len(matches) == 0 && !exact {
		more, cut, err := s.requestersKnown(ctx)
		if err != nil {
			return target{}, err
		}
		all, hint = append(all, more...), cut
		matches = matching(given, all)
	}
	if len(matches) == 1 {
		return matches[0].target(), nil
	}
	switch {
	case exact && !strings.HasPrefix(given, identity.TriggerID("")):
		hint = "; to suspend exactly this id before it was ever seen, say unseen (curfew suspend --unseen)"
	case len(matches) == 0 && !exact && hint == "":
		hint = "; a caller who was never seen can be suspended by their exact id, as person:ISSUER|SUBJECT"
	}
	return target{}, unmatched(given, knownOf(matches), knownOf(all), hint)
}

// callerByKey is the caller of an exact id, if one was seen, is suspended, is named by the settings or asked for something
// once.
func (s resolving) callerByKey(ctx context.Context, id string) (who someone, known bool, err error) {
	who = someone{Known: fault.Known{ID: id}}
	suspended := suspendedKey(Scope{Requester: id})
	rows, err := s.Store.Read(ctx, directory.Key(id), suspended)
	if err != nil {
		return who, false, fault.Wrap(err, "reading what is known of %s", id)
	}
	if row, ok := rows[directory.Key(id)]; ok {
		sn, err := record.Decode[directory.Seen](row)
		if err != nil { // nothing is known of them but that they were seen
			s.Log.WarnContext(ctx, "row of the directory cannot be read", "caller", id, "error", err)
			return who, true, nil
		}
		return someoneSeen(sn), true, nil
	}
	if row, ok := rows[suspended]; ok {
		if sus, err := record.Decode[Suspension](row); err != nil || sus.InEffect(s.Now()) {
			who.Name = sus.Name
			return who, true, nil
		}
	}
	if slices.Contains(s.Settings.Operators, id) {
		return who, true, nil
	}
	page, err := s.Store.List(ctx, record.Query{Index: record.ByRequester, Partition: id, Newest: true, Limit: 1})
	if err != nil || len(page.Keys) == 0 {
		return who, false, fault.Wrap(err, "listing by requester")
	}
	asked, err := s.requestersOf(ctx, map[string]record.Key{id: TermsKey(IdOf(page.Keys[0]))})
	if err != nil {
		return who, true, nil
	}
	return asked[0], true, nil
}

// someone is a caller who is known, and how they were last seen.
type someone struct {
	fault.Known
	arn      string
	caller   *identity.Caller
	operator bool
}

func (w someone) target() target {
	return target{scope: Scope{Requester: w.ID}, name: w.Name, caller: w.caller, operator: w.operator}
}

func someoneSeen(sn directory.Seen) someone {
	c := &identity.Caller{ID: sn.ID, Kind: sn.Kind, Name: sn.Name, ARN: sn.ARN, Groups: sn.Groups}
	return someone{fault.Known{ID: sn.ID, Name: sn.Name}, sn.ARN, c, sn.Operator}
}

func knownOf(all []someone) (out []fault.Known) {
	for _, w := range all {
		out = append(out, w.Known)
	}
	return out
}

// matching are the callers that a text means. Somebody's exact id means them alone; two names that differ in case may be one
// human's, so both match.
func matching(text string, all []someone) (out []someone) {
	for _, w := range all {
		switch {
		case w.ID == text:
			return []someone{w}
		case slices.ContainsFunc(out, func(o someone) bool { return o.ID == w.ID }):
		case strings.EqualFold(w.Name, text), identity.Subject(w.ID) == text, w.arn != "" && strings.EqualFold(w.arn, text):
			out = append(out, w)
		}
	}
	return out
}

// callersKnown are the callers of the directory, those that the settings and the newest catalog name, and the catalog's
// machine that given may mean. The first of one id says the most.
func (s resolving) callersKnown(ctx context.Context, given string) (all []someone, err error) {
	seen, err := directory.Directory{Base: s.Base, Operators: s.Settings.Operators}.All(ctx)
	if err != nil {
		return nil, err
	}
	for _, sn := range seen {
		all = append(all, someoneSeen(sn))
	}
	ents, err := s.Decider.Entitlements(ctx)
	if err != nil {
		return nil, fault.Wrap(err, "reading the catalog")
	}
	refs := slices.Clone(s.Settings.Operators)
	for _, e := range ents {
		refs = slices.Concat(refs, e.Requesters, e.Owners, e.Reviewers, e.approval().Of)
	}
	for _, ref := range refs {
		if (Scope{Requester: ref}).exact() {
			who := someone{Known: fault.Known{ID: ref}}
			if name, ok := strings.CutPrefix(ref, identity.TriggerID("")); ok {
				who.Name = name
			}
			all = append(all, who)
		}
	}
	machines, err := s.machinesKnown(ctx, given, all)
	return append(all, machines...), err
}

// machinesKnown are the machines of the newest catalog that given may mean. IAM is asked for the unique id of a role that was
// not seen yet.
func (s resolving) machinesKnown(ctx context.Context, given string, seen []someone) (all []someone, err error) {
	machines, err := s.Decider.Machines(ctx)
	if err != nil {
		return nil, fault.Wrap(err, "reading the catalog")
	}
	for _, m := range machines {
		if !identity.IsPrincipal(m.Principal) || slices.ContainsFunc(seen, func(w someone) bool { return w.arn == m.Principal }) {
			continue
		}
		role := identity.PrincipalName(m.Principal)
		if !strings.HasPrefix(given, identity.MachineID("")) && !slices.ContainsFunc([]string{m.Name, role, m.Principal}, func(n string) bool { return strings.EqualFold(n, given) }) {
			all = append(all, someone{Known: fault.Known{ID: m.Principal, Name: role}}) // to be suggested
			continue
		}
		sight, err := s.Cloud.Look(ctx, m.Principal)
		switch kind := fault.KindOf(err); {
		case err == nil:
			c := &identity.Caller{ID: identity.MachineID(sight.Principal.ID), Kind: identity.Machine, Name: role, ARN: m.Principal}
			name := role
			if strings.EqualFold(m.Name, given) {
				name = m.Name
			}
			all = append(all, someone{Known: fault.Known{ID: c.ID, Name: name}, arn: m.Principal, caller: c})
		case kind == fault.NotFound, kind == fault.Denied:
		case Scope{Requester: given}.exact(): // IAM that cannot be asked keeps no exact id from being suspended
			s.Log.WarnContext(ctx, "machine not looked at", "principal", m.Principal, "error", err)
		default:
			return nil, fault.Wrap(err, "looking at %s", m.Principal)
		}
	}
	return all, nil
}

// requestersKnown are the requesters of late, whom the directory may lack. hint is that of recent.
func (s resolving) requestersKnown(ctx context.Context) (all []someone, hint string, err error) {
	es, hint, err := s.recent(ctx)
	if err != nil {
		return nil, "", err
	}
	terms := map[string]record.Key{}
	for _, e := range es {
		if _, there := terms[e.Requester]; !there {
			terms[e.Requester] = TermsKey(e.ID)
		}
	}
	all, err = s.requestersOf(ctx, terms)
	return all, hint, err
}

// requestersOf are callers by the terms of one elevation of each. A person's groups are left out: they are those of the day on
// which they asked.
func (s resolving) requestersOf(ctx context.Context, terms map[string]record.Key) (all []someone, err error) {
	ids := slices.Sorted(maps.Keys(terms))
	for some := range slices.Chunk(ids, record.ReadAtOnce) {
		var keys []record.Key
		for _, id := range some {
			keys = append(keys, terms[id])
		}
		rows, err := s.Store.Read(ctx, keys...)
		if err != nil {
			return nil, fault.Wrap(err, "reading who asked")
		}
		for i, id := range some {
			who := someone{Known: fault.Known{ID: id}}
			if t, err := record.Decode[Terms](rows[keys[i]]); err == nil && t.Requester.ID == id {
				who.Name, who.arn = directory.NameOf(t.Requester), t.Requester.ARN
				if t.Requester.Kind == identity.Machine {
					who.caller = &identity.Caller{ID: id, Kind: identity.Machine, Name: who.Name, ARN: who.arn}
				}
			}
			all = append(all, who)
		}
	}
	return all, nil
}

// operates says why a caller may be an operator: by the settings, by how they were ever seen, by the newest catalog for a
// machine; empty: they are none. Of whom nothing is known counts as one: a mistake costs a second person's word within the
// hour, and not the installation its operators.
func (s resolving) operates(ctx context.Context, t target) string {
	id := t.scope.Requester
	switch {
	case (identity.Caller{ID: id}).In(s.Settings.Operators):
		return "the settings name them"
	case strings.HasPrefix(id, identity.TriggerID("")):
		return ""
	case t.caller == nil:
		return "nothing is known of their groups"
	case t.operator, t.caller.In(s.Settings.Operators):
		return "they were seen as one"
	case t.caller.ARN == "":
		return ""
	}
	groups, err := s.Decider.Groups(ctx, t.caller.ARN)
	switch {
	case err != nil:
		return "the catalog cannot be read"
	case (identity.Caller{ID: id, Groups: groups}).In(s.Settings.Operators):
		return "by their groups in the catalog"
	}
	return ""
}

// otherOperators are the people, other than the caller, who are known as operators and are not suspended.
func (s resolving) otherOperators(ctx context.Context, c identity.Caller) ([]fault.Known, error) {
	seen, err := directory.Directory{Base: s.Base, Operators: s.Settings.Operators}.All(ctx)
	held, unread := Suspending{s.Service}.suspensions(ctx)
	if err = errors.Join(err, unread); err != nil {
		return nil, err
	}
	var all []fault.Known
	add := func(k fault.Known) {
		suspended := slices.ContainsFunc(held, func(sus Suspension) bool { return sus.Scope.Requester == k.ID })
		there := slices.ContainsFunc(all, func(o fault.Known) bool { return o.ID == k.ID })
		if k.ID != c.ID && !identity.SameName(k.Name, c.Name) && !suspended && !there {
			all = append(all, k)
		}
	}
	for _, sn := range seen {
		if sn.Kind == identity.Person && (sn.Operator || (identity.Caller{ID: sn.ID, Groups: sn.Groups}).In(s.Settings.Operators)) {
			add(fault.Known{ID: sn.ID, Name: sn.Name})
		}
	}
	for _, ref := range s.Settings.Operators {
		if strings.HasPrefix(ref, identity.PersonPrefix) {
			add(fault.Known{ID: ref})
		}
	}
	return all, nil
}
