package trail

import (
	"fmt"
	"sync"

	"curfew/shared/iampolicy"
)

// maxDocuments bounds the grants whose policies are kept parsed. Events of one elevation come close together.
const maxDocuments = 4096

// documentCache keeps the policies of grants parsed.
type documentCache struct {
	mu   sync.Mutex // guards what follows
	kept map[*Grant]iampolicy.Policies
}

func newDocumentCache() *documentCache { return &documentCache{kept: map[*Grant]iampolicy.Policies{}} }

// of gives the policies of a grant, with its instants.
func (d *documentCache) of(g *Grant) (p iampolicy.Policies, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p, ok := d.kept[g]; ok {
		return p, nil
	}
	for _, text := range g.Documents {
		filled, err := iampolicy.Fill([]byte(text), g.From, g.Deadline)
		if err != nil {
			return p, fmt.Errorf("the grant of elevation %s: %w", g.Elevation, err)
		}
		parsed, err := iampolicy.Parse(filled)
		if err != nil {
			return p, fmt.Errorf("the grant of elevation %s: %w", g.Elevation, err)
		}
		p.Identity = append(p.Identity, iampolicy.Named{Name: g.Elevation, Document: parsed})
	}
	if len(d.kept) >= maxDocuments {
		clear(d.kept)
	}
	d.kept[g] = p
	return p, nil
}
