package suspension

import (
	"context"
	"maps"
	"slices"
	"strings"

	"curfew/shared/directory"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

type someone struct {
	fault.Known
	arn      string
	caller   *identity.Caller
	operator bool
}

func (w someone) target() Target {
	return Target{Scope: Scope{Requester: w.ID}, Name: w.Name, caller: w.caller, operator: w.operator}
}

func someoneSeen(sn directory.Entry) someone {
	c := &identity.Caller{ID: sn.ID, Kind: sn.Kind, Name: sn.Name, ARN: sn.ARN, Groups: sn.Groups}
	return someone{fault.Known{ID: sn.ID, Name: sn.Name}, sn.ARN, c, sn.Operator}
}

func knownOf(all []someone) (out []fault.Known) {
	for _, w := range all {
		out = append(out, w.Known)
	}
	return out
}

// matching also matches names without case: they may belong to one person. An exact id matches alone.
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

// callerByKey looks in the directory, the suspensions, the settings and the elevations.
func (s resolving) callerByKey(ctx context.Context, id string) (who someone, known bool, err error) {
	who = someone{Known: fault.Known{ID: id}}
	suspended := suspendedKey(Scope{Requester: id})
	rows, err := s.Store.Read(ctx, directory.Key(id), suspended)
	if err != nil {
		return who, false, fault.Wrap(err, "reading what is known of %s", id)
	}
	if row, ok := rows[directory.Key(id)]; ok {
		sn, err := record.Decode[directory.Entry](row)
		if err != nil {
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
	if slices.Contains(s.Operators, id) {
		return who, true, nil
	}
	page, err := s.Store.List(ctx, record.Query{Index: record.ByRequester, Partition: id, Newest: true, Limit: 1})
	if err != nil || len(page.Keys) == 0 {
		return who, false, fault.Wrap(err, "listing by requester")
	}
	asked, err := s.requestersOf(ctx, map[string]record.Key{id: page.Keys[0]})
	if err != nil {
		return who, true, nil
	}
	return asked[0], true, nil
}

// callersKnown looks in the directory, the settings and the newest catalog. The first entry of an id has most data.
func (s resolving) callersKnown(ctx context.Context, given string) (all []someone, err error) {
	seen, err := s.callers().All(ctx)
	if err != nil {
		return nil, err
	}
	for _, sn := range seen {
		all = append(all, someoneSeen(sn))
	}
	ents, err := s.Domain.Entitlements(ctx)
	if err != nil {
		return nil, fault.Wrap(err, "reading the catalog")
	}
	refs := slices.Clone(s.Operators)
	for _, e := range ents {
		refs = append(refs, e.Callers...)
	}
	for _, ref := range refs {
		if (Scope{Requester: ref}).Exact() {
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

// machinesKnown asks IAM for the unique id of a catalog's machine that given may mean and that was never seen.
func (s resolving) machinesKnown(ctx context.Context, given string, seen []someone) (all []someone, err error) {
	machines, err := s.Domain.Machines(ctx)
	if err != nil {
		return nil, fault.Wrap(err, "reading the catalog")
	}
	for _, m := range machines {
		if !identity.IsPrincipal(m.Principal) || slices.ContainsFunc(seen, func(w someone) bool { return w.arn == m.Principal }) {
			continue
		}
		role := identity.PrincipalName(m.Principal)
		if !strings.HasPrefix(given, identity.MachineID("")) && !slices.ContainsFunc([]string{m.Name, role, m.Principal}, func(n string) bool { return strings.EqualFold(n, given) }) {
			all = append(all, someone{Known: fault.Known{ID: m.Principal, Name: role}}) // only a suggestion
			continue
		}
		id, err := s.Domain.Look(ctx, m.Principal)
		switch kind := fault.KindOf(err); {
		case err == nil:
			c := &identity.Caller{ID: identity.MachineID(id), Kind: identity.Machine, Name: role, ARN: m.Principal}
			name := role
			if strings.EqualFold(m.Name, given) {
				name = m.Name
			}
			all = append(all, someone{Known: fault.Known{ID: c.ID, Name: name}, arn: m.Principal, caller: c})
		case kind == fault.NotFound, kind == fault.Denied:
		case Scope{Requester: given}.Exact(): // works while IAM fails
			s.Log.WarnContext(ctx, "machine not read from IAM", "principal", m.Principal, "error", err)
		default:
			return nil, fault.Wrap(err, "looking at %s", m.Principal)
		}
	}
	return all, nil
}

// requestersKnown has recent requesters, if the directory lacks them. For hint see recent.
func (s resolving) requestersKnown(ctx context.Context) (all []someone, hint string, err error) {
	es, hint, err := s.recent(ctx)
	if err != nil {
		return nil, "", err
	}
	one := map[string]record.Key{}
	for _, e := range es {
		if _, there := one[e.Requester]; !there {
			one[e.Requester] = e.Key
		}
	}
	all, err = s.requestersOf(ctx, one)
	return all, hint, err
}

// requestersOf omits a person's groups: they may have changed.
func (s resolving) requestersOf(ctx context.Context, elevations map[string]record.Key) (all []someone, err error) {
	ids := slices.Sorted(maps.Keys(elevations))
	var keys []record.Key
	for _, id := range ids {
		keys = append(keys, elevations[id])
	}
	asked, err := s.Domain.Requesters(ctx, keys)
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		who := someone{Known: fault.Known{ID: id}}
		if c := asked[i]; c.ID == id {
			who.Name, who.arn = directory.NameOf(c), c.ARN
			if c.Kind == identity.Machine {
				who.caller = &identity.Caller{ID: id, Kind: identity.Machine, Name: who.Name, ARN: who.arn}
			}
		}
		all = append(all, who)
	}
	return all, nil
}
