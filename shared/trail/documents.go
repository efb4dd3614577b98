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
	kept map[string][]iampolicy.Named
}

func newDocumentCache() *documentCache { return &documentCache{kept: map[string][]iampolicy.Named{}} }

// of gives the policies of a grant with its instants.
func (d *documentCache) of(g *Grant) ([]iampolicy.Named, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if found, ok := d.kept[g.Elevation]; ok {
		return found, nil
	}
	var all []iampolicy.Named
	for _, text := range g.Documents {
		filled, err := iampolicy.Fill([]byte(text), g.From, g.Deadline)
		if err != nil {
			return nil, fmt.Errorf("the grant of elevation %s: %w", g.Elevation, err)
		}
		parsed, err := iampolicy.Parse(filled)
		if err != nil {
			return nil, fmt.Errorf("the grant of elevation %s: %w", g.Elevation, err)
		}
		all = append(all, iampolicy.Named{Name: g.Elevation, Document: parsed})
	}
	if len(d.kept) >= maxDocuments {
		clear(d.kept)
	}
	d.kept[g.Elevation] = all
	return all, nil
}
