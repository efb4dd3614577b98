package correlate

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"curfew/shared/record"
	"curfew/shared/trail"
)

// sessionKept is longer than a session may be used, and its records late.
const sessionKept = 30 * 24 * time.Hour

func sessionKey(k trail.SessionKey) record.Key {
	return record.AccessKey("session#"+k.PrincipalID, fmt.Sprintf("%010d", k.Created))
}

// opened is a row: who opened a session, the records that say most first.
type opened struct {
	Openings []trail.Opening `json:"openings"`
}

// opener stores who opened sessions.
type opener struct{ *rights }

// note stores the openings that matter: by a marked principal, or of one.
func (s opener) note(ctx context.Context, all []judged, fails func(judged, error)) {
	for _, j := range all {
		key, ok := j.Opens()
		if !ok {
			continue
		}
		role, _, _ := strings.Cut(key.PrincipalID, ":")
		marked, err := s.marked(ctx, role, j.Time)
		if by := j.Identity.Actor().PrincipalID; err == nil && !marked && by != "" {
			marked, err = s.marked(ctx, by, j.Time)
		}
		if err == nil && marked {
			err = s.noteOne(ctx, key, j.Record)
		}
		if err != nil {
			fails(j, err)
		}
	}
}

func (s opener) noteOne(ctx context.Context, key trail.SessionKey, r *trail.Record) error {
	return record.UpdateRow(ctx, s.Store, "session "+key.PrincipalID, sessionKey(key), func(was record.Stored[opened]) ([]record.Change, error) {
		known := trail.Sessions{key: slices.Clone(was.Value.Openings)}
		known.Add(r)
		if slices.Equal(known[key], was.Value.Openings) {
			return nil, nil
		}
		put, err := was.Put(opened{known[key]}, time.Unix(key.Created, 0).Add(sessionKept))
		return []record.Change{put}, err
	})
}

// maxChain bounds the sessions between a call and the person or machine behind it.
const maxChain = 5

func sessions(ctx context.Context, s record.Store, of []trail.SessionKey) (trail.Sessions, error) {
	all := trail.Sessions{}
	for range maxChain {
		keys := map[record.Key]trail.SessionKey{}
		for _, k := range of {
			for _, at := range []int64{0, -1, 1} { // the two times of a session are cut to seconds apart from each other
				near := trail.SessionKey{PrincipalID: k.PrincipalID, Created: k.Created + at}
				if _, read := all[near]; !read && k.Created > 0 {
					keys[sessionKey(near)], all[near] = near, nil
				}
			}
		}
		if len(keys) == 0 {
			return all, nil
		}
		of = nil
		for some := range slices.Chunk(slices.Collect(maps.Keys(keys)), record.ReadAtOnce) {
			rows, err := s.Read(ctx, some...)
			if err != nil {
				return nil, err
			}
			for key, row := range rows {
				o, err := record.Decode[opened](row)
				if err != nil {
					return nil, err
				}
				all[keys[key]] = o.Openings
				for _, one := range o.Openings {
					if one.By.Kind == trail.WhoUnknown {
						of = append(of, trail.SessionKey{PrincipalID: one.From, Created: one.Created})
					}
				}
			}
		}
	}
	return all, nil
}
