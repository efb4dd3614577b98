package trail

import (
	"fmt"
	"strings"
	"sync"

	"curfew/shared/iampolicy"
)

// maxDocuments bounds the grants whose policies are kept parsed. Events of one elevation come close together.
const maxDocuments = 4096

type documentCache struct {
	mu   sync.Mutex // guards what follows
	kept map[*Grant]*granted
}

// granted is what a grant allows, and to which sessions.
type granted struct {
	allows iampolicy.Policies
	// sessions allows everything, under what the policies' fence says of the session.
	sessions iampolicy.Policies
}

func newDocumentCache() *documentCache { return &documentCache{kept: map[*Grant]*granted{}} }

// of gives the policies of a grant, with its instants.
func (d *documentCache) of(g *Grant) (*granted, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p, ok := d.kept[g]; ok {
		return p, nil
	}
	p := &granted{}
	for _, text := range g.Documents {
		filled, err := iampolicy.Fill([]byte(text), g.From, g.Deadline)
		if err != nil {
			return p, fmt.Errorf("the grant of elevation %s: %w", g.Elevation, err)
		}
		parsed, err := iampolicy.Parse(filled)
		if err != nil {
			return p, fmt.Errorf("the grant of elevation %s: %w", g.Elevation, err)
		}
		sessions, err := iampolicy.Parse(sessionsOf(parsed).Bytes())
		if err != nil {
			return p, fmt.Errorf("the grant of elevation %s: %w", g.Elevation, err)
		}
		p.allows.Identity = append(p.allows.Identity, iampolicy.Named{Name: g.Elevation, Document: parsed})
		p.sessions.Identity = append(p.sessions.Identity, iampolicy.Named{Name: g.Elevation, Document: sessions})
	}
	if len(d.kept) >= maxDocuments {
		clear(d.kept)
	}
	d.kept[g] = p
	return p, nil
}

// sessionsOf allows everything under the fence's conditions on the session, from the first statement: every statement
// has them.
func sessionsOf(d *iampolicy.Document) *iampolicy.Document {
	s := iampolicy.Statement{Effect: iampolicy.Allow, Actions: []string{"*"}, Resources: []string{"*"}}
	for _, c := range d.Statements[0].Conditions {
		if strings.EqualFold(c.Key, "aws:userid") || strings.EqualFold(c.Key, "aws:SourceIdentity") {
			s.Conditions = append(s.Conditions, c)
		}
	}
	return &iampolicy.Document{Version: iampolicy.Version, Statements: []iampolicy.Statement{s}}
}
