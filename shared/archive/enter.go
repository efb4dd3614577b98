package archive

import (
	"context"
	"slices"

	"curfew/shared/evidence/log"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// enter enters what the log does not have, in order. Without entries it only settles the head.
func (s *Service) enter(ctx context.Context, entries []entry) error {
	for first := true; first || len(entries) > 0; first = false {
		batch := entries[:fit(entries)]
		if err := record.Retry(ctx, "the log", func() error { return s.append(ctx, batch) }); err != nil {
			return err
		}
		entries = entries[len(batch):]
	}
	return nil
}

func fit(entries []entry) int {
	texts := 0
	for i, e := range entries {
		if texts += e.weight(); texts > mostTexts {
			return i
		}
	}
	return len(entries)
}

// append enters a batch by one transaction. Conflict: another writer was first, or the head moved. After Transient the
// transaction may have been made: the next call finds its rows.
func (s *Service) append(ctx context.Context, batch []entry) error {
	var keys []record.Key
	for _, e := range batch {
		keys = append(keys, e.key)
	}
	head, rows, damaged, err := s.readHead(ctx, keys...)
	if err != nil {
		return err
	}
	fresh, known, err := s.newOnes(ctx, head, batch, rows)
	if err != nil {
		return err
	}
	if damaged { // a row that cannot be read is not in rows
		for i := range fresh {
			fresh[i].replace = true
		}
	}
	all, keysNow, err := s.texts(ctx, head.Value, fresh)
	if err == nil && len(all) > 0 {
		err = s.commit(ctx, head, all, keysNow)
	}
	if err != nil {
		return err
	}
	s.entered.add(append(known, fresh...))
	for _, e := range fresh {
		if e.late {
			s.late++
		}
	}
	return nil
}

// texts returns what the entries add to the log, and the keys in force then.
func (s *Service) texts(ctx context.Context, head Head, fresh []entry) (all []entry, keys []string, err error) {
	if len(fresh) == 0 {
		return nil, nil, nil
	}
	if keys, err = s.keys(ctx); err != nil {
		return nil, nil, err
	}
	now := s.Instant()
	if !slices.Equal(keys, head.Keys) {
		text, err := log.Entry{Keys: &log.Keys{Origin: s.Evidence.Origin, Keys: keys, At: now}}.Text()
		if err != nil {
			return nil, nil, err
		}
		all = append(all, newEntry(text, nil))
	}
	for _, e := range fresh {
		if e.late {
			note, err := e.notedLate(now)
			if err != nil {
				return nil, nil, err
			}
			note.replace = e.replace
			all = append(all, note)
		}
		all = append(all, e)
	}
	return all, keys, nil
}

// keys are the verifier keys of those that sign.
func (s *Service) keys(ctx context.Context) ([]string, error) {
	if s.verifier != nil {
		return s.verifier, nil
	}
	var all []string
	for _, k := range s.Evidence.Keys {
		text, err := log.VerifierKey(ctx, s.Evidence.Origin, k)
		if err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	s.verifier = all
	return all, nil
}

// commit appends entries to the tree of the head: stage, replace the head, publish.
func (s *Service) commit(ctx context.Context, head record.Stored[Head], all []entry, keys []string) error {
	var texts [][]byte
	for _, e := range all {
		texts = append(texts, e.text)
	}
	g, err := s.edge.Append(texts)
	if err != nil {
		return err
	}
	keysAt := head.Value.KeysAt
	if !slices.Equal(keys, head.Value.Keys) {
		keysAt = g.From.N // the first text: see texts
	}
	put, err := head.Put(headOf(g.To, keys, keysAt), noExpiry)
	changes := []record.Change{put}
	for i, e := range all {
		if err == nil {
			put, err = e.change(g.From.N + int64(i))
			changes = append(changes, put)
		}
	}
	if err != nil {
		return err
	}
	if err := s.Evidence.Keep(ctx, g); err != nil {
		return err
	}
	s.edge = nil
	if err := s.Store.Write(ctx, changes...); err != nil {
		return fault.Wrap(err, "entering %d texts in the log", len(texts))
	}
	if err := s.published(ctx, s.Evidence.Publish(ctx, g)); err != nil {
		return err
	}
	s.edge = g.Edge
	s.addToView(ctx, g)
	return nil
}
