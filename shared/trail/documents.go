package trail

import (
	"fmt"
	"slices"
	"sync"

	"curfew/shared/iampolicy"
)

// maxDocuments bounds the grants whose policies are kept parsed. Events of one elevation come close together.
const maxDocuments = 4096

// documentCache keeps the policies of grants parsed.
type documentCache struct {
	mu   sync.Mutex // guards what follows
	kept map[grantKey]*granted
}

type grantKey struct {
	grant *Grant
	own   *Baseline // nil: not known
}

// granted is what a principal has with a grant.
type granted struct {
	alone iampolicy.Policies
	with  iampolicy.Policies // with its own policies, whose Denies and boundary bound a grant; alone if they are not known
}

func newDocumentCache() *documentCache { return &documentCache{kept: map[grantKey]*granted{}} }

// of gives what a principal has with a grant.
func (d *documentCache) of(g *Grant, own *Baseline) (*granted, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := grantKey{g, own}
	if found, ok := d.kept[key]; ok {
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
	made := &granted{alone: iampolicy.Policies{Identity: all}}
	made.with = made.alone
	if own != nil {
		made.with = iampolicy.Policies{Identity: slices.Concat(own.Policies.Identity, all), Boundary: own.Policies.Boundary}
	}
	d.kept[key] = made
	return made, nil
}
